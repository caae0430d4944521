from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from eegrecon import DataError, InvalidConfiguration, MissingFiles
from eegrecon.interfaces import recording_checks
from eegrecon_datasets.eeg_imagenet.dataset import EEGImageNet
from eegrecon_datasets.eeg_imagenet.eeg_files import EEGImageNetFiles

LABELS = {"coarse": ["n02106662", "n02124075"], "fine": ["n02099601", "n01443537"]}
EACH = 50  # pictures of a block
TOPIC = "Files in the form of EEG-ImageNet"


@dataclass
class Published:
    """The two published files, small, which a test can change before they are written."""

    folder: Path
    segments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)  # by number of the file

    def __post_init__(self) -> None:
        for number, subjects in ((1, (0, 1)), (2, (8,))):
            self.segments[number] = [
                {
                    "eeg_data": torch.full((5, 501), 1000.0 * subject + 100 * block + k),
                    "granularity": grain,
                    "subject": subject,
                    "label": label,
                    "image": f"{label}_{k}.JPEG",
                }
                for subject in subjects
                for block, (grain, label) in enumerate((g, each) for g in LABELS for each in LABELS[g])
                for k in range(EACH)
            ]

    def write(self, *, pictures: bool = True) -> Path:
        self.folder.mkdir(exist_ok=True)
        for number, segments in self.segments.items():
            content = {"dataset": segments, "labels": [], "images": []}
            torch.save(content, self.folder / f"EEG-ImageNet_{number}.pth")
        for label in (each for labels in LABELS.values() for each in labels) if pictures else ():
            (self.folder / "imageNet_images" / label).mkdir(parents=True, exist_ok=True)
            for k in range(EACH):
                Image.new("RGB", (9, 7), (4 * k, 0, 0)).save(
                    self.folder / "imageNet_images" / label / f"{label}_{k}.JPEG"
                )
        return self.folder


@pytest.fixture
def published(tmp_path: Path) -> Published:
    return Published(tmp_path / "data")


@pytest.fixture
def load(published: Published, run: Any) -> Callable[..., Any]:
    """Load a subject of the folder as it is now."""
    return lambda subject=1, **fields: EEGImageNet(folder=str(published.folder), **fields).load(subject, run)


def numbers(trials: Any) -> list[int]:
    """What the EEG of each trial says of its subject, block and place."""
    return np.asarray(trials.eeg[:])[:, 0, 0].astype(int).tolist()


def test_the_first_thirty_of_a_block_train_and_the_last_twenty_test(published: Published, load: Any) -> None:
    published.write()
    recordings = load(1)
    assert numbers(recordings.training.train) == [*range(1000, 1026), *range(1100, 1126)]
    assert numbers(recordings.training.val) == [*range(1026, 1030), *range(1126, 1130)]
    assert numbers(recordings.test) == [*range(1030, 1050), *range(1130, 1150)]
    assert recordings.test.eeg.shape == (40, 5, 400)
    assert recordings.training.classes == ("German shepherd", "Egyptian cat")
    assert recordings.synsets == ("n02106662", "n02124075")
    assert set(recordings.pool.train.subject) == {0, 1, 8}
    assert [recordings.pictures[row][0, 0, 0] // 4 for row in range(3)] == [30, 31, 32]
    assert recordings.training.montage.tmin == 0.04
    recording_checks.check(EEGImageNet(folder=str(published.folder)), recordings, 1)


def test_granularities_are_other_classes(published: Published, load: Any) -> None:
    published.write()
    fine = load(8, granularity="fine")
    assert fine.training.classes == ("golden retriever", "goldfish")
    assert numbers(fine.test) == [*range(8230, 8250), *range(8330, 8350)]
    assert len(load(8, granularity="all").training.classes) == 4


def test_the_published_selection_on_test_trials_is_marked(published: Published, load: Any) -> None:
    published.write()
    recordings = load(0, protocol="published")
    assert recordings.selected_on_test
    assert numbers(recordings.training.train) == [*range(30), *range(100, 130)]
    assert recordings.training.val.trial.tolist() == recordings.test.trial.tolist()
    pictures = recordings.training.pictures
    assert all(
        np.array_equal(pictures[int(a)], recordings.pictures[int(b)])
        for a, b in zip(recordings.training.val.image, recordings.test.image, strict=True)
    )
    recording_checks.check(EEGImageNet(folder=str(published.folder), protocol="published"), recordings, 0)


def test_cross_subject_leaves_pictures_of_the_test_trials_out_of_training(published: Published, load: Any) -> None:
    for segment in published.segments[2]:  # another order of presentation
        label, _, number = segment["image"].partition(".")[0].partition("_")
        segment["image"] = f"{label}_{EACH - 1 - int(number)}.JPEG"
    published.write()
    recordings = load(8, protocol="cross-subject")
    assert set(recordings.training.train.subject) == {0, 1}
    trained = {recordings.training.pictures[int(i)].tobytes() for i in recordings.training.train.image}
    assert not trained & {recordings.pictures[row].tobytes() for row in range(len(recordings.pictures))}


def test_one_file_is_enough(published: Published, load: Any) -> None:
    (published.write() / "EEG-ImageNet_1.pth").unlink()
    assert EEGImageNet(folder=str(published.folder)).subjects() == (8,)
    assert len(load(8).test.trial) == 40
    with pytest.raises(InvalidConfiguration, match="no other to train on"):
        load(8, protocol="cross-subject")


def test_an_interrupted_conversion_is_resumed_with_the_next_file(published: Published, run: Any) -> None:
    published.write()
    files = EEGImageNetFiles(str(published.folder))
    expected = np.array(files.prepare(run)["eeg"])
    first = run.scratch / "EEG-ImageNet_1.pth.float32"
    before = first.stat().st_mtime_ns
    (run.scratch / "EEG-ImageNet_2.pth.json").unlink()
    (run.scratch / "EEG-ImageNet_2.pth.float32").write_bytes(b"half")
    assert np.array_equal(files.prepare(run)["eeg"], expected)
    assert first.stat().st_mtime_ns == before


def test_segments_that_are_not_finite_and_missing_pictures_are_left_out_with_a_note(
    published: Published, load: Any
) -> None:
    published.segments[1][3]["eeg_data"][2, 100] = float("nan")
    folder = published.write()
    (folder / "imageNet_images" / "n02124075" / "n02124075_4.JPEG").unlink()
    with pytest.raises(MissingFiles, match=r"1 of 100 pictures .*n02124075_4\.JPEG.*--allow-missing-pictures"):
        load(0)
    notes = "\n".join(load(0, missing="leave-out").notes)
    assert "1 segment with values that are not finite" in notes
    assert "3 segments whose picture is missing" in notes


def code(published: Published) -> None:
    published.segments[1][5]["eeg_data"] = print
    published.write()


def short(published: Published) -> None:
    published.segments[1][5]["eeg_data"] = torch.zeros(5, 300)
    published.write()


def without_label(published: Published) -> None:
    del published.segments[1][5]["label"]
    published.write()


def name_outside(published: Published) -> None:
    published.segments[1][5]["image"] = "../../secret"
    published.write()


def other_class(published: Published) -> None:
    for segment in published.segments[1]:
        segment["label"] = segment["label"].replace("n02106662", "n99999999")
    published.write()


def no_pictures(published: Published) -> None:
    published.write(pictures=False)


@pytest.mark.parametrize(
    ("situation", "change"),
    [
        ("the EEG file wants to run code", code),
        ("a segment is shorter than the window", short),
        ("a segment has no label", without_label),
        ("the name of a picture leads out of the folder", name_outside),
        ("a class is none of the 80", other_class),
        ("there is no folder of pictures", no_pictures),
    ],
)
def test_problems_of_the_files_are_explained(
    situation: str, change: Callable[[Published], None], published: Published, load: Any, explains: Callable[..., None]
) -> None:
    change(published)
    with pytest.raises((DataError, MissingFiles)) as error:
        load(0)
    explains(TOPIC, situation, error.value)


def test_the_report_names_what_is_there_and_what_is_not(published: Published) -> None:
    folder = published.write()
    dataset = EEGImageNet(folder=str(folder))
    texts = [finding.text for finding in dataset.check()]
    assert all(finding.ok for finding in dataset.check())
    assert "EEG-ImageNet_1.pth: 400 segments (200 coarse, 200 fine) of 5 channels, subjects 0, 1, 4 classes" in texts[0]
    (folder / "imageNet_images" / "n02124075" / "n02124075_4.JPEG").unlink()
    (folder / "EEG-ImageNet_2.pth").write_bytes(b"PK\x03\x04")
    assert sum(not finding.ok for finding in dataset.check()) == 1
    assert EEGImageNet.recognises(folder)
    assert not EEGImageNet.recognises(folder / "imageNet_images")
    assert not EEGImageNet().check()[0].ok
