from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from eegrecon_audits.recordings.block_design import BlockDesign

Opinion = Callable[..., tuple[str, str]]


def test_time_predicts_the_class_in_a_block_design_and_not_in_a_mixed_one(opinion: Opinion, synthetic: Any) -> None:
    verdict, text = opinion(BlockDesign(), synthetic.evidence(synthetic.white(), synthetic.labels["blocks"]))
    assert verdict == "WARN"
    assert "60 share a block" in text
    assert opinion(BlockDesign(), synthetic.evidence(synthetic.white(), synthetic.labels["mixed"]))[0] == "PASS"


def test_without_times_it_is_inconclusive(opinion: Opinion, synthetic: Any) -> None:
    evidence = synthetic.evidence(synthetic.white(), synthetic.labels["blocks"], None)
    assert opinion(BlockDesign(), evidence)[0] == "inconclusive"


def test_trials_of_one_block_and_class_count_once(opinion: Opinion, synthetic: Any) -> None:
    """Two of the held-out blocks follow a block of their class by chance: many trials, but only two events."""
    label, order = synthetic.labels["blocks"], synthetic.order
    evidence = synthetic.evidence(synthetic.white(), label)
    test = np.flatnonzero((order // 30) % 2 == 1)
    train = np.setdiff1d(np.arange(300), test)
    training = replace(evidence.recordings.training, train=synthetic.trials(synthetic.white(), train, label, order))
    tested = synthetic.trials(synthetic.white(), test, label, order)
    recordings = replace(evidence.recordings, training=training, test=tested)
    verdict, text = opinion(BlockDesign(), replace(evidence, recordings=recordings))
    assert verdict == "PASS"
    assert "0.000 (by block)" in text
    assert "; 0 share a block" in text
