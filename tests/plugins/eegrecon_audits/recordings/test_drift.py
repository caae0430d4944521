from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from eegrecon_audits.recordings.drift import Drift, drift_statistic, whitened

Opinion = Callable[..., tuple[str, str]]


@pytest.mark.parametrize(
    ("eeg", "label", "verdict"),
    [
        ("drifting", "blocks", "FAIL"),
        ("drifting", "mixed", "PASS"),
        ("white", "blocks", "PASS"),
        ("white", "mixed", "PASS"),
    ],
)
def test_drift_fails_where_it_reveals_the_class(
    opinion: Opinion, synthetic: Any, eeg: str, label: str, verdict: str
) -> None:
    found, text = opinion(Drift(), synthetic.evidence(getattr(synthetic, eeg)(), synthetic.labels[label]))
    assert found == verdict
    assert ("no evidence of drift" in text) == (eeg == "white")


def test_without_times_it_is_inconclusive(opinion: Opinion, synthetic: Any) -> None:
    evidence = synthetic.evidence(synthetic.white(), synthetic.labels["blocks"], None)
    assert opinion(Drift(), evidence)[0] == "inconclusive"


def test_a_drift_of_power_is_found_after_the_slow_part_is_filtered_out(opinion: Opinion, synthetic: Any) -> None:
    time = np.arange(100) / 100.0  # s
    carrier = np.sin(2 * np.pi * 20 * time).astype(np.float32)
    strength = np.exp(0.5 * np.sin(synthetic.order / 25)).astype(np.float32)  # slow change of a rhythm at 20 Hz
    phase = np.random.default_rng(2).choice([-1, 1], 300).astype(np.float32)
    eeg = synthetic.white() + (2 * strength * phase)[:, None, None] * carrier
    eeg -= eeg.mean(axis=2, keepdims=True)
    verdict, text = opinion(Drift(), synthetic.evidence(eeg, synthetic.labels["blocks"]))
    assert verdict == "FAIL"
    slow = re.search(r"slow (\d\.\d+)", text)
    assert slow is not None
    assert 0.9 <= float(slow[1]) < 1.1


def test_a_class_response_alone_is_no_drift(opinion: Opinion, synthetic: Any) -> None:
    label = synthetic.labels["blocks"]
    eeg = synthetic.white() + 3 * label[:, None, None].astype(np.float32)  # strong, but constant within a block
    verdict, text = opinion(Drift(), synthetic.evidence(eeg, label))
    assert verdict == "PASS"
    assert "decodes 1.000 of the classes" in text


def p_value(features: np.ndarray, block: np.ndarray, rng: np.random.Generator) -> float:
    observed, permuted = drift_statistic(features, np.arange(len(features)), block, rng)
    return (1 + np.count_nonzero(permuted >= observed)) / (len(permuted) + 1)


def test_independent_trials_have_uniform_p_values() -> None:
    rng = np.random.default_rng(5)
    block = np.repeat([0, 1, 2], 20)
    values = np.asarray([p_value(rng.standard_normal((60, 5)) + 9 * block[:, None], block, rng) for _ in range(100)])
    assert np.mean(values < 0.05) == pytest.approx(0.05, abs=0.05)  # 2 standard errors of .022
    assert np.mean(values) == pytest.approx(0.5, abs=0.06)


def test_the_statistic_is_the_sum_of_squared_partial_sums() -> None:
    rng = np.random.default_rng(6)
    features, order, block = rng.standard_normal((40, 3)), rng.permutation(40), np.repeat([0, 1], 20)
    white = whitened(features, block)
    by_hand = sum(
        np.square(np.cumsum(white[block == one][np.argsort(order[block == one])], axis=0)).sum() for one in (0, 1)
    )
    observed, permuted = drift_statistic(features, order, block, rng)
    assert observed == pytest.approx(by_hand)
    total = sum(np.square(white[block == one]).sum() for one in (0, 1))  # sampling without replacement, t of m = 20:
    expected = sum(total * t * (20 - t) / (20 * 19) for t in range(1, 20))
    assert permuted.mean() == pytest.approx(expected, rel=0.05)


def test_whitened_features_are_uncorrelated_and_of_variance_one() -> None:
    mixed = np.random.default_rng(7).standard_normal((80, 6)) @ np.random.default_rng(8).standard_normal((6, 6))
    white = whitened(mixed, np.repeat([0, 1], 40))
    assert white.T @ white / 80 == pytest.approx(np.eye(6), abs=1e-9)


def test_a_random_walk_far_below_the_noise_is_found() -> None:
    rng = np.random.default_rng(9)
    noise = rng.standard_normal((600, 30)) @ rng.standard_normal((30, 30))  # spatially correlated, as in EEG
    walk = np.cumsum(rng.standard_normal(600))[:, None] * rng.standard_normal(30)
    block = np.repeat(np.arange(12), 50)
    assert p_value(noise + 0.2 * walk, block, rng) < 0.01
    assert p_value(noise, block, rng) > 0.01
