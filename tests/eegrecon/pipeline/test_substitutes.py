from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from eegrecon import Montage, Training, Trials
from eegrecon.pipeline.substitutes import BLOCK, Noise, Repeated, nearest, permute_labels, shuffled_within, spectrum


def eeg_of(n: int = 40, channels: int = 3, samples: int = 101) -> np.ndarray:
    rng = np.random.default_rng(3)
    slow = np.cumsum(rng.standard_normal((n, channels, samples)), axis=2)
    return slow * np.array([1, 2, 5])[:, None] + np.array([0, 4, -3])[:, None]


@pytest.mark.parametrize("samples", [100, 101])
def test_noise_has_the_mean_and_spectrum_of_each_channel(samples: int) -> None:
    eeg = eeg_of(samples=samples)
    _, mean, amplitude = spectrum(eeg, piece=7)
    assert mean == pytest.approx(eeg.mean(axis=(0, 2)))
    noise = Noise(mean, amplitude, samples, np.arange(4000), 1)[np.arange(4000)]
    assert noise.shape == (4000, 3, samples)
    measured = np.square(np.abs(np.fft.rfft(eeg - mean[:, None], axis=2))).mean(axis=0)
    simulated = np.square(np.abs(np.fft.rfft(noise - mean[:, None], axis=2))).mean(axis=0)
    assert simulated == pytest.approx(measured, rel=0.15)  # 4000 draws of a squared normal: 4.5 standard errors of .03
    assert noise.var() == pytest.approx(np.square(eeg - mean[:, None]).mean() + mean.var(), rel=0.05)


def test_noise_depends_on_trial_and_seed_alone() -> None:
    _, mean, amplitude = spectrum(eeg_of())
    trials = np.array([5, 9, 7])
    noise = Noise(mean, amplitude, 101, trials, 1)
    reversed_ = Noise(mean, amplitude, 101, trials[::-1], 1)
    assert np.array_equal(noise[np.arange(3)], reversed_[np.array([2, 1, 0])])
    assert np.array_equal(noise[1], noise[np.array([1])][0])
    assert not np.allclose(noise[0], noise[1])
    assert not np.allclose(noise[0], Noise(mean, amplitude, 101, trials, 2)[0])


def test_repeated_rows_are_equal_and_writable_copies() -> None:
    rows = Repeated(eeg_of()[0], 6)
    assert rows.shape == (6, 3, 101)
    some = rows[np.array([1, 4])]
    some[0] = 0
    assert np.array_equal(rows[4], eeg_of()[0].astype(np.float32))


def test_a_shuffle_within_groups_gives_no_trial_the_eeg_of_its_own_picture() -> None:
    picture = np.repeat(np.arange(12), 3)  # three trials of each
    group = picture // 4
    source = shuffled_within(group, picture, np.random.default_rng(0))
    assert sorted(source) == list(range(36))
    assert np.array_equal(group[source], group)
    assert (picture[source] != picture).all()


def test_a_group_of_one_picture_keeps_its_trials() -> None:
    source = shuffled_within(np.array([0, 1, 1]), np.array([5, 6, 7]), np.random.default_rng(0))
    assert source.tolist() == [0, 2, 1]


def trials_of(subject: list[int], trial: list[int]) -> Trials:
    n = np.asarray(trial)
    return Trials(n[:, None, None] * 1.0, np.asarray(subject), n, n % 3, n, n // 2, n)


def test_permuted_labels_stay_with_their_picture_and_within_subject_and_share() -> None:
    pool = Training(
        trials_of([1] * 20 + [2] * 20, list(range(40))), trials_of([1] * 6 + [2] * 6, list(range(50, 62))), (), None,
        ("a", "b", "c"), Montage(("x",), 1.0, 0.0, "z"),
    )  # fmt: skip
    permuted = permute_labels(pool, 4)
    for before, after in ((pool.train, permuted.train), (pool.val, permuted.val)):
        assert np.array_equal(after.eeg, before.eeg)
        assert np.array_equal(after.label, after.image % 3)  # a picture keeps its class
        assert np.array_equal(after.image, after.order)
        for subject in (1, 2):
            rows = before.subject == subject
            assert sorted(after.image[rows]) == sorted(before.image[rows])
            assert (after.image[rows] != before.image[rows]).any()
    one_subject = Training(
        trials_of([2] * 20, list(range(20, 40))[::-1]), pool.val, (), None, pool.classes, pool.montage
    )
    alone = permute_labels(one_subject, 4).train
    assert dict(zip(alone.trial, alone.image, strict=True)) == dict(
        zip(permuted.train.trial[20:], permuted.train.image[20:], strict=True)
    )  # a trial is permuted alike in the pool and alone, in whatever order the trials come


def test_the_nearest_targets_come_in_order_and_repeat_where_there_are_too_few() -> None:
    targets = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])[:, None]
    tokens = np.array([[2.0, 0.1], [0.1, 9.0]])[:, None]
    everyone = np.arange(3)
    assert nearest(tokens, targets, everyone, 2).tolist() == [[0, 2], [1, 2]]
    assert nearest(tokens, targets, everyone, 4)[0].tolist() == [0, 2, 1, 0]
    assert nearest(tokens, targets, np.array([1, 2]), 1).tolist() == [[2], [1]]


def test_targets_are_compared_without_a_copy_of_all_of_them() -> None:
    rng = np.random.default_rng(0)
    targets = rng.standard_normal((5 * BLOCK + 3, 4, 500), np.float32).astype(np.float16)  # 2.6 MB
    tokens = targets[[7, 3 * BLOCK, 5 * BLOCK + 2]].astype(np.float32)
    candidates = np.arange(1, len(targets))
    tracemalloc.start()
    found = nearest(tokens, targets, candidates, 2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found[:, 0].tolist() == [7, 3 * BLOCK, 5 * BLOCK + 2]
    assert peak < targets.nbytes * 1.5  # all in float32 and their directions would be four times as large
