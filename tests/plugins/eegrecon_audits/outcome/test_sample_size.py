from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eegrecon_audits.outcome.sample_size import SampleSize

Opinion = Callable[..., tuple[str, str]]


def test_an_fid_far_above_that_of_true_pictures_passes(opinion: Opinion, synthetic: Any) -> None:
    verdict, text = opinion(SampleSize(), synthetic.scored([1.0] * 60, [1.0] * 60, 1.0))
    assert verdict == "PASS"
    assert "FID 18.0 at n 60 with 2 features" in text


def test_too_few_pictures_are_inconclusive(opinion: Opinion, synthetic: Any) -> None:
    assert opinion(SampleSize(), synthetic.scored([1.0] * 2, [1.0] * 2, 1.0))[0] == "inconclusive"
