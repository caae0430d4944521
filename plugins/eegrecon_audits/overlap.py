"""Whether test trials, or the pictures that they show, are among what was trained on, at any stage."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eegrecon import Arrays, Audit, Circumstances, Evidence, Ints, Opinion, Pictures, Recordings, Rows, Run, Trials

SELECTED = "selected on test"  # what a data set notes of a protocol that validates on test trials
PIECE = 256  # trials read at a time


def shares(recordings: Recordings) -> Iterator[tuple[str, Trials, Pictures]]:
    """Yield what is trained and chosen on: the subject's own and the pool's, with the pictures that belong to them."""
    for name, training in (("", recordings.training), ("pool ", recordings.pool)):
        yield f"{name}train", training.train, training.pictures
        yield f"{name}val", training.val, training.pictures


@dataclass(frozen=True)
class TrialOverlap(Audit):
    """Test trials among those of training, by their number and by their content, in every stage's share.

    The content is compared byte by byte: a trial that was recorded once and filed twice is found, one that was
    filtered or cut anew is not. Under a protocol that validates on the test trials, as BrainVis was published, they are
    expected in validation, and said.
    """

    question = "Was anything trained or chosen on test trials?"
    concerns = frozenset({"features", "tokens", "generated"})

    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        """Count the test trials that are found in each share."""
        test = evidence.recordings.test
        digests = _digests(test.eeg)
        found: dict[str, NDArray[np.int64]] = {"test": np.asarray(len(test.trial))}
        for name, trials, _ in shares(evidence.recordings):
            same = np.isin(test.trial, trials.trial) | np.isin(digests, _digests(trials.eeg))
            found[name] = np.asarray(np.count_nonzero(same))
        return found

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """FAIL where a test trial was trained on; WARN where the protocol says that it was chosen on."""
        n = _total(measured, "test")
        taught = _total(measured, "train", "pool train")
        chosen = _total(measured, "val", "pool val")
        if taught or (chosen and SELECTED not in known.notes):
            where = f"{taught} among the training trials, {chosen} among the validation trials"
            return Opinion("FAIL", f"of {n} test trials, found by number or content: {where}, subject's own and pool's")
        if chosen:
            return Opinion("WARN", f"as this protocol says, all that was chosen was chosen on the {n} test trials")
        return Opinion("PASS", f"none of {n} test trials is in a share of training or validation, by number or content")


def _digests(eeg: Rows) -> Ints:
    """A number for each trial's content, (n,)."""
    found = []
    for start in range(0, eeg.shape[0], PIECE):
        rows = np.arange(start, min(start + PIECE, eeg.shape[0]))
        found += [_digest(np.ascontiguousarray(trial)) for trial in np.asarray(eeg[rows], np.float32)]
    return np.asarray(found, np.int64)


def _digest(array: NDArray[np.generic]) -> int:
    return int.from_bytes(hashlib.blake2b(array.tobytes(), digest_size=8).digest(), "big") >> 1


@dataclass(frozen=True)
class PictureOverlap(Audit):
    """Test pictures, by content, among those that were shown in training: to the same person, or to others.

    Who has the same picture in training and test needs no reading of minds: repeated pictures raised published
    accuracies by 4.5 to 7.4 points (Kilgallen et al., arXiv:2508.00531). A picture that only others have seen in
    training can be known to what is trained on the pool.
    """

    question = "Was a test picture shown in training?"
    concerns = frozenset({"features", "tokens", "generated"})

    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        """Count the test trials whose picture the same subject, or only others, saw in training or validation."""
        recordings, test = evidence.recordings, evidence.recordings.test
        own = _contents(recordings.pictures, test.image)
        seen = {"own": np.zeros(len(own), bool), "others": np.zeros(len(own), bool)}
        chosen = {"own": np.zeros(len(own), bool), "others": np.zeros(len(own), bool)}
        for name, trials, pictures in shares(recordings):
            contents = _contents(pictures, trials.image)
            mine = np.isin(trials.subject, test.subject)
            into = chosen if name.endswith("val") else seen
            into["own"] |= np.isin(own, contents[mine])
            into["others"] |= np.isin(own, contents[~mine])
        return {
            "test": np.asarray(len(own)),
            **{f"train {who}": np.asarray(np.count_nonzero(found)) for who, found in seen.items()},
            **{f"val {who}": np.asarray(np.count_nonzero(found)) for who, found in chosen.items()},
        }

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """FAIL where the same person saw a test picture in training; WARN where only others did."""
        n = _total(measured, "test")
        own, others = _total(measured, "train own"), _total(measured, "train others")
        chosen, elsewhere = _total(measured, "val own"), _total(measured, "val others")
        if own or (chosen and SELECTED not in known.notes):
            return Opinion(
                "FAIL", f"of {n} test trials, {own} show a picture that the same person saw in training, {chosen} one "
                "that the person saw in validation"
            )  # fmt: skip
        if others or chosen or elsewhere:
            return Opinion(
                "WARN", f"of {n} test trials, {others} show a picture that other people saw in training, "
                f"{max(chosen, elsewhere)} one of validation: what is trained on the pool may know it"
            )  # fmt: skip
        return Opinion("PASS", f"none of {n} test trials shows a picture that anybody saw in training or validation")


def _contents(pictures: Pictures, image: Ints) -> Ints:
    """A number for the content of each trial's picture, (n,)."""
    known = {int(row): _digest(np.ascontiguousarray(pictures[int(row)])) for row in np.unique(image)}
    return np.asarray([known[int(row)] for row in image], np.int64)


def _total(measured: Sequence[Arrays], *names: str) -> int:
    """Sum over subjects; of several shares of one subject, the largest count."""
    return sum(max(int(one[name]) for name in names) for one in measured)
