"""Known answers: designs that leak through slow changes, and designs that do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from jobs import Command
from resting import write_rest

from eegrecon import MissingFiles, Montage, Recordings, Training, Trials
from eegrecon.pipeline.tools.null_design import Readers, findings
from eegrecon.testing import PlainRun
from eegrecon_baselines.aligners.ridge import Ridge
from eegrecon_baselines.encoders.linear_reader import LinearReader

N, CHANNELS, SAMPLES = 240, 4, 64
READERS = Readers(LinearReader("evoked"), Ridge())
MONTAGE = Montage(tuple("abcd"), 128.0, 0.0, "uV")


def design(label: np.ndarray, drift: float, *, test_label: np.ndarray | None = None) -> Recordings:
    """Recordings of 240 trials whose potential drifts; every fourth is for test, every eighth for validation."""
    rng = np.random.default_rng(1)
    walk = drift * rng.standard_normal((N, CHANNELS)).cumsum(axis=0)
    eeg = (rng.standard_normal((N, CHANNELS, SAMPLES)) + walk[:, :, None]).astype(np.float32)
    rows = np.arange(N)
    test, val = rows[rows % 4 == 3], rows[rows % 8 == 1]
    train = np.setdiff1d(rows, [*test, *val])

    def share(chosen: np.ndarray, labels: np.ndarray) -> Trials:
        image = np.arange(len(chosen))
        return Trials(eeg[chosen], np.ones(len(chosen), int), chosen, labels[chosen], image, chosen // 40, chosen)

    pictures = [rng.integers(0, 255, (8, 8, 3)).astype(np.uint8) for _ in range(N)]
    training = Training(share(train, label), share(val, label), pictures, None, tuple("uvwxyz"), MONTAGE)
    tested = share(test, label if test_label is None else test_label)
    return Recordings(training, training, tested, pictures, None, None)


def answers(recordings: Recordings, run: PlainRun, rest: Path | None = None) -> list[tuple[bool, str]]:
    return [(finding.ok, finding.text) for finding in findings(recordings, READERS, run, rest)]


BLOCKS, MIXED = np.arange(N) // 80, np.random.default_rng(9).permutation(np.arange(N) % 3)


def test_a_block_design_leaks_where_the_potential_drifts(run: PlainRun) -> None:
    ((ok, text),) = answers(design(BLOCKS, drift=0.5), run)
    assert not ok
    assert text.startswith("the design leaks")


@pytest.mark.parametrize(
    ("label", "drift"), [(BLOCKS, 0.0), (MIXED, 0.5), (MIXED, 0.0)], ids=["still", "mixed", "both"]
)
def test_neither_alone_is_a_leak(run: PlainRun, label: np.ndarray, drift: float) -> None:
    ((ok, text),) = answers(design(label, drift), run)
    assert ok, text


def test_trials_in_two_shares_are_a_leak_that_needs_no_drift(run: PlainRun) -> None:
    recordings = design(MIXED, 0.0)
    train = recordings.training.train
    copied = replace(recordings, test=train.take(np.arange(60)))
    ((ok, text),) = answers(copied, run)
    assert not ok, text


def test_without_order_and_blocks_the_finding_says_what_could_not_be_seen(run: PlainRun) -> None:
    recordings = design(BLOCKS, 0.5)

    def unordered(trials: Trials) -> Trials:
        return replace(trials, block=None, order=None)

    training = replace(
        recordings.training, train=unordered(recordings.training.train), val=unordered(recordings.training.val)
    )
    ((ok, text),) = answers(replace(recordings, training=training, test=unordered(recordings.test)), run)
    assert ok
    assert "neither order nor blocks of the trials are known" in text


def test_where_no_test_class_is_trained_pictures_are_read(run: PlainRun) -> None:
    recordings = design(MIXED, 0.5, test_label=np.full(N, 4))
    assert recordings.zero_shot
    ((ok, text),) = answers(recordings, run)
    assert ok, text
    assert "pairs of a true and another picture" in text


def test_a_recording_of_rest_is_used_beside_noise(run: PlainRun, tmp_path: Path) -> None:
    write_rest(tmp_path / "rest_raw.fif", 150)  # a random walk
    still = design(BLOCKS, 0.0)
    noise, rest = answers(still, run, tmp_path / "rest_raw.fif")
    assert noise[0]
    assert not rest[0]
    assert "a recording of rest" in rest[1]
    assert all(ok for ok, _ in answers(design(MIXED, 0.0), run, tmp_path / "rest_raw.fif"))
    with pytest.raises(MissingFiles, match="no recording .*absent"):
        answers(still, run, tmp_path / "absent")


def test_the_command_tests_the_design_of_a_folder(command: Command, tmp_path: Path) -> None:
    size = ("--set", "recording.subjects=1", "--set", "recording.pictures_per_class=10")
    command("data", "simulate", "files", "--format", "mne-epochs", *size, "--set", "recording.design=random")
    printed = command("data", "check", "files", "--null").stdout
    assert "no leak of the design found" in printed.splitlines()[-1]
    assert "--null" in command("data", "check", "files", "--protocol", "late-trials", code=2).stderr
    assert "no subject 3" in command("data", "check", "files", "--null", "--subjects", "3", code=2).stderr
