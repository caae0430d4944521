"""Token retrieval: can the viewed picture be found among the test pictures by the aligned tokens alone?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from eegrecon import Column, Floats, Ints, Metric, Outcome, Run, Score, Targets
from eegrecon_metrics.judges.layers import unit_rows

TOP = (1, 5)


def candidate_ranks(tokens: Floats, fine: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rank the candidate pictures for each trial by cosine similarity.

    Args:
        tokens: (n, …) aligned tokens, flattened for the comparison.
        fine: (pictures, …) fine targets of the candidate pictures.

    Returns:
        (n, pictures) number of candidates ranked before each one, and number of candidates tied with it, itself
        included. Pictures with the same target (the same caption) are always tied.
    """
    targets, target_of, counts = np.unique(_flat(fine), axis=0, return_inverse=True, return_counts=True)
    similarity = unit_rows(_flat(tokens)) @ unit_rows(targets).T  # (n, distinct targets)
    before, tied = np.empty((2, *similarity.shape), np.int64)
    for trial, row in enumerate(similarity):
        _, rank = np.unique(-row, return_inverse=True)  # 0 for the most similar
        pictures = np.bincount(rank, weights=counts).astype(np.int64)  # at each rank
        before[trial], tied[trial] = (np.cumsum(pictures) - pictures)[rank], pictures[rank]
    return before[:, target_of.ravel()], tied[:, target_of.ravel()]


def _flat(values: Floats) -> NDArray[np.float64]:
    return np.asarray(values, np.float64).reshape(len(values), -1)


@dataclass(frozen=True)
class TokenRetrieval(Metric):
    """Rank of the true picture among the test pictures by cosine between aligned tokens and fine targets.

    It depends on neither generator nor judge, so it is the most direct evidence that the EEG contains information about
    the picture. Every test picture is a candidate once. Ties are resolved in expectation: a top-k counts the
    probability of a hit under random tie-breaking, a rank is the mean of the tied ranks.
    """

    needs = frozenset({"tokens"})
    columns: ClassVar[tuple[Column, ...]] = (
        Column("retrieval top-1", "higher"),
        Column("retrieval top-5", "higher"),
        Column("median rank", "lower"),
    )
    judge: None = None

    @classmethod
    def cases(cls) -> Sequence[tuple[Outcome, Mapping[str, float]]]:
        """Return tokens of six pictures, in right angles: right, all the same, and each that of the next picture."""
        from eegrecon.testing import hand_outcome

        def case(tokens: NDArray[np.float64]) -> Outcome:
            targets = Targets(np.zeros((4, 1, 6)), np.eye(6)[:, None])
            return hand_outcome([0, 1, 2, 3, 0, 1], tokens=tokens[:, None], targets=targets)

        columns = [column.name for column in cls.columns]
        scores = [(1.0, 1.0, 1.0), (1 / 6, 5 / 6, 3.5), (0.0, 4 / 5, 4.0)]  # the last: behind one, tied with four
        tokens = np.eye(6), np.zeros((6, 6)), np.eye(6)[[1, 2, 3, 4, 5, 0]]
        return [(case(each), dict(zip(columns, of, strict=True))) for each, of in zip(tokens, scores, strict=True)]

    def identity(self, outcome: Outcome) -> str:
        """Shape of the tokens, number of candidates and of trials."""
        shape = "x".join(map(str, () if outcome.tokens is None else outcome.tokens.shape[1:]))
        return f"token-retrieval/{shape}-p{len(np.unique(outcome.truth.image))}/n{len(outcome.truth.image)}"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Compute ranks and their summaries, or note why that is impossible."""
        if outcome.tokens is None or outcome.targets is None or outcome.targets.fine is None:
            run.note("no token retrieval: there are no fine targets of the test pictures (captions) to compare with")
            return {}
        n, pictures = len(outcome.truth.image), len(np.unique(outcome.truth.image))
        if pictures < 2:
            run.note("no token retrieval: it needs two different test pictures")
            return {}
        before, tied, true = _ranks(outcome)
        trials = np.arange(n)
        scores = {
            f"retrieval top-{k}": Score(float(hits.mean()), n, hits, k / pictures)
            for k, hits in _hits(before[trials, true], tied[trials, true], pictures).items()
        }
        rank = before[trials, true] + (tied[trials, true] + 1) / 2
        return {**scores, "median rank": Score(float(np.median(rank)), n, rank, (pictures + 1) / 2, "median")}

    def permuted_scores(self, outcome: Outcome, orders: Sequence[Ints], run: Run) -> Mapping[str, Floats]:
        """Return the scores under each order; the comparisons are computed once, only their trials are permuted."""
        before, tied, true = _ranks(outcome)
        scores: dict[str, list[float]] = {}
        for order in orders:
            own_before, own_tied = before[order, true], tied[order, true]
            for k, hits in _hits(own_before, own_tied, before.shape[1]).items():
                scores.setdefault(f"retrieval top-{k}", []).append(float(hits.mean()))
            scores.setdefault("median rank", []).append(float(np.median(own_before + (own_tied + 1) / 2)))
        return {name: np.asarray(values) for name, values in scores.items()}


def _ranks(outcome: Outcome) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """`candidate_ranks` among the test pictures, and the column of each trial's true picture, (n,)."""
    assert outcome.tokens is not None
    assert outcome.targets is not None
    assert outcome.targets.fine is not None
    candidates, true = np.unique(outcome.truth.image, return_inverse=True)
    return *candidate_ranks(outcome.tokens, outcome.targets.fine[candidates]), np.asarray(true, np.int64)


def _hits(before: NDArray[np.int64], tied: NDArray[np.int64], pictures: int) -> dict[int, NDArray[np.float64]]:
    """Probability that each trial's true picture is among the first k under random tie-breaking, (n,) for each k."""
    return {k: np.clip((k - before) / tied, 0.0, 1.0) for k in TOP if k < pictures}
