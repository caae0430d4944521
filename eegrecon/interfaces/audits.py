"""What an audit is: a question about a finished run whose answer decides what its numbers are worth.

An audit *measures* one subject and seed of *Full* (a stage of its own, kept in the store) and *concludes* from the
measurements of all of them. Unlike a component of a method it may look at everything, the truth included: its answer
goes beside the numbers, never into them.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from eegrecon.interfaces.components import Component, Metric, MetricNeed, Run
from eegrecon.interfaces.data import Arrays, Ints, Outcome, Recordings

Verdict = Literal["PASS", "WARN", "FAIL", "inconclusive"]
Look = Literal["features", "generated", "scores"]


@dataclass(frozen=True)
class Opinion:
    """An audit's answer, with what it rests on in numbers."""

    verdict: Verdict
    evidence: str


@dataclass(frozen=True, eq=False)
class Scored:
    """One metric of the run and what it was given."""

    metric: Metric
    outcome: Outcome


@dataclass(frozen=True, eq=False)
class Evidence:
    """All that there is of one subject and seed of *Full*.

    Attributes:
        recordings: as the data set gave them, but with the test trials in the order of ``outcome``.
        picture: (n,) the content of each test trial's picture as a number: alike for pictures that are alike.
        outcome: what *Full* made; features and generated pictures only where the audit looks at them.
        scored: each metric with its own outcome, judge's views included; only for audits that look at scores.
    """

    recordings: Recordings
    picture: Ints
    outcome: Outcome
    scored: Mapping[str, Scored]


@dataclass(frozen=True)
class Circumstances:
    """What is known of the run as a whole.

    Attributes:
        notes: what the data set says of its protocol, for instance "selected on test".
        configurations: how many configurations the store's ledger has for these test trials; None where nothing was
            scored.
        repeat_differences: the largest difference of each stage's product from that of a repetition; None without one.
    """

    notes: tuple[str, ...] = ()
    configurations: int | None = None
    repeat_differences: Mapping[str, float] | None = None


class Audit(Component):
    """A question about a run. Its fields, like those of every component, have defaults: an audit is used as it is."""

    question: ClassVar[str]  # what it asks, in one line
    looks_at: ClassVar[frozenset[Look]] = frozenset()  # beside the recordings; empty: the same for every seed
    concerns: ClassVar[frozenset[MetricNeed]] = frozenset()  # metrics that need one of these are marked by a FAIL

    @abstractmethod
    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        """Return what has to be known of one subject and seed, as small arrays; empty where nothing can be measured."""

    @abstractmethod
    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """Answer the question from the measurements of all subjects and seeds. Pure, and quick."""
