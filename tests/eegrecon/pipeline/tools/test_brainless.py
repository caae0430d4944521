"""EEG without a brain: what it has in common with the recording that it stands for, and what not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from resting import write_rest

from eegrecon import DataError, Montage, Recordings, Training, Trials
from eegrecon.pipeline.tools.brainless import noise_like, rest_of, surrogate, timeline, without_brain
from eegrecon.testing import toy_recordings

N, CHANNELS, SAMPLES = 240, 4, 64


def recorded(level: np.ndarray, seed: int = 0) -> Trials:
    """Trials in the order of recording: channels that share a rhythm, about a level (n,) of their own."""
    rng = np.random.default_rng(seed)
    white = rng.standard_normal((N, CHANNELS, SAMPLES)).cumsum(axis=2)  # of falling spectrum
    white -= white.mean(axis=2, keepdims=True)
    mixed = np.einsum("cd,ndt->nct", np.eye(CHANNELS) + 0.7, white)
    rows = np.arange(N)
    eeg = (mixed + level[:, None, None]).astype(np.float32)
    return Trials(eeg, np.ones(N, int), rows, rows % 3, rows, rows // 60, rows)


def whole(trials: Trials, noise: object) -> np.ndarray:
    return np.stack([noise.trial(place, 3) for place in range(N)])  # type: ignore[attr-defined]


def test_noise_has_the_spectrum_and_the_correlation_of_the_recording() -> None:
    trials = recorded(np.zeros(N))
    made = whole(trials, noise_like([trials], trials.trial, 0))
    true = np.asarray(trials.eeg)

    def spectrum(eeg: np.ndarray) -> np.ndarray:
        return np.square(np.abs(np.fft.rfft(eeg - eeg.mean(axis=2, keepdims=True), axis=2))).mean(axis=(0, 1))[1:20]

    np.testing.assert_allclose(np.log(spectrum(made)), np.log(spectrum(true)), atol=0.5)  # they fall by 5

    def correlation(eeg: np.ndarray) -> np.ndarray:
        return np.corrcoef(eeg.transpose(1, 0, 2).reshape(CHANNELS, -1))

    np.testing.assert_allclose(correlation(made), correlation(true), atol=0.2)


def test_noise_changes_as_slowly_as_the_recording_and_knows_nothing_of_its_trials() -> None:
    walk = np.random.default_rng(5).standard_normal(N).cumsum() * 10
    trials = recorded(walk)
    made = whole(trials, noise_like([trials], trials.trial, 0)).mean(axis=(1, 2))

    def neighbours(series: np.ndarray) -> float:
        return float(np.corrcoef(series[1:], series[:-1])[0, 1])

    assert neighbours(walk) > 0.9
    assert neighbours(made) > 0.9
    assert made.std() == pytest.approx(walk.std(), rel=0.3)
    correlations = [
        np.corrcoef(whole(trials, noise_like([trials], trials.trial, seed)).mean(axis=(1, 2)), walk)[0, 1]
        for seed in range(8)
    ]
    assert abs(np.mean(correlations)) < 0.5  # one of them may be large: there are few independent places


def test_a_surrogate_keeps_spectra_and_cross_spectra() -> None:
    rng = np.random.default_rng(2)
    series = rng.standard_normal((101, 3)).cumsum(axis=0)
    made = surrogate(series, np.random.default_rng(1))

    def cross(x: np.ndarray) -> np.ndarray:
        spectra = np.fft.rfft(x - x.mean(axis=0), axis=0)
        return np.einsum("fi,fj->fij", spectra, spectra.conj())

    np.testing.assert_allclose(cross(made), cross(series), atol=1e-8)
    np.testing.assert_allclose(made.mean(axis=0), series.mean(axis=0))
    assert np.abs(made - series).max() > 1


def test_the_order_of_recording_is_that_of_blocks_and_positions() -> None:
    trials = recorded(np.zeros(N))
    shuffled = trials.take(np.random.default_rng(0).permutation(N))
    assert timeline([shuffled.take(np.arange(50)), shuffled], 0)[0].tolist() == list(range(N))  # each once
    blocks, known = timeline([replace(shuffled, order=None)], 0)
    assert known
    assert all(len(set(part // 60)) == 1 for part in blocks.reshape(4, 60))
    assert timeline([replace(shuffled, order=None, block=None)], 0)[1] is False
    assert sorted(timeline([replace(shuffled, order=None, block=None)], 0)[0]) == list(range(N))


def test_a_trial_has_the_same_eeg_in_every_share_and_the_design_is_that_of_the_data() -> None:
    recordings = toy_recordings()
    null, known = without_brain(recordings, 0)
    assert known
    for given, made in ((recordings.test, null.test), (recordings.training.train, null.training.train)):
        for name in ("label", "image", "trial", "subject"):
            assert np.array_equal(getattr(made, name), getattr(given, name))
        assert made.eeg.shape == given.eeg.shape
        assert not np.allclose(made.eeg[0], given.eeg[0])
    again, _ = without_brain(replace(recordings, test=recordings.test.take(np.arange(5))), 0)
    assert null.test.eeg[:2].shape == (2, *recordings.test.eeg.shape[1:])
    assert np.array_equal(null.test.eeg[np.array([3, 1])][1], null.test.eeg[1])
    both = replace(recordings, test=recordings.training.train)
    leaking, _ = without_brain(both, 0)
    assert np.array_equal(leaking.test.eeg[7], leaking.training.train.eeg[7])
    assert not np.array_equal(without_brain(recordings, 1)[0].test.eeg[0], null.test.eeg[0])
    del again


def test_rest_is_cut_in_the_order_of_presentation_without_overlap(tmp_path: Path) -> None:
    data = write_rest(tmp_path / "rest_raw.fif", 60)
    rest = rest_of(tmp_path / "rest_raw.fif", 60, 64, 128.0)
    assert rest.shape == (3, 64)
    starts = []
    for place in range(60):
        cut = rest.trial(place, 0)
        start = int(np.argmin([np.abs(data[:, at : at + 64] - cut).max() for at in range(data.shape[1] - 64)]))
        np.testing.assert_allclose(cut, data[:, start : start + 64], atol=1e-3)
        starts.append(start)
    assert np.diff(starts).min() >= 64


def test_a_recording_of_rest_that_is_too_short_gives_shorter_trials_or_is_refused(tmp_path: Path) -> None:
    write_rest(tmp_path / "rest_raw.fif", 10)
    assert rest_of(tmp_path / "rest_raw.fif", 40, 64, 128.0).shape == (3, 32)
    with pytest.raises(DataError, match=r"rest_raw\.fif has 10 s, too little for 400 trials of at least 0\.1 s"):
        rest_of(tmp_path / "rest_raw.fif", 400, 64, 128.0)
    (tmp_path / "none_raw.fif").write_bytes(b"no recording")
    with pytest.raises(DataError, match=r"MNE cannot read .*none_raw\.fif as a recording of rest"):
        rest_of(tmp_path / "none_raw.fif", 4, 64, 128.0)


def test_rest_has_channels_of_its_own(tmp_path: Path) -> None:
    write_rest(tmp_path / "rest_raw.fif", 120)
    null, _ = without_brain(toy_recordings(), 0, tmp_path / "rest_raw.fif")
    assert isinstance(null, Recordings)
    assert isinstance(null.training, Training)
    assert null.training.montage == Montage(("001", "002", "003"), 128.0, 0.0, "uV")
    assert null.test.eeg.shape == (32, 3, 64)


def test_positions_that_begin_again_in_every_block_follow_each_other_block_by_block() -> None:
    trials = recorded(np.zeros(N))
    within = replace(trials, order=np.arange(N) % 60)
    assert timeline([within], 0)[0].tolist() == list(range(N))
    by_class = replace(trials, block=3 - trials.block, order=np.arange(N))  # blocks are numbered by class, not by time
    assert timeline([by_class], 0)[0].tolist() == list(range(N))
