"""The worlds whose answer is known, and what a table must and must not state of each.

A world is a profile of ``brainvis.toml``. Only what its statements need is computed: no generator where accuracy
suffices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import statements as of
from statements import STRUCTURE, Statement

from eegrecon import Result


@dataclass(frozen=True)
class World:
    """A profile with a known answer.

    Attributes:
        options: further options of ``eegrecon bench``.
        statements: what its table states if it is right, and what it must not state.
        first: seed of the first run; the profile was set with seeds below it.
    """

    options: tuple[str, ...]
    statements: tuple[Statement, ...]
    first: int = 101


def _true(text: str, made: Callable[..., bool | None], **fixed: Any) -> Statement:
    return Statement(text, True, partial(made, **fixed))


def _false(text: str, made: Callable[..., bool | None], **fixed: Any) -> Statement:
    return Statement(text, False, partial(made, **fixed))


def _above(text: str, find: Callable[[Result], Any], *, true: bool) -> Statement:
    return (_true if true else _false)(f"{text} is above chance", of.above_chance, find=find)


ENCODER = ("--set", "aligner=none", "--set", "generator=none", "--control", "shuffle")
BRANCHES = (*ENCODER, "--ablate", "time,freq")
PICTURES = ("--control", "shuffle,predicted-label")
ACCURACY = {"metric": "accuracy", "columns": ("top-1",)}
ATTRIBUTES = {"metric": "structure", "columns": STRUCTURE}

DECODED = (
    _above("Full", of.row, true=True),
    _true("accuracy comes from the EEG", of.from_eeg, **ACCURACY),
    _above("linear reader", of.linear_reader, true=True),
)
SOUND = (
    _above("EEG shuffled", of.shuffled, true=False),
    _false("an audit complains without cause", of.complaint),
)

WORLDS: Mapping[str, World] = {
    "known-none": World(
        BRANCHES,
        (
            _false("a difference between rows has a star", of.star),
            _false("accuracy comes from the EEG", of.from_eeg, **ACCURACY),
            _above("Full", of.row, true=False),
            _above("w/o time branch", of.without(of.TIME), true=False),
            _above("w/o frequency branch", of.without(of.FREQ), true=False),
            _above("linear reader", of.linear_reader, true=False),
            _false("Full decodes more than a linear reader", of.verdict, name="linear-baseline", wanted="PASS"),
            _false("a linear reader decodes more than Full", of.verdict, name="linear-baseline", wanted="FAIL"),
            *SOUND,
        ),
    ),
    "known-drift": World(
        ENCODER,
        (
            _above("Full", of.row, true=True),  # of which the audits have to warn
            _true("audit drift fails", of.verdict, name="drift", wanted="FAIL"),
            _true("audit block-design warns", of.verdict, name="block-design", wanted="WARN"),
            _true("accuracy is marked as doubtful", of.marked),
            _false("an accuracy above chance has no mark", of.unmarked),
            _above("EEG shuffled", of.shuffled, true=False),
            _false("another audit complains without cause", of.complaint, justified=of.JUSTIFIED_BY_DRIFT),
        ),
    ),
    "known-time": World(
        BRANCHES,
        (
            *DECODED,
            _above("w/o frequency branch", of.without(of.FREQ), true=True),
            _above("w/o time branch", of.without(of.TIME), true=False),
            *SOUND,
        ),
    ),
    "known-rhythm": World(
        BRANCHES,
        (
            *DECODED,
            _above("w/o time branch", of.without(of.TIME), true=True),
            _above("w/o frequency branch", of.without(of.FREQ), true=False),
            *SOUND,
        ),
        first=121,
    ),
    "known-class": World(
        PICTURES,
        (
            *DECODED,
            _true("the pictures' class comes from the EEG", of.from_eeg, metric="structure", columns=("class error",)),
            _false("another attribute of the pictures comes from the EEG", of.from_eeg, **ATTRIBUTES),
            _false("a score of tokens or pictures is more than the class", of.any_beyond_class),
            *SOUND,
        ),
    ),
    "known-structure": World(
        (*PICTURES, "--ablate", "refine,fine"),
        (
            *DECODED,
            _true("a structure error is more than the class", of.beyond_class, **ATTRIBUTES),
            _true("w/o refinement a structure error is lower", of.changed, removed=of.REFINE, higher=False),
            _false("w/o refinement a structure error is higher", of.changed, removed=of.REFINE, higher=True),
            _true("w/o fine target a structure error is higher", of.changed, removed=of.FINE, higher=True),
            _false("w/o fine target a structure error is lower", of.changed, removed=of.FINE, higher=False),
            *SOUND,
        ),
        first=141,
    ),
}
