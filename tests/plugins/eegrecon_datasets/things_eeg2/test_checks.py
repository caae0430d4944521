from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eegrecon_datasets.things_eeg2.dataset import ThingsEEG2


def findings(things: Any, **fields: Any) -> list[tuple[bool, str]]:
    found = ThingsEEG2(folder=str(things.folder), **{"trust_pickle": True, **fields}).check()
    return [(finding.ok, finding.text) for finding in found]


def problems(things: Any, **fields: Any) -> list[str]:
    return [text for ok, text in findings(things, **fields) if not ok]


@pytest.mark.parametrize("form", ["npy", "pt"])
def test_a_complete_folder_is_reported_in_plain_words(things: Any, form: str) -> None:
    things.form = form
    things.write()
    assert problems(things) == []
    texts = "\n".join(text for _, text in findings(things))
    for fact in (
        f"EEG of the form {form}", "subjects 1, 2, 5", "training_images: 12 pictures of 6 concepts (the published",
        "12 pictures with 4 repeats of 5 channels and 20 samples, 0 to 0.076 s, float64",
        "3 pictures with 7 repeats", "no captions.csv",
    ):  # fmt: skip
        assert fact in texts


def test_without_permission_the_report_says_what_is_not_read(things: Any) -> None:
    things.write()
    assert len(problems(things, trust_pickle=False)) == 6
    assert all("--trust-pickle" in text for text in problems(things, trust_pickle=False))


def test_every_problem_is_one_finding(things: Any) -> None:
    folder = things.write()
    things.file(2, "test").write_bytes(b"\x80\x04cut")
    things.file(5, "training").unlink()
    (folder / "test_images" / "00001_gnu" / "gnu_00s.jpg").unlink()
    found = problems(things)
    assert any("sub-02/preprocessed_eeg_test.npy cannot be read" in text for text in found)
    assert any("sub-05/preprocessed_eeg_training.npy does not exist" in text for text in found)
    assert sum("recorded with 3 pictures and names none" in text for text in found) == 2
    assert len(found) == 4


def test_pictures_that_the_eeg_names_and_the_folder_lacks_are_counted(things: Any) -> None:
    things.form = "pt"
    folder = things.write()
    (folder / "test_images" / "00001_gnu" / "gnu_00s.jpg").unlink()
    assert [text.partition(" that ")[0] for text in problems(things)] == [
        f"sub-{subject:02d}/test.pt names 1 picture" for subject in things.subjects
    ]


def test_without_a_folder_the_report_lists_what_is_needed(tmp_path: Path) -> None:
    texts = [finding.text for finding in ThingsEEG2().check()]
    assert any("preprocessed_eeg_training.npy" in text for text in texts)
    assert any("test_images" in text for text in texts)
    assert ThingsEEG2(folder=str(tmp_path)).check()[0].ok is False


def test_a_folder_is_recognised_by_its_eeg(things: Any, tmp_path: Path) -> None:
    assert not ThingsEEG2.recognises(tmp_path)
    assert ThingsEEG2.recognises(things.write(pictures=False))
    assert not ThingsEEG2.recognises(tmp_path / "nowhere")
