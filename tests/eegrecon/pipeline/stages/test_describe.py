"""The description of data whose responses and rhythms are known."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from eegrecon import Montage, Training, Trials
from eegrecon.pipeline.context import Product
from eegrecon.pipeline.stages import describe
from eegrecon.pipeline.stages.describe import BANDS, TRIALS, decibels, from_baseline, morlet, selected, usable

SFREQ, TIMES = 250.0, np.arange(-50, 200) / 250  # s


def trials(eeg: Any, label: Any) -> Trials:
    number = np.arange(len(label))
    return Trials(np.asarray(eeg, np.float32), np.ones_like(number), number, np.asarray(label, np.int64), number)


def described(eeg: Any, label: Any, tmin: float = -0.2, captions: Any = ("a < b", "b")) -> Product:
    train, montage = trials(eeg, label), Montage(tuple("abcde"[: np.shape(eeg)[1]]), SFREQ, tmin, "uV")
    training = Training(train, train.take(np.arange(0)), [], None, ("cat", "dog"), montage)
    recordings: Any = SimpleNamespace(training=training, captions=captions)
    context: Any = SimpleNamespace(recordings=recordings)
    return describe.describe(context)


def test_responses_are_class_means_from_the_baseline_at_the_channels_where_they_are_largest() -> None:
    label = np.tile([0, 1], 30)
    eeg = np.zeros((60, 4, 250))
    eeg[:, 2, 50:] = 3.0 * label[:, None]  # from onset on, of the second class
    eeg[:, 0, 50:] = 2.0
    eeg[:, 1] = 100.0  # an offset is no response
    product = described(eeg, label)
    assert product.metadata["shown"][:2] == [2, 0]
    assert product.metadata["classes"] == ["cat", "dog"]
    assert product.metadata["counts"] == [30, 30]
    responses = product.arrays["responses"]  # (classes, channels, points)
    onset = np.asarray(product.metadata["times"]) >= 0
    np.testing.assert_allclose(responses[:, 0, ~onset], 0)
    np.testing.assert_allclose(responses[0, 0], 0)
    np.testing.assert_allclose(responses[1, 0, onset], 3.0)
    np.testing.assert_allclose(responses[0, 1, onset], 2.0)
    np.testing.assert_allclose(product.arrays["grand"][0, onset], 1.5)
    assert product.metadata["captions"] == ["a < b", "b"]
    assert product.metadata["baseline"] == "before onset"


def test_a_rhythm_has_its_power_at_its_channel_band_and_latency() -> None:
    rng = np.random.default_rng(0)
    eeg = 0.1 * rng.standard_normal((40, 5, 250))
    phase = rng.uniform(0, 2 * np.pi, 40)  # not locked to onset, so no mean response shows it
    eeg[:, 3, 180:] += np.sin(2 * np.pi * 10 * TIMES[180:] + phase[:, None])
    product = described(eeg, np.tile([0, 1], 20))
    power = product.arrays["power"]  # (bands, latencies, channels)
    bands = [name for name, *_ in product.metadata["bands"]]
    assert bands == ["theta", "alpha", "beta"]
    assert np.unravel_index(np.argmax(power[bands.index("alpha")]), power.shape[1:]) == (2, 3)
    assert product.metadata["latencies"] == pytest.approx([132.7, 398.0, 663.3], abs=0.1)
    np.testing.assert_allclose((10 ** (power / 10)).mean(axis=(1, 2)), 1, rtol=1e-5)  # dB from the mean of the band


def test_wavelets_have_the_same_energy_and_their_peak_at_the_latency() -> None:
    times = 1000 * TIMES
    found = morlet(times, BANDS["theta"], [0.0, 300.0])
    assert found.shape == (2 * 4, 250)  # 4, 5, 6 and 7 Hz
    np.testing.assert_allclose(np.square(np.abs(found)).sum(axis=1), 1)
    assert [times[np.argmax(np.abs(wavelet))] for wavelet in found[:2]] == pytest.approx([0, 300], abs=2)


def test_a_band_that_an_epoch_or_a_rate_cannot_hold_is_left_out() -> None:
    assert usable(250.0, 110) == ["theta", "alpha", "beta"]  # 440 ms
    assert usable(250.0, 40) == ["beta"]
    assert usable(50.0, 200) == ["theta", "alpha"]
    assert usable(100.0, 8) == []
    assert "power" not in described(np.ones((4, 3, 8)), [0, 1, 0, 1]).arrays


def test_without_a_time_before_onset_the_baseline_is_the_mean_of_the_epoch() -> None:
    means = np.array([[1.0, 2.0, 6.0]])
    np.testing.assert_allclose(from_baseline(means, np.array([20.0, 30.0, 40.0])), [[-2, -1, 3]])
    np.testing.assert_allclose(from_baseline(means, np.array([-10.0, 0.0, 10.0])), [[0, 1, 5]])
    eeg = np.zeros((4, 3, 100))
    assert described(eeg, [0, 1, 0, 1], tmin=0.02).metadata["baseline"] == "of the epoch"


def test_at_most_so_many_trials_of_the_classes_with_the_most_are_read() -> None:
    label = np.concatenate([np.full(300 if one < 12 else 299, one) for one in range(40)])
    rows = selected(trials(np.zeros((len(label), 1, 1)), label))
    assert len(rows) == TRIALS == len(np.unique(rows))
    assert set(label[rows]) == set(range(12))


def test_power_of_nothing_is_a_finite_number() -> None:
    assert np.isfinite(decibels(np.zeros((1, 3, 2)))).all()


@pytest.mark.parametrize("eeg", [np.zeros((1, 2, 5)), np.zeros((4, 2, 1))])
def test_data_with_too_few_trials_or_samples_say_so_and_keep_their_captions(eeg: Any) -> None:
    product = described(eeg, np.zeros(len(eeg)))
    assert not product.arrays
    assert "fewer than two" in product.metadata["absent"]
    assert product.metadata["captions"] == ["a < b", "b"]
