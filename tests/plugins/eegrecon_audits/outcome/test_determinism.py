from __future__ import annotations

from collections.abc import Callable

import pytest

from eegrecon import Circumstances
from eegrecon_audits.outcome.determinism import Determinism


@pytest.mark.parametrize(
    ("differences", "verdict"),
    [
        (None, "inconclusive"),
        ({"encoder": 0.0, "score.fid": 0.0}, "PASS"),
        ({"encoder": 1e-9, "score.fid": 0.0}, "WARN"),
        ({"encoder": 1e-9, "score.fid": 1e-6}, "FAIL"),
    ],
)
def test_a_score_that_differs_fails(
    opinion: Callable[..., tuple[str, str]], differences: dict[str, float] | None, verdict: str
) -> None:
    assert opinion(Determinism(), known=Circumstances(repeat_differences=differences))[0] == verdict
