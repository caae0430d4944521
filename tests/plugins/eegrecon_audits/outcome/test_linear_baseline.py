from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from eegrecon import Circumstances, Features
from eegrecon_audits.outcome.linear_baseline import LinearBaseline

Opinion = Callable[..., tuple[str, str]]
READERS = ("band-power", "evoked", "covariance", "evoked+power")


def evoked(synthetic: Any, label: np.ndarray) -> np.ndarray:
    """White noise with a response of each class whose power is the same, at three times."""
    response = np.stack([np.roll(np.repeat([1.0, -1.0, 0.0], [10, 10, 80]), 30 * k) for k in range(3)])
    return (synthetic.white(len(label)) + 0.5 * response[label][:, None]).astype(np.float32)


def accuracies(text: str) -> dict[str, float]:
    return {name: float(found[1]) for name in READERS if (found := re.search(rf" {re.escape(name)} ([\d.]+)", text))}


def test_a_method_must_exceed_the_best_reader(opinion: Opinion, synthetic: Any) -> None:
    label = synthetic.labels["mixed"]
    easy, hard, truth = synthetic.rhythmic(label), synthetic.white(), label[4::5]
    right, wrong = synthetic.certain(truth), synthetic.certain((truth + 1) % 3)
    assert opinion(LinearBaseline(), synthetic.evidence(hard, label, features=right))[0] == "PASS"
    verdict, text = opinion(LinearBaseline(), synthetic.evidence(easy, label, features=right))
    assert verdict == "WARN"  # the best reader is perfect too, or nearly
    assert max(accuracies(text).values()) > 0.95
    assert opinion(LinearBaseline(), synthetic.evidence(easy, label, features=wrong))[0] == "FAIL"


def test_a_method_that_reads_more_than_power_but_less_than_the_evoked_response_fails(
    opinion: Opinion, synthetic: Any
) -> None:
    label = synthetic.labels["mixed"]
    truth = label[4::5]
    middling = np.where(np.arange(len(truth)) % 10 < 7, truth, (truth + 1) % 3)  # right in .7
    verdict, text = opinion(
        LinearBaseline(), synthetic.evidence(evoked(synthetic, label), label, features=synthetic.certain(middling))
    )
    found = accuracies(text)
    assert verdict == "FAIL"
    assert tuple(found) == READERS
    assert found["band-power"] < 0.7 < found["evoked"]


def test_the_best_reader_is_chosen_on_the_validation_trials(opinion: Opinion, synthetic: Any) -> None:
    """Test trials have a rhythm, training and validation trials a response: the reader of power is not chosen."""
    label = synthetic.labels["mixed"]
    n = np.arange(len(label))
    both = evoked(synthetic, label) + synthetic.rhythmic(label)
    held = np.where((n % 10 == 3)[:, None, None], evoked(synthetic, label), both)
    eeg = np.where((n % 5 == 4)[:, None, None], synthetic.rhythmic(label), held).astype(np.float32)
    truth = label[4::5]
    middling = np.where(np.arange(len(truth)) % 10 < 7, truth, (truth + 1) % 3)  # right in .7
    verdict, text = opinion(LinearBaseline(), synthetic.evidence(eeg, label, features=synthetic.certain(middling)))
    found = accuracies(text)
    chosen = re.search(r"best linear reader ([\d.]+)", text)
    assert chosen is not None
    assert float(chosen[1]) < 0.7 < max(found.values())
    assert verdict == "WARN"
    assert "a reader that validation did not choose decodes more" in text


@pytest.mark.usefixtures("without_pyriemann")
def test_without_pyriemann_the_evidence_says_that_a_reader_was_not_available(opinion: Opinion, synthetic: Any) -> None:
    label = synthetic.labels["mixed"]
    features = synthetic.certain(label[4::5])
    verdict, text = opinion(LinearBaseline(), synthetic.evidence(synthetic.white(), label, features=features))
    assert verdict == "PASS"
    assert len(accuracies(text)) == 3
    assert re.search(r"covariance not available .*eegrecon\[riemann\]", text)


def test_without_class_scores_it_is_inconclusive(opinion: Opinion, synthetic: Any) -> None:
    features = Features(np.ones((60, 1)), None)
    evidence = synthetic.evidence(synthetic.white(), synthetic.labels["mixed"], features=features)
    assert opinion(LinearBaseline(), evidence)[0] == "inconclusive"


def hits(seed: int, method: int, baseline: int) -> dict[str, np.ndarray]:
    """What is measured of one subject and seed: 100 trials, of which so many are right."""
    n = np.arange(100)
    right = {"method": n < method, "baseline": n < baseline, f"reader/{READERS[0]}": n < baseline}
    found = {name: hit.astype(np.float64) for name, hit in right.items()}
    return found | {"picture": n, "subject": np.full(100, 1), "seed": np.full(100, seed)}


def test_the_spread_between_trainings_counts_from_two_seeds_on() -> None:
    """Each of two trainings exceeds the reader, by .3 and by .1; t of one degree of freedom is 12.7."""
    one, other, equal = hits(0, 90, 60), hits(1, 70, 60), hits(1, 90, 60)
    audit, known = LinearBaseline(), Circumstances()
    assert audit.conclude([one], known).verdict == "PASS"
    assert audit.conclude([other], known).verdict == "PASS"
    both = audit.conclude([one, other], known)
    assert both.verdict == "WARN"
    found = re.search(r"difference \+0\.200 \[(.*), (.*)\], p = .* \(t over 2 trainings", both.evidence)
    assert found is not None
    assert float(found[2]) - 0.2 == pytest.approx(np.hypot(12.706 * 0.1, 1.984 * 0.0402), abs=0.003)
    assert audit.conclude([one, equal], known).verdict == "PASS"
