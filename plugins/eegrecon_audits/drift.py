"""Whether the class can be told from *when* a trial was recorded, and whether the EEG tells when.

Data sets that show a class in one block (EEGCVPR40 does) make time a stand-in for class: whatever changes slowly in the
EEG then separates classes without any trace of the picture (Li et al., "The perils and pitfalls of block design", IEEE
TPAMI). Two questions are apart: the design, which makes it possible, and the EEG, which makes it happen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eegrecon import Arrays, Audit, Circumstances, Evidence, Ints, Opinion, Recordings, Run, Trials
from eegrecon_audits import linear, spectral

Array = NDArray[np.float64]
PERMUTATIONS = 2_000
ALPHA = 0.01
LEAST = 10  # trials of a subject with known times


def class_by_time(train: Trials, test: Trials) -> Ints | None:
    """Return the class of each test trial that its time alone suggests, (n,): that of the training trials nearest.

    Two of each subject's training trials vote. Without times, the training trials of the same subject's block vote; a
    trial whose block has none gets class -1. None where neither is known.
    """
    if train.order is not None and test.order is not None:
        return np.asarray([_nearest(train, int(order)) for order in test.order], np.int64)
    if train.block is None or test.block is None:
        return None
    guessed = np.full(len(test.label), -1, np.int64)
    for row, (subject, block) in enumerate(zip(test.subject, test.block, strict=True)):
        there = train.label[(train.subject == subject) & (train.block == block)]
        guessed[row] = np.bincount(there).argmax() if len(there) else -1
    return guessed


def _nearest(train: Trials, order: int) -> int:
    assert train.order is not None
    votes: list[int] = []
    for subject in np.unique(train.subject):
        rows = np.flatnonzero(train.subject == subject)
        near = rows[np.argsort(np.abs(train.order[rows] - order), kind="stable")[:2]]
        votes += train.label[near].tolist()
    return int(np.bincount(votes).argmax())


@dataclass(frozen=True)
class BlockDesign(Audit):
    """How far the class follows from the position in the recording alone, with no look at the EEG.

    A WARN says that the design would let any slow change of the EEG pass for knowledge of the picture. Whether it does
    is what the audit ``drift`` asks.
    """

    question = "Can the class be told from when a trial was recorded?"

    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        """Find the trials whose class follows from their time, and that share a block with training of their class."""
        recordings = evidence.recordings
        train, test = recordings.training.train, recordings.test
        guessed = class_by_time(train, test)
        if guessed is None:
            return {}
        shared = np.zeros(len(test.label), bool)
        if train.block is not None and test.block is not None:
            places = {*zip(train.subject.tolist(), train.block.tolist(), train.label.tolist(), strict=True)}
            own = zip(test.subject.tolist(), test.block.tolist(), test.label.tolist(), strict=True)
            shared = np.asarray([place in places for place in own])
        return {
            "hit": (guessed == test.label).astype(np.float64),
            "shared": shared.astype(np.float64),
            "classes": np.asarray(len(recordings.training.classes)),
        }

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """WARN where time tells the class more often than chance."""
        if any("hit" not in one for one in measured):
            return Opinion("cannot be told", "the data set says neither the order nor the blocks of its trials")
        hit = np.concatenate([one["hit"] for one in measured])
        chance = 1 / int(measured[0]["classes"])
        shared = int(sum(one["shared"].sum() for one in measured))
        said = (
            f"the time of recording alone names the class of {hit.mean():.3f} of {len(hit)} test trials (chance "
            f"{chance:.3f}); {shared} share a block with training trials of their class"
        )
        return Opinion("WARN" if above_chance(hit, chance) else "PASS", said)


def above_chance(hit: Array, chance: float) -> bool:
    """Whether hits are more often than chance, one-sided binomial at `ALPHA`."""
    from scipy.special import bdtrc  # scipy.stats takes a second to import

    hits = round(float(hit.sum()))
    return hits > 0 and float(bdtrc(hits - 1, len(hit), chance)) < ALPHA


@dataclass(frozen=True)
class Drift(Audit):
    """Whether successive trials have more alike EEG than trials far apart in the same block, where the class is one.

    Measured on the part below 5 Hz, and on the power in the usual bands, which drifts even where the slow part was
    filtered away: the sum of squared differences between successive trials, against the same with the trials of each
    block in random order (a von Neumann ratio with a permutation test). Trials that know nothing of each other give 1.
    What the pictures cause cannot make it differ from 1: within a block it does not depend on time.

    A FAIL needs both: an EEG that tells when it was recorded, and a design in which that tells the class.
    """

    question = "Does the EEG tell when it was recorded, and so the class?"
    concerns = frozenset({"features", "tokens", "generated"})

    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        """Ratios and p values for the slow part and the powers, and what the slow part alone decodes."""
        recordings = evidence.recordings
        training, test = recordings.training, recordings.test
        sfreq = training.montage.sfreq
        guessed = class_by_time(training.train, test)
        eeg, when, block = own_trials(recordings)
        if guessed is None or when is None or len(when) < LEAST:
            return {}
        rng = np.random.default_rng(run.seed)
        found = {}
        for name, features in (("slow", spectral.slow(eeg, sfreq)), ("power", spectral.power(eeg, sfreq))):
            found[f"{name} ratio"], found[f"{name} p"] = map(np.asarray, succession(features, when, block, rng))
        decoded = linear.predicted(
            spectral.slow(training.train.eeg, sfreq), training.train.label,
            spectral.slow(training.val.eeg, sfreq), training.val.label, spectral.slow(test.eeg, sfreq),
        )  # fmt: skip
        return {
            **found,
            "hit": (guessed == test.label).astype(np.float64),
            "slow hit": (decoded == test.label).astype(np.float64),
            "classes": np.asarray(len(training.classes)),
        }

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """FAIL where the EEG tells the time and the time the class; the level is shared by all tests made for it."""
        if any("hit" not in one for one in measured):
            return Opinion("cannot be told", "the data set does not say in what order its trials were recorded")
        hit, slow_hit = (np.concatenate([one[name] for one in measured]) for name in ("hit", "slow hit"))
        chance = 1 / int(measured[0]["classes"])
        least = min(float(one[f"{name} p"]) for one in measured for name in ("slow", "power"))
        p = min(1.0, least * 2 * len(measured))
        ratios = [f"{name} {np.mean([one[f'{name} ratio'] for one in measured]):.3f}" for name in ("slow", "power")]
        said = (
            f"successive trials differ by {' and '.join(ratios)} of what trials of a block differ by (1: no drift; "
            f"p {p:.2g}, permutation, corrected); the EEG below 5 Hz alone decodes {slow_hit.mean():.3f} of the "
            f"classes (chance {chance:.3f})"
        )
        if p >= ALPHA:
            return Opinion("PASS", f"no drift is seen: {said}")
        if not above_chance(hit, chance):
            return Opinion("PASS", f"the EEG drifts, but the time of recording does not tell the class: {said}")
        return Opinion("FAIL", f"the EEG drifts, and the time of recording tells the class: {said}")


class _Joined:
    """Rows of several shares, one after the other, read when asked for."""

    def __init__(self, parts: Sequence[Trials], rows: Sequence[Ints]) -> None:
        self._parts, self._rows = parts, rows
        self.share = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
        self.row = np.concatenate(list(rows)) if rows else np.zeros(0, np.int64)

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, c, t)."""
        return (len(self.row), *self._parts[0].eeg.shape[1:])

    def __getitem__(self, asked: Ints, /) -> Array:
        pieces = [self._parts[share].eeg[self.row[asked][[i]]] for i, share in enumerate(self.share[asked])]
        return np.concatenate(pieces)


def own_trials(recordings: Recordings) -> tuple[_Joined, Ints | None, Ints]:
    """Return all trials of the test subject in any share, each once: EEG, time (None if unknown) and block."""
    subject = recordings.test.subject[0]
    parts = [recordings.test, recordings.training.train, recordings.training.val]
    rows, times, blocks, seen = [], [], [], np.zeros(0, np.int64)
    for trials in parts:
        new = np.flatnonzero((trials.subject == subject) & ~np.isin(trials.trial, seen))
        seen = np.concatenate([seen, trials.trial[new]])
        rows.append(new)
        times.append(None if trials.order is None else trials.order[new])
        blocks.append(np.zeros(len(new), np.int64) if trials.block is None else trials.block[new])
    known = [time for time in times if time is not None]
    when = np.concatenate(known) if len(known) == len(parts) else None
    return _Joined(parts, rows), when, np.concatenate(blocks)


def succession(features: Array, when: Ints, block: Ints, rng: np.random.Generator) -> tuple[float, float]:
    """Compare differences between successive trials with those under random order within blocks.

    Args:
        features: (n, features) of each trial.
        when: (n,) position in time.
        block: (n,) recording block; only trials of one block are compared.
        rng: where the orders are drawn.

    Returns:
        The ratio of the sum of squared successive differences to its mean over random orders, and the one-sided p value
        that it is as small as that by chance.
    """
    _, which = np.unique(block, return_inverse=True)
    mean = np.stack([features[which == one].mean(axis=0) for one in range(which.max() + 1)])
    scaled = features / ((features - mean[which]).std(axis=0) + 1e-12)  # blocks may lie far apart
    seen, drawn = 0.0, np.zeros(PERMUTATIONS)
    for one in np.unique(block):
        rows = np.flatnonzero(block == one)
        rows = rows[np.argsort(when[rows], kind="stable")]
        if len(rows) < 3:
            continue
        own = scaled[rows]
        squares = np.square(own).sum(axis=1)
        apart = squares[:, None] + squares - 2 * own @ own.T  # (m, m) squared distances
        seen += float(np.diagonal(apart, 1).sum())
        orders = rng.permuted(np.tile(np.arange(len(rows)), (PERMUTATIONS, 1)), axis=1)
        drawn += apart[orders[:, :-1], orders[:, 1:]].sum(axis=1)
    if not drawn.any():
        return 1.0, 1.0
    p = (1 + np.count_nonzero(drawn <= seen * (1 + 1e-12))) / (PERMUTATIONS + 1)
    return seen / float(drawn.mean()), float(p)
