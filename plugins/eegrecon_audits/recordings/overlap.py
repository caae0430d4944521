"""Audits of overlap: whether test trials, or the pictures they show, were used in training at any stage."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eegrecon import Arrays, Audit, Circumstances, Evidence, Ints, Opinion, Pictures, Recordings, Rows, Run, Trials

CHUNK = 256  # trials read at a time


def training_shares(recordings: Recordings) -> Iterator[tuple[str, Trials, Pictures]]:
    """Yield name, trials and pictures of each share for training or selection, the subject's own and the pool's."""
    for prefix, training in (("", recordings.training), ("pool ", recordings.pool)):
        yield f"{prefix}train", training.train, training.pictures
        yield f"{prefix}val", training.val, training.pictures


@dataclass(frozen=True)
class TrialOverlap(Audit):
    """Test trials among those for training or validation, by number and by content, at every stage.

    Content is compared byte by byte: a trial that was recorded once and filed twice is detected, one that was filtered
    or segmented differently is not. Under a protocol that validates on the test trials, as the published BrainVis does,
    overlap with validation is expected and results in a WARN.
    """

    question = "Were test trials used for training or selection?"
    concerns = frozenset({"features", "tokens", "generated"})

    @classmethod
    def positive_control(cls, evidence: Evidence) -> tuple[Evidence, Circumstances] | None:
        """Return evidence whose test trials are training trials."""
        training = evidence.recordings.training
        recordings = replace(evidence.recordings, test=training.train, pictures=training.pictures)
        return replace(evidence, recordings=recordings), Circumstances()

    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        """Count the test trials that are found in each share."""
        test = evidence.recordings.test
        digests = _trial_digests(test.eeg)
        counts: dict[str, NDArray[np.int64]] = {"test": np.asarray(len(test.trial))}
        for name, trials, _ in training_shares(evidence.recordings):
            found = np.isin(test.trial, trials.trial) | np.isin(digests, _trial_digests(trials.eeg))
            counts[name] = np.asarray(np.count_nonzero(found))
        return counts

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """FAIL where a test trial was used for training; WARN where a protocol declares selection on test trials."""
        n = _total(measured, "test")
        trained = _total(measured, "train", "pool train")
        selected = _total(measured, "val", "pool val")
        if trained or (selected and not known.selected_on_test):
            return Opinion(
                "FAIL", f"of {n} test trials, {trained} are among the training trials and {selected} among the "
                "validation trials, of the subject or the pool, by number or content"
            )  # fmt: skip
        if selected:
            return Opinion("WARN", f"this protocol declares that models are selected on the {n} test trials")
        return Opinion("PASS", f"none of {n} test trials is among training or validation trials, by number or content")


@dataclass(frozen=True)
class PictureOverlap(Audit):
    """Test pictures, by content, among those shown in training: to the same subject, or to others.

    A picture that is repeated between training and test can be recognised without generalisation: repeated pictures
    raised published accuracies by 4.5 to 7.4 points (Kilgallen et al., arXiv:2508.00531). A picture that only other
    subjects saw in training can be known to components that are trained on the pool.
    """

    question = "Were test pictures shown in training?"
    concerns = frozenset({"features", "tokens", "generated"})

    @classmethod
    def positive_control(cls, evidence: Evidence) -> tuple[Evidence, Circumstances] | None:
        """Return evidence whose test pictures are training pictures."""
        recordings = replace(evidence.recordings, pictures=evidence.recordings.training.pictures)
        return replace(evidence, recordings=recordings), Circumstances()

    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        """Count the test trials whose picture the same subject, or others, saw in training or validation."""
        recordings, test = evidence.recordings, evidence.recordings.test
        shown = _picture_digests(recordings.pictures, test.image)
        found = {f"{use} {who}": np.zeros(len(shown), bool) for use in ("train", "val") for who in ("own", "others")}
        for name, trials, pictures in training_shares(recordings):
            digests = _picture_digests(pictures, trials.image)
            same_subject = np.isin(trials.subject, test.subject)
            use = "val" if name.endswith("val") else "train"
            found[f"{use} own"] |= np.isin(shown, digests[same_subject])
            found[f"{use} others"] |= np.isin(shown, digests[~same_subject])
        return {
            "test": np.asarray(len(shown)),
            **{name: np.asarray(np.count_nonzero(trials)) for name, trials in found.items()},
        }

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """FAIL where the same subject saw a test picture in training; WARN where only others did."""
        n = _total(measured, "test")
        own, others = _total(measured, "train own"), _total(measured, "train others")
        val_own, val_others = _total(measured, "val own"), _total(measured, "val others")
        if own or (val_own and not known.selected_on_test):
            return Opinion(
                "FAIL", f"of {n} test trials, {own} show a picture that the same subject saw in training, and "
                f"{val_own} one that the subject saw in validation"
            )  # fmt: skip
        if others or val_own or val_others:
            return Opinion(
                "WARN", f"of {n} test trials, {others} show a picture that other subjects saw in training, and "
                f"{max(val_own, val_others)} one from validation; components trained on the pool may have learned it"
            )  # fmt: skip
        return Opinion("PASS", f"none of {n} test trials shows a picture from training or validation, of any subject")


def _trial_digests(eeg: Rows) -> Ints:
    """Digest of each trial's content, (n,)."""
    digests = []
    for start in range(0, eeg.shape[0], CHUNK):
        rows = np.arange(start, min(start + CHUNK, eeg.shape[0]))
        digests += [_digest(np.ascontiguousarray(trial)) for trial in np.asarray(eeg[rows], np.float32)]
    return np.asarray(digests, np.int64)


def _picture_digests(pictures: Pictures, image: Ints) -> Ints:
    """Digest of the content of each trial's picture, (n,)."""
    digests = {int(row): _digest(np.ascontiguousarray(pictures[int(row)])) for row in np.unique(image)}
    return np.asarray([digests[int(row)] for row in image], np.int64)


def _digest(array: NDArray[np.generic]) -> int:
    return int.from_bytes(hashlib.blake2b(array.tobytes(), digest_size=8).digest(), "big") >> 1


def _total(measured: Sequence[Arrays], *names: str) -> int:
    """Sum over subjects; of several shares of one subject, the largest count."""
    return sum(max(int(arrays[name]) for name in names) for arrays in measured)
