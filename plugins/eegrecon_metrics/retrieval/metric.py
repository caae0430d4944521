"""Retrieval: can the viewed picture, or its concept, be found among candidates by the EEG alone?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from eegrecon import (
    Candidates,
    Column,
    ComponentError,
    Count,
    Features,
    Floats,
    Ints,
    InvalidConfiguration,
    Metric,
    Outcome,
    Run,
    Score,
    Targets,
)
from eegrecon_metrics.retrieval import candidates, ranks
from eegrecon_metrics.retrieval.candidates import Compared, Places
from eegrecon_metrics.retrieval.joint import NEIGHBOURS, ROUNDS, TEMPERATURE, csls, sinkhorn

TOP = (1, 5)
OCCURRENCE = 10  # k of the k-occurrence
Role = Literal["features", "tokens", "generated", "embedded", "gallery"]
JOINT = {
    "csls": (csls, f"csls{NEIGHBOURS}-transductive"),
    "sinkhorn": (sinkhorn, f"sinkhorn{TEMPERATURE:g}x{ROUNDS}-transductive"),
}


@dataclass(frozen=True)
class Retrieval(Metric):
    """Rank of the true candidate by the cosine between what is decoded from the EEG and the candidates.

    It depends on neither generator nor judge, so it is the most direct evidence that the EEG contains information about
    the picture. Compared are the aligned tokens with fine targets, in the conditioner's space, or the encoder's
    embedding with pictures in the encoder's space. Every candidate counts once. Ties are resolved in expectation: a
    top-k counts the probability of a hit under random tie-breaking, and a rank is the mean of the tied ranks.

    Attributes:
        of: what is compared.
        gallery: the candidates. ``stimuli``: the shown pictures. ``concepts``: the mean of other pictures of each
            class, as in NICE (arXiv:2308.13234): those that the data set gives, or else those of the training trials.
            ``leave-one-out``: the mean of the shown pictures of each class without the one that the trial saw.
        queries: how trials are scored. ``single``: each by itself. ``csls`` and ``sinkhorn``: jointly, so that a rank
            depends on all other test trials (see `eegrecon_metrics.retrieval.joint`); such numbers are marked.
        detail: whether there are also n-way identification among candidates, the mean reciprocal rank, and hubness.
        n: candidates of n-way identification, the true one included.

    Raises:
        InvalidConfiguration: n below 2, or joint scoring where the candidates differ between trials.
    """

    columns: ClassVar[tuple[Column, ...]] = (
        Column("retrieval top-1", "higher"),
        Column("retrieval top-5", "higher"),
        Column("retrieval n-way", "higher"),
        Column("mean reciprocal rank", "higher"),
        Column("median rank", "lower"),
        Column("hubness", "lower"),
        Column("never retrieved", "lower"),
    )
    judge: None = None
    of: Literal["tokens", "embedding"] = "tokens"
    gallery: Literal["stimuli", "concepts", "leave-one-out"] = "stimuli"
    queries: Literal["single", "csls", "sinkhorn"] = "single"
    detail: bool = False
    n: Count = 50

    def __post_init__(self) -> None:
        if self.n < 2:
            raise InvalidConfiguration(f"retrieval: n = {self.n}; at least 2 candidates are needed")
        if self.gallery == "leave-one-out" and self.queries != "single":
            raise InvalidConfiguration(
                f"retrieval: with gallery = 'leave-one-out' each trial has candidates of its own, so queries = "
                f"{self.queries!r} cannot score them jointly; set queries = 'single', or another gallery"
            )

    @classmethod
    def cases(cls) -> Sequence[tuple[Outcome, Mapping[str, float]]]:
        """Return tokens of six pictures, in right angles: right, all the same, and each that of the next picture."""
        from eegrecon.testing import hand_outcome

        def case(tokens: NDArray[np.float64]) -> Outcome:
            targets = Targets(np.zeros((4, 1, 6)), np.eye(6)[:, None])
            return hand_outcome([0, 1, 2, 3, 0, 1], tokens=tokens[:, None], targets=targets)

        columns = ("retrieval top-1", "retrieval top-5", "median rank")
        scores = [(1.0, 1.0, 1.0), (1 / 6, 5 / 6, 3.5), (0.0, 4 / 5, 4.0)]  # the last: behind one, tied with four
        tokens = np.eye(6), np.zeros((6, 6)), np.eye(6)[[1, 2, 3, 4, 5, 0]]
        return [(case(each), dict(zip(columns, of, strict=True))) for each, of in zip(tokens, scores, strict=True)]

    @property
    def needs(self) -> frozenset[Role]:
        """Tokens, or the embeddings of EEG and pictures; and other pictures where they are the candidates."""
        compared: frozenset[Role] = frozenset({"tokens"} if self.of == "tokens" else {"features", "embedded"})
        return compared | {"gallery"} if self.gallery == "concepts" else compared

    @property
    def mark(self) -> str:
        """That the queries were scored jointly."""
        return "" if self.queries == "single" else f"test trials scored jointly ({self.queries}, transductive)"

    def identity(self, outcome: Outcome) -> str:
        """Space, what is compared, gallery with the number of candidates, scoring of queries, and trials."""
        decoded = _decoded(outcome, self.of)
        shape = "x".join(map(str, () if decoded is None else decoded.shape[1:]))
        scoring = "inductive" if self.queries == "single" else JOINT[self.queries][1]
        further = f"/{self.n}-way-k{OCCURRENCE}" if self.detail else ""
        compared = f"retrieval@{outcome.space or 'unnamed'}/{self.of}-{shape}/{self.gallery}-{self._number(outcome)}"
        return f"{compared}/{scoring}{further}/n{len(outcome.truth.image)}"

    def _number(self, outcome: Outcome) -> str:
        """Number of candidates, and of the pictures whose means they are."""
        truth = outcome.truth
        if self.gallery == "stimuli":
            return f"p{len(np.unique(truth.image))}"
        classes = np.unique(truth.label)
        if self.gallery == "leave-one-out":
            return f"c{len(classes)}of{len(np.unique(truth.image))}"
        of = 0 if outcome.gallery is None else int(np.isin(outcome.gallery.label, classes).sum())
        return f"c{len(classes)}of{of}"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Compute ranks and their summaries, or note why that is impossible.

        Raises:
            ComponentError: what was decoded and the candidates differ in size.
        """
        compared = self._compared(outcome, run)
        if compared is None:
            return {}
        places = Places.of(compared)
        number, n = compared.likeness.shape[1], len(compared.true)
        chance = {
            **{f"retrieval top-{k}": k / number for k in TOP},
            "retrieval n-way": 1 / self.n,
            "mean reciprocal rank": float(np.mean(1 / np.arange(1, number + 1))),
            "median rank": (number + 1) / 2,
        }
        scores = {
            name: _summary(name, values, chance[name])
            for name, values in self._per_trial(*places.true(), number).items()
        }
        if self.detail and number > OCCURRENCE:
            hubs, never = ranks.hubness(places.before, places.tied, OCCURRENCE)
            scores |= {"hubness": Score(hubs, n), "never retrieved": Score(never, n)}
        return scores

    def permuted_scores(self, outcome: Outcome, orders: Sequence[Ints], run: Run) -> Mapping[str, Floats]:
        """Return the scores under each order; the comparisons are computed once, only their trials are permuted."""
        compared = self._compared(outcome, run)
        if compared is None:
            return {}
        places, number = Places.of(compared), compared.likeness.shape[1]
        scores: dict[str, list[float]] = {}
        for order in orders:
            for name, values in self._per_trial(*places.true(order), number).items():
                scores.setdefault(name, []).append(_summary(name, values, 0.0).value)
        return {name: np.asarray(values) for name, values in scores.items()}

    def _per_trial(self, before: Ints, tied: Ints, number: int) -> dict[str, NDArray[np.float64]]:
        """Return the values of each trial by column, from the place of its true candidate among ``number``."""
        found = {f"retrieval top-{k}": ranks.among_first(before, tied, k) for k in TOP if k < number}
        if self.detail and self.n <= number:
            found["retrieval n-way"] = ranks.n_way(before, tied, number, self.n)
        if self.detail:
            found["mean reciprocal rank"] = ranks.reciprocal_rank(before, tied, number)
        return {**found, "median rank": ranks.rank_of(before, tied)}

    def _compared(self, outcome: Outcome, run: Run) -> Compared | None:
        """Return the queries compared with the candidates; None with a note where there is nothing to compare."""
        queries, pictures = _decoded(outcome, self.of), _pictures(outcome, self.of)
        reason = self._impossible(outcome, pictures)
        if reason or queries is None or pictures is None:
            run.note(f"no retrieval among {self.gallery}: {reason or 'nothing is decoded'}")
            return None
        _check_sizes(queries, pictures, self.of)
        truth = outcome.truth
        if self.gallery == "stimuli":
            compared = candidates.stimuli(queries, pictures, truth.image)
        elif self.gallery == "leave-one-out":
            compared = candidates.leave_one_out(queries, pictures, truth.image, truth.label)
        else:
            others = outcome.gallery or Candidates(pictures[:0], truth.label[:0])
            _check_sizes(queries, others.values, self.of)
            compared = candidates.concepts(queries, others.values, others.label, truth.label)
        if self.queries == "single":
            return compared
        return replace(compared, likeness=JOINT[self.queries][0](compared.likeness)[:, compared.equal])

    def _impossible(self, outcome: Outcome, pictures: Floats | None) -> str:
        """Return why nothing can be compared; "" if it can."""
        truth = outcome.truth
        if pictures is None:
            what = "fine targets (captions)" if self.of == "tokens" else "embeddings"
            return f"there are no {what} of the test pictures to compare with"
        if self.gallery == "stimuli":
            few = len(np.unique(truth.image)) < 2
            return "it needs two different test pictures" if few else ""
        classes = np.unique(truth.label)
        if len(classes) < 2:
            return "it needs test pictures of two classes"
        if self.gallery == "leave-one-out":
            shown = np.unique(np.stack([truth.label, truth.image]), axis=1)[0]
            alone, lack = classes[[np.count_nonzero(shown == one) < 2 for one in classes]], "have one test picture only"
        else:
            others = () if outcome.gallery is None else outcome.gallery.label
            alone, lack = np.setdiff1d(classes, others), "have no other picture (Recordings.gallery gives them)"
        named = ", ".join(outcome.classes[int(one)] for one in alone[:5])
        return f"{len(alone)} of the {len(classes)} classes ({named}) {lack}" if len(alone) else ""


def _decoded(outcome: Outcome, of: str) -> Floats | None:
    """Return what was decoded from the EEG, (n, …)."""
    if of == "tokens":
        return outcome.tokens
    features: Features | None = outcome.features
    return None if features is None else features.embedding


def _pictures(outcome: Outcome, of: str) -> Floats | None:
    """Return the test pictures in the same space, (pictures, …)."""
    if of == "tokens":
        return None if outcome.targets is None else outcome.targets.fine
    return outcome.embedded


def _check_sizes(queries: Floats, pictures: Floats, of: str) -> None:
    if queries.shape[1:] != pictures.shape[1:]:
        raise ComponentError(
            f"retrieval compares {of} {queries.shape[1:]} of the EEG with {pictures.shape[1:]} of pictures, which have "
            f"to be of one size; return it from {'align() and fine()' if of == 'tokens' else 'encode() and embed()'}"
        )


def _summary(name: str, values: NDArray[np.float64], chance: float) -> Score:
    if name == "median rank":
        return Score(float(np.median(values)), len(values), values, chance, "median")
    return Score(float(values.mean()), len(values), values, chance)
