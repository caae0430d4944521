from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from eegrecon import Circumstances
from eegrecon_audits.outcome.touches import Touches, expected_maximum

Opinion = Callable[..., tuple[str, str]]


def test_the_expected_maximum_of_equal_configurations_is_positive() -> None:
    assert expected_maximum(1) == 0
    assert expected_maximum(2) == pytest.approx(1 / np.sqrt(np.pi))
    assert expected_maximum(3) == pytest.approx(1.5 / np.sqrt(np.pi))
    simulated = np.random.default_rng(0).standard_normal((20_000, 40)).max(axis=1).mean()
    assert expected_maximum(40) == pytest.approx(simulated, abs=0.02)


def test_many_configurations_on_one_test_set_are_a_warning(opinion: Opinion) -> None:
    verdicts = [opinion(Touches(), known=Circumstances(configurations=count))[0] for count in (1, 20, 30)]
    assert verdicts == ["PASS", "PASS", "WARN"]
    assert opinion(Touches(), known=Circumstances())[0] == "inconclusive"
