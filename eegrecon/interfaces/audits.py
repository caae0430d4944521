"""The contract of audits: questions about a finished run that decide whether its numbers can be trusted.

An audit *measures* one subject and seed of *Full* (in a stage of its own, kept in the store) and *concludes* from the
measurements of all of them. Unlike a component of a method it sees everything, including the truth; its verdict is
shown beside the numbers and never enters them.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from eegrecon.interfaces.components import Component, Metric, MetricNeed, Run
from eegrecon.interfaces.data import Arrays, Ints, Outcome, Recordings

Verdict = Literal["PASS", "WARN", "FAIL", "inconclusive"]
Look = Literal["features", "generated", "scores"]


@dataclass(frozen=True)
class Opinion:
    """An audit's verdict with its evidence in numbers."""

    verdict: Verdict
    evidence: str


@dataclass(frozen=True, eq=False)
class Scored:
    """One metric of the run with its outcome.

    Attributes:
        metric: the metric.
        outcome: what it scores.
        permuted: its scores under permutations of the outputs among the trials, (permutations,) by column; of the
            columns that have a chance level.
    """

    metric: Metric
    outcome: Outcome
    permuted: Arrays = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Evidence:
    """Everything about one subject and seed of *Full*.

    Attributes:
        recordings: as loaded, but with the test trials in the order of ``outcome``.
        picture: (n,) a number for the content of each test trial's picture, equal for equal pictures.
        outcome: of *Full*; features and generated pictures only if the audit looks at them.
        scored: each metric with its outcome, including the judge's views; only for audits that look at scores.
    """

    recordings: Recordings
    picture: Ints
    outcome: Outcome
    scored: Mapping[str, Scored]


@dataclass(frozen=True)
class Circumstances:
    """Facts about the run as a whole.

    Attributes:
        notes: notes of the data set on its protocol.
        configurations: how many configurations the store's ledger has for these test trials; None where nothing was
            scored.
        repeat_differences: the largest difference of each stage's product from that of a repetition; None without one.
        selected_on_test: whether the data set's protocol selects models on test trials.
        copies: whether the generator declares that its pictures are training pictures.
    """

    notes: tuple[str, ...] = ()
    configurations: int | None = None
    repeat_differences: Mapping[str, float] | None = None
    selected_on_test: bool = False
    copies: bool = False


class Audit(Component):
    """A question about a run. All fields have defaults, because an audit is used without settings.

    Attributes:
        question: the question, in one line.
        looks_at: what it reads besides the recordings; empty if its measurement is the same for every seed.
        concerns: metrics with one of these needs are marked by a FAIL.
    """

    question: ClassVar[str]
    looks_at: ClassVar[frozenset[Look]] = frozenset()
    concerns: ClassVar[frozenset[MetricNeed]] = frozenset()

    @classmethod
    def positive_control(cls, evidence: Evidence) -> tuple[Evidence, Circumstances] | None:
        """Return evidence, changed so that this audit must not pass, for ``plugin check``; None without such a case."""
        return None

    @abstractmethod
    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        """Return the measurement of one subject and seed as small arrays; empty if nothing can be measured."""

    @abstractmethod
    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """Return the verdict from the measurements of all subjects and seeds; pure and quick."""
