from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eegrecon_audits.outcome.explained import Explained

Opinion = Callable[..., tuple[str, str]]


def test_identification_is_explained_by_accuracy_times_the_ceiling(opinion: Opinion, synthetic: Any) -> None:
    hits = [1.0] * 30 + [0.0] * 30
    verdict, text = opinion(Explained(), synthetic.scored(hits, [0.8] * 30 + [0.0] * 30, 0.9))
    assert verdict == "WARN"
    assert "no evidence" in text
    for number in ("0.400", "0.500 x", "0.900", "explains 0.500", "-0.100"):  # .5 x .9 + .5 x .1 is explained
        assert number in text
    assert opinion(Explained(), synthetic.scored(hits, [0.9] * 50 + [0.0] * 10, 0.9))[0] == "PASS"


def test_identification_at_chance_is_no_evidence_beyond_the_class(opinion: Opinion, synthetic: Any) -> None:
    assert opinion(Explained(), synthetic.scored([0.0] * 60, [0.1] * 60, 0.9))[0] == "WARN"


def test_a_gain_over_the_class_that_any_order_of_outputs_has_is_inconclusive(opinion: Opinion, synthetic: Any) -> None:
    misses, identification = [0.0] * 60, [0.5] * 30 + [0.3] * 30  # where chance would give 0.1
    assert opinion(Explained(), synthetic.scored(misses, identification, 0.9, permuted=0.2))[0] == "PASS"
    verdict, text = opinion(Explained(), synthetic.scored(misses, identification, 0.9, permuted=0.4))
    assert verdict == "inconclusive"
    assert "EEG" in text
