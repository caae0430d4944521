"""Token retrieval: can the picture that a person saw be found among the test pictures by the aligned tokens alone?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from eegrecon import Column, Floats, Ints, Metric, Outcome, Run, Score
from eegrecon_metrics.views import directions


def places(tokens: Floats, fine: Floats, own: Ints) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each trial's own picture comes among all, by cosine.

    Args:
        tokens: (n, …) aligned tokens, flattened for the comparison.
        fine: (pictures, …) fine targets of the test pictures.
        own: (n,) row of the picture that each trial saw.

    Returns:
        (n,) how many pictures come before the own one, and (n,) how many come level with it, itself included.
        Pictures with one target (the same caption) are always level.
    """
    targets, which, times = np.unique(_flat(fine), axis=0, return_inverse=True, return_counts=True)
    likeness = directions(_flat(tokens)) @ directions(targets).T  # (n, different targets)
    true = np.take_along_axis(likeness, which.ravel()[own][:, None], axis=1)
    return (likeness > true) @ times, (likeness == true) @ times


def _flat(values: Floats) -> NDArray[np.float64]:
    return np.asarray(values, np.float64).reshape(len(values), -1)


@dataclass(frozen=True)
class TokenRetrieval(Metric):
    """Rank of the true picture among the test pictures by cosine between aligned tokens and fine targets.

    No generator and no judge stands between the EEG and this number, so it is the cleanest evidence that EEG carries
    the picture. Every test picture is a candidate once. Level pictures share their places: a top-k counts what breaking
    the tie at random gives on average, a rank is the middle of the places.
    """

    needs = frozenset({"tokens"})
    columns: ClassVar[tuple[Column, ...]] = (
        Column("retrieval top-1", "higher"),
        Column("retrieval top-5", "higher"),
        Column("median rank", "lower"),
    )
    judge: None = None

    def identity(self, outcome: Outcome) -> str:
        """Form of the tokens, number of candidates and trials."""
        form = "x".join(map(str, () if outcome.tokens is None else outcome.tokens.shape[1:]))
        return f"token-retrieval/{form}-p{len(np.unique(outcome.truth.image))}/n{len(outcome.truth.image)}"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Compute ranks and their summaries, or note why they cannot be."""
        if outcome.tokens is None or outcome.targets is None or outcome.targets.fine is None:
            run.note("no token retrieval: there are no fine targets of the test pictures (captions) to compare with")
            return {}
        shown, own = np.unique(outcome.truth.image, return_inverse=True)
        n, pictures = len(own), len(shown)
        if pictures < 2:
            run.note("no token retrieval: it needs two different test pictures")
            return {}
        before, level = places(outcome.tokens, outcome.targets.fine[shown], own)
        scores = {}
        for k in (1, 5):
            if k < pictures:
                hit = np.clip((k - before) / level, 0, 1)
                scores[f"retrieval top-{k}"] = Score(float(hit.mean()), n, hit, k / pictures)
        rank = before + (level + 1) / 2
        return {**scores, "median rank": Score(float(np.median(rank)), n, None, (pictures + 1) / 2)}
