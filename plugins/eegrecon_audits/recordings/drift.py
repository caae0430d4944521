"""The audit of drift: whether the EEG reveals the time of recording, and thereby the class.

Data sets that show each class in one block (such as EEGCVPR40) confound time and class: slow changes of the EEG then
separate the classes without any response to the picture (Li et al., "The perils and pitfalls of block design", IEEE
TPAMI). The design makes this possible; drift in the EEG makes it happen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eegrecon import UNSEEN_CLASSES, Arrays, Audit, Circumstances, Evidence, Ints, Opinion, Recordings, Run, Trials
from eegrecon_audits.decoders.logistic_regression import predicted_classes
from eegrecon_audits.decoders.spectral import band_power, slow_coefficients
from eegrecon_audits.outcome.unseen import is_unseen, unseen
from eegrecon_audits.recordings.timing import ALPHA, time_hits, time_predicts_class
from eegrecon_baselines.linear.axes import principal_axes

Array = NDArray[np.float64]
PERMUTATIONS = 999
MIN_TRIALS = 10  # of a subject, with known times
APART = 1 << 32  # between blocks of a positive control, more than numbers of trials
FEATURES = ("slow", "power")  # tested for drift


@dataclass(frozen=True)
class Drift(Audit):
    """Whether the EEG of a block's trials drifts in the order of recording.

    Within a block the response to the pictures does not depend on time, so any dependence of the EEG on the order is
    drift: of the part below 5 Hz, or of the power in the conventional bands, which drifts even after high-pass
    filtering. The statistic is the sum of squared partial sums (Kwiatkowski, Phillips, Schmidt and Shin, 1992; optimal
    against a random walk in noise) of features whitened within blocks, so that small steady directions count as much as
    large noisy ones. It is compared with the same statistic of trials permuted within blocks. Without drift the ratio
    of the two is 1.

    A FAIL needs both: EEG that drifts, and a design in which time predicts the class.
    """

    question = "Does the EEG drift, and does the drift reveal the class?"
    concerns = frozenset({"features", "tokens", "generated"})

    @classmethod
    def positive_control(cls, evidence: Evidence) -> tuple[Evidence, Circumstances] | None:
        """Return evidence in which each class has a block, and every channel rises from trial to trial of a block."""
        recordings = evidence.recordings
        shares = recordings.training.train, recordings.training.val, recordings.test
        train, val, test = map(_rising, shares)
        training = replace(recordings.training, train=train, val=val)
        return replace(evidence, recordings=replace(recordings, training=training, test=test)), Circumstances()

    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        """Compute the statistics in true and permuted order, and the classes decoded from the slow part alone."""
        recordings = evidence.recordings
        training, test = recordings.training, recordings.test
        sfreq = training.montage.sfreq
        hits = time_hits(training.train, test, len(recordings.occurring))
        eeg, order, block = subject_trials(recordings)
        if not hits or order is None or len(order) < MIN_TRIALS:
            return {}
        rng = np.random.default_rng(run.seed)
        statistics: dict[str, NDArray[np.float64]] = {}
        for name, features in (("slow", slow_coefficients), ("power", band_power)):
            statistics[name], statistics[f"permuted/{name}"] = drift_statistic(features(eeg, sfreq), order, block, rng)
        if recordings.zero_shot:
            return {**statistics, **unseen()}
        decoded = predicted_classes(
            slow_coefficients(training.train.eeg, sfreq), training.train.label,
            slow_coefficients(training.val.eeg, sfreq), training.val.label, slow_coefficients(test.eeg, sfreq),
        )  # fmt: skip
        return {**hits, **statistics, "decoded": (decoded == test.label).astype(np.float64)}

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """FAIL where the EEG drifts and time predicts the class."""
        if any("decoded" not in arrays for arrays in measured) and not is_unseen(measured):
            return Opinion("inconclusive", "the data set does not provide the order in which its trials were recorded")
        ratios, p_values = [], []
        for name in FEATURES:
            ratio, p = _ratio_and_p(measured, name)
            p_values.append(p)
            ratios.append(f"{name} {ratio:.3f}")
        p = min(1.0, len(FEATURES) * min(p_values))
        if is_unseen(measured):
            drifts = "the EEG drifts" if p < ALPHA else "no evidence of drift"
            return Opinion(
                "PASS",
                f"{drifts} (p = {p:.2g}, permutation test; within blocks the statistic is {' and '.join(ratios)} times "
                f"its value for permuted trials); that it reveals the class is {UNSEEN_CLASSES}",
            )
        predicts, timing = time_predicts_class(measured)
        decoded = np.concatenate([arrays["decoded"] for arrays in measured]).mean()
        test = f"(p = {p:.2g}, permutation test)"
        message = (
            f"within blocks the drift statistic is {' and '.join(ratios)} times its value for permuted trials "
            f"(1 without drift); the part below 5 Hz alone decodes {decoded:.3f} of the classes; {timing}"
        )
        if p >= ALPHA:
            return Opinion("PASS", f"no evidence of drift {test}: {message}")
        if not predicts:
            return Opinion(
                "PASS", f"the EEG drifts {test}, but the time of recording does not predict the class: {message}"
            )
        return Opinion("FAIL", f"the EEG drifts {test}, and the time of recording predicts the class: {message}")


def _rising(trials: Trials) -> Trials:
    """Return the trials with the label as their block, one block after the other, and a rise within each block."""
    eeg = np.asarray(trials.eeg[np.arange(len(trials.trial))])
    rise = trials.trial[:, None, None] * eeg.std()
    return replace(trials, eeg=eeg + rise, block=trials.label, order=trials.label * APART + trials.trial)


def _ratio_and_p(measured: Sequence[Arrays], name: str) -> tuple[float, float]:
    """Ratio of a drift statistic to its mean under permutation, averaged over subjects, and its one-sided p value."""
    scale = [float(arrays[f"permuted/{name}"].mean()) or 1.0 for arrays in measured]  # subjects are weighted equally
    observed = np.mean([float(arrays[name]) / mean for arrays, mean in zip(measured, scale, strict=True)])
    permuted = np.mean(
        [arrays[f"permuted/{name}"] / mean for arrays, mean in zip(measured, scale, strict=True)], axis=0
    )
    return float(observed), (1 + np.count_nonzero(permuted >= observed)) / (len(permuted) + 1)


class _Concatenated:
    """Selected rows of several sets of trials, one set after the other, read when indexed."""

    def __init__(self, parts: Sequence[Trials], rows: Sequence[Ints]) -> None:
        self._parts = parts
        self._part = np.repeat(np.arange(len(rows)), [len(selected) for selected in rows])
        self._row = np.concatenate(list(rows)) if rows else np.zeros(0, np.int64)

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, c, t)."""
        return (len(self._row), *self._parts[0].eeg.shape[1:])

    def __getitem__(self, rows: Ints, /) -> Array:
        trials = zip(self._part[rows], self._row[rows], strict=True)
        return np.concatenate([self._parts[part].eeg[np.asarray([row])] for part, row in trials])


def subject_trials(recordings: Recordings) -> tuple[_Concatenated, Ints | None, Ints]:
    """Return all trials of the test subject, each once: EEG, position in time (None if unknown) and block."""
    subject = recordings.test.subject[0]
    parts = [recordings.test, recordings.training.train, recordings.training.val]
    rows, orders, blocks, taken = [], [], [], np.zeros(0, np.int64)
    for trials in parts:
        new = np.flatnonzero((trials.subject == subject) & ~np.isin(trials.trial, taken))
        taken = np.concatenate([taken, trials.trial[new]])
        rows.append(new)
        orders.append(None if trials.order is None else trials.order[new])
        blocks.append(np.zeros(len(new), np.int64) if trials.block is None else trials.block[new])
    known = [order for order in orders if order is not None]
    order = np.concatenate(known) if len(known) == len(parts) else None
    return _Concatenated(parts, rows), order, np.concatenate(blocks)


def drift_statistic(features: Array, order: Ints, block: Ints, rng: np.random.Generator) -> tuple[Array, Array]:
    """Sum over blocks of the squared partial sums of whitened features in time, in true and in permuted order.

    Args:
        features: (n, features) of each trial.
        order: (n,) position in time.
        block: (n,) recording block; only trials of one block are compared.
        rng: source of the permutations.

    Returns:
        The statistic, (), and its values with the trials of each block permuted, (`PERMUTATIONS`,).
    """
    white = whitened(features, block)
    observed, permuted = 0.0, np.zeros(PERMUTATIONS)
    for number in np.unique(block):
        rows = np.flatnonzero(block == number)
        rows = rows[np.argsort(order[rows], kind="stable")]
        observed += _of_partial_sums(white[rows])
        permuted += [_of_partial_sums(white[rng.permutation(rows)]) for _ in range(PERMUTATIONS)]
    return np.asarray(observed), permuted


def whitened(features: Array, block: Ints) -> Array:
    """Return deviations from the block's mean along their largest directions, scaled to variance 1, (n, <= n / 4)."""
    deviation = np.empty_like(features)
    for number in np.unique(block):
        deviation[block == number] = features[block == number] - features[block == number].mean(axis=0)
    deviation /= np.sqrt(np.einsum("nf,nf->f", deviation, deviation) / len(deviation)) + 1e-12
    length, direction = principal_axes([deviation], *deviation.shape)
    kept = min(max(len(deviation) // 4, 1), len(length))
    largest = np.argsort(length)[len(length) - kept :]
    return np.asarray(deviation @ (direction[largest] / length[largest, None]).T * np.sqrt(len(deviation)))


def _of_partial_sums(values: Array) -> float:
    """Return the sum of squares of the partial sums of (m, features)."""
    return float(np.square(np.cumsum(values, axis=0)).sum())
