from __future__ import annotations

import numpy as np
from scipy.stats import binomtest

from eegrecon_audits.recordings.timing import ALPHA, above_chance


def test_above_chance_is_the_one_sided_binomial_test() -> None:
    for count in range(31):
        hits = np.repeat([1.0, 0.0], [count, 30 - count])
        expected = binomtest(count, 30, 1 / 3, alternative="greater").pvalue < ALPHA
        assert above_chance(hits, 1 / 3) == expected
