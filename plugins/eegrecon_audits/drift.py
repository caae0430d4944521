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
PERMUTATIONS = 999
ALPHA = 0.01
LEAST = 10  # trials of a subject with known times
KINDS = ("slow", "power")  # what of the EEG may drift
GUESSES = ("block", "nearest")  # how time may tell the class


def by_time(train: Trials, test: Trials, classes: int) -> Arrays:
    """Guess each test trial's class from its time of recording alone.

    Args:
        train: the training trials.
        test: the test trials.
        classes: how many there are.

    Returns:
        Whether the guess is right, (n,): ``block``, the class of most training trials in the same subject's block, and
        ``nearest``, that of the training trials nearest in time, two of each subject. ``runs/block`` and
        ``runs/nearest``: whether it is right for most of the test trials of one class in one block, (runs,); such
        trials are not independent, so only these are counted in tests. Nothing where neither block nor order is known.
    """
    found: dict[str, Ints] = {}
    if train.block is not None and test.block is not None:
        found["block"] = np.asarray([_of_block(train, *place) for place in zip(test.subject, test.block, strict=True)])
    if train.order is not None and test.order is not None:
        found["nearest"] = np.asarray([_nearest(train, int(order)) for order in test.order], np.int64)
    if not found:
        return {}
    hits = {name: (guess == test.label).astype(np.float64) for name, guess in found.items()}
    block = np.arange(len(test.label)) if test.block is None else test.block
    _, run = np.unique(np.stack([test.subject, block, test.label]), axis=1, return_inverse=True)
    runs = {
        f"runs/{name}": (np.bincount(run, hit) / np.bincount(run) > 0.5).astype(float) for name, hit in hits.items()
    }
    return {**hits, **runs, "classes": np.asarray(classes)}


def _of_block(train: Trials, subject: int, block: int) -> int:
    there = train.label[(train.subject == subject) & (train.block == block)]
    return int(np.bincount(there).argmax()) if len(there) else -1


def _nearest(train: Trials, order: int) -> int:
    assert train.order is not None
    votes: list[int] = []
    for subject in np.unique(train.subject):
        rows = np.flatnonzero(train.subject == subject)
        near = rows[np.argsort(np.abs(train.order[rows] - order), kind="stable")[:2]]
        votes += train.label[near].tolist()
    return int(np.bincount(votes).argmax())


def time_tells(measured: Sequence[Arrays]) -> tuple[bool, str]:
    """Whether the time of recording names the class more often than chance, and how often, over all subjects."""
    chance = 1 / int(measured[0]["classes"])
    names = [name for name in GUESSES if all(name in one for one in measured)]
    hits = {name: np.concatenate([one[name] for one in measured]) for name in names}
    runs = {name: np.concatenate([one[f"runs/{name}"] for one in measured]) for name in names}
    shares = " and ".join(f"{hits[name].mean():.3f} ({_WAYS[name]})" for name in names)
    said = f"the time of recording alone names the class of {shares} of {len(hits[names[0]])} test trials"
    return any(above_chance(own, chance) for own in runs.values()), f"{said} (chance {chance:.3f})"


_WAYS = {"block": "by the block", "nearest": "by the nearest training trials"}


def above_chance(hit: Array, chance: float) -> bool:
    """Whether independent hits are more often than chance, one-sided binomial at `ALPHA`."""
    from scipy.special import bdtrc  # scipy.stats takes a second to import

    hits = round(float(hit.sum()))
    return hits > 0 and float(bdtrc(hits - 1, len(hit), chance)) < ALPHA


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
        found = by_time(train, test, len(recordings.training.classes))
        if not found or train.block is None or test.block is None:
            return found
        places = {*zip(train.subject.tolist(), train.block.tolist(), train.label.tolist(), strict=True)}
        own = zip(test.subject.tolist(), test.block.tolist(), test.label.tolist(), strict=True)
        return {**found, "shared": np.asarray([float(place in places) for place in own])}

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """WARN where time tells the class more often than chance."""
        if any("classes" not in one for one in measured):
            return Opinion("inconclusive", "the data set says neither the order nor the blocks of its trials")
        tells, said = time_tells(measured)
        shared = [one["shared"] for one in measured if "shared" in one]
        if shared:
            said += f"; {int(np.concatenate(shared).sum())} share a block with training trials of their class"
        return Opinion("WARN" if tells else "PASS", said)


@dataclass(frozen=True)
class Drift(Audit):
    """Whether the EEG of a block's trials wanders in the order in which they were recorded.

    Within a block what the pictures cause does not depend on time, so any order in the EEG is drift: of the part below
    5 Hz, or of the power in the usual bands, which drifts even where the slow part was filtered away. The statistic is
    the sum of squared partial sums (of Kwiatkowski, Phillips, Schmidt and Shin, 1992; best against a random walk in
    noise), on features whitened within blocks so that small steady directions count as much as large noisy ones,
    against the same with the trials of each block in random order. Without drift the two are alike and their ratio 1.

    A FAIL needs both: an EEG that tells when it was recorded, and a design in which that tells the class.
    """

    question = "Does the EEG tell when it was recorded, and so the class?"
    concerns = frozenset({"features", "tokens", "generated"})

    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        """The statistics in true and in random order, and what the slow part alone decodes."""
        recordings = evidence.recordings
        training, test = recordings.training, recordings.test
        sfreq = training.montage.sfreq
        timed = by_time(training.train, test, len(training.classes))
        eeg, when, block = own_trials(recordings)
        if not timed or when is None or len(when) < LEAST:
            return {}
        rng = np.random.default_rng(run.seed)
        found: dict[str, NDArray[np.float64]] = {}
        for kind, features in (("slow", spectral.slow(eeg, sfreq)), ("power", spectral.power(eeg, sfreq))):
            found[kind], found[f"dealt/{kind}"] = wandering(features, when, block, rng)
        decoded = linear.predicted(
            spectral.slow(training.train.eeg, sfreq), training.train.label,
            spectral.slow(training.val.eeg, sfreq), training.val.label, spectral.slow(test.eeg, sfreq),
        )  # fmt: skip
        return {**timed, **found, "decoded": (decoded == test.label).astype(np.float64)}

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """FAIL where the EEG tells the time and the time the class."""
        if any("decoded" not in one for one in measured):
            return Opinion("inconclusive", "the data set does not say in what order its trials were recorded")
        ratios, values = [], []
        for kind in KINDS:
            scale = [float(one[f"dealt/{kind}"].mean()) or 1.0 for one in measured]  # each subject counts alike
            seen = np.mean([float(one[kind]) / own for one, own in zip(measured, scale, strict=True)])
            drawn = np.mean([one[f"dealt/{kind}"] / own for one, own in zip(measured, scale, strict=True)], axis=0)
            values.append((1 + np.count_nonzero(drawn >= seen)) / (len(drawn) + 1))
            ratios.append(f"{kind} {seen:.3f}")
        p = min(1.0, len(KINDS) * min(values))
        tells, timing = time_tells(measured)
        decoded = np.concatenate([one["decoded"] for one in measured]).mean()
        said = (
            f"the EEG wanders within blocks {' and '.join(ratios)} times as far as in random order (1: no drift; p "
            f"{p:.2g}, permutation); below 5 Hz alone it decodes {decoded:.3f} of the classes; {timing}"
        )
        if p >= ALPHA:
            return Opinion("PASS", f"no drift is seen: {said}")
        if not tells:
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


def wandering(features: Array, when: Ints, block: Ints, rng: np.random.Generator) -> tuple[Array, Array]:
    """Sum over blocks of the squared partial sums of whitened features in time, in true and in random orders.

    Args:
        features: (n, features) of each trial.
        when: (n,) position in time.
        block: (n,) recording block; only trials of one block are compared.
        rng: where the orders are drawn.

    Returns:
        The statistic, (), and its values with the trials of each block in random order, (`PERMUTATIONS`,).
    """
    own = whitened(features, block)
    seen, drawn = 0.0, np.zeros(PERMUTATIONS)
    for one in np.unique(block):
        rows = np.flatnonzero(block == one)
        rows = rows[np.argsort(when[rows], kind="stable")]
        products = own[rows] @ own[rows].T  # (m, m)
        place = np.arange(len(rows))
        often = len(rows) - np.maximum(place[:, None], place)  # in how many partial sums two trials are together
        seen += float((often * products).sum())
        orders = (rng.permutation(len(rows)) for _ in range(PERMUTATIONS))
        drawn += [float((often * products[np.ix_(order, order)]).sum()) for order in orders]
    return np.asarray(seen), drawn


def whitened(features: Array, block: Ints) -> Array:
    """Deviations from the block's mean in their largest directions, each of variance 1, (n, at most n / 4)."""
    _, which = np.unique(block, return_inverse=True)
    mean = np.stack([features[which == one].mean(axis=0) for one in range(which.max() + 1)])
    apart = features - mean[which]
    apart = apart / (apart.std(axis=0) + 1e-12)
    u, size, _ = np.linalg.svd(apart, full_matrices=False)
    kept = min(max(len(apart) // 4, 1), int(np.count_nonzero(size > size[0] * 1e-6)))
    return np.asarray(u[:, :kept] * np.sqrt(len(apart)))
