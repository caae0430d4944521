from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from eegrecon import Features
from eegrecon_audits.outcome.linear_baseline import LinearBaseline

Opinion = Callable[..., tuple[str, str]]


def test_a_method_must_exceed_band_power(opinion: Opinion, synthetic: Any) -> None:
    label = synthetic.labels["mixed"]
    easy, hard, truth = synthetic.rhythmic(label), synthetic.white(), label[4::5]
    right, wrong = synthetic.certain(truth), synthetic.certain((truth + 1) % 3)
    assert opinion(LinearBaseline(), synthetic.evidence(hard, label, features=right))[0] == "PASS"
    verdict, text = opinion(LinearBaseline(), synthetic.evidence(easy, label, features=right))
    assert verdict == "WARN"  # both are perfect
    assert "logistic regression on band power 1.000, difference +0.000" in text
    assert opinion(LinearBaseline(), synthetic.evidence(easy, label, features=wrong))[0] == "FAIL"


def test_without_class_scores_it_is_inconclusive(opinion: Opinion, synthetic: Any) -> None:
    features = Features(np.ones((60, 1)), None)
    evidence = synthetic.evidence(synthetic.white(), synthetic.labels["mixed"], features=features)
    assert opinion(LinearBaseline(), evidence)[0] == "inconclusive"
