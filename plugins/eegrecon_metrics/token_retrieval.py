"""Token retrieval: can the picture that a person saw be found among the test pictures by the aligned tokens alone?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from eegrecon import Column, Floats, Ints, Metric, Outcome, Run, Score
from eegrecon_metrics.views import directions


def places(tokens: Floats, fine: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each picture comes among all for each trial, by cosine.

    Args:
        tokens: (n, …) aligned tokens, flattened for the comparison.
        fine: (pictures, …) fine targets of the test pictures.

    Returns:
        (n, pictures) how many pictures come before one, and how many come level with it, itself included. Pictures with
        one target (the same caption) are always level.
    """
    targets, which, times = np.unique(_flat(fine), axis=0, return_inverse=True, return_counts=True)
    likeness = directions(_flat(tokens)) @ directions(targets).T  # (n, different targets)
    before, level = np.empty((2, *likeness.shape), np.int64)
    for row, own in enumerate(likeness):
        _, place = np.unique(-own, return_inverse=True)  # 0 for the most alike
        here = np.bincount(place, weights=times).astype(np.int64)  # pictures in each place
        before[row], level[row] = (np.cumsum(here) - here)[place], here[place]
    return before[:, which.ravel()], level[:, which.ravel()]


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
        n, pictures = len(outcome.truth.image), len(np.unique(outcome.truth.image))
        if pictures < 2:
            run.note("no token retrieval: it needs two different test pictures")
            return {}
        before, level, own = _standing(outcome)
        trials = np.arange(n)
        scores = {
            f"retrieval top-{k}": Score(float(hit.mean()), n, hit, k / pictures)
            for k, hit in _hits(before[trials, own], level[trials, own], pictures).items()
        }
        rank = before[trials, own] + (level[trials, own] + 1) / 2
        return {**scores, "median rank": Score(float(np.median(rank)), n, rank, (pictures + 1) / 2, "median")}

    def permuted_scores(self, outcome: Outcome, orders: Sequence[Ints], run: Run) -> Mapping[str, Floats]:
        """Return the scores under each order; what is compared with what does not change, only whose it is."""
        before, level, own = _standing(outcome)
        found: dict[str, list[float]] = {}
        for order in orders:
            ahead, beside = before[order, own], level[order, own]
            for k, hit in _hits(ahead, beside, before.shape[1]).items():
                found.setdefault(f"retrieval top-{k}", []).append(float(hit.mean()))
            found.setdefault("median rank", []).append(float(np.median(ahead + (beside + 1) / 2)))
        return {name: np.asarray(values) for name, values in found.items()}


def _standing(outcome: Outcome) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """`places` among the test pictures, and the place of each trial's own picture in their order (n,)."""
    assert outcome.tokens is not None
    assert outcome.targets is not None
    assert outcome.targets.fine is not None
    shown, own = np.unique(outcome.truth.image, return_inverse=True)
    return *places(outcome.tokens, outcome.targets.fine[shown]), np.asarray(own, np.int64)


def _hits(before: NDArray[np.int64], level: NDArray[np.int64], pictures: int) -> dict[int, NDArray[np.float64]]:
    """For each k, how likely each trial's own picture is among the first k when ties are broken at random, (n,)."""
    return {k: np.clip((k - before) / level, 0.0, 1.0) for k in (1, 5) if k < pictures}
