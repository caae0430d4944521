"""The audit of the experimental design: whether the class follows from the time of recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from eegrecon import Arrays, Audit, Circumstances, Evidence, Opinion, Run, Trials
from eegrecon_audits.outcome.unseen import is_unseen, not_applicable, unseen
from eegrecon_audits.recordings.timing import time_hits, time_predicts_class


@dataclass(frozen=True)
class BlockDesign(Audit):
    """How well the position in the recording alone predicts the class, without the EEG.

    A WARN means that under this design any slow change of the EEG can be mistaken for information about the picture.
    Whether the EEG changes in that way is tested by the audit ``drift``.
    """

    question = "Can the class be predicted from the time of recording?"

    @classmethod
    def positive_control(cls, evidence: Evidence) -> tuple[Evidence, Circumstances] | None:
        """Return evidence in which each class has a block of its own."""
        recordings = evidence.recordings
        training = replace(recordings.training, train=_in_blocks(recordings.training.train))
        recordings = replace(recordings, training=training, test=_in_blocks(recordings.test))
        return replace(evidence, recordings=recordings), Circumstances()

    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        """Find the trials whose class follows from their time, and those in a block with training of their class."""
        recordings = evidence.recordings
        if recordings.zero_shot:
            return unseen()
        train, test = recordings.training.train, recordings.test
        hits = time_hits(train, test, len(recordings.occurring))
        if not hits or train.block is None or test.block is None:
            return hits
        train_blocks = {*zip(train.subject.tolist(), train.block.tolist(), train.label.tolist(), strict=True)}
        test_blocks = zip(test.subject.tolist(), test.block.tolist(), test.label.tolist(), strict=True)
        return {**hits, "shared": np.asarray([float(block in train_blocks) for block in test_blocks])}

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """WARN where time predicts the class above chance."""
        if is_unseen(measured):
            return not_applicable()
        if any("classes" not in arrays for arrays in measured):
            return Opinion("inconclusive", "the data set provides neither the order nor the blocks of its trials")
        predicts, message = time_predicts_class(measured)
        shared = [arrays["shared"] for arrays in measured if "shared" in arrays]
        if shared:
            message += f"; {int(np.concatenate(shared).sum())} share a block with training trials of their class"
        return Opinion("WARN" if predicts else "PASS", message)


def _in_blocks(trials: Trials) -> Trials:
    """Return the trials with the label as their block."""
    return replace(trials, block=trials.label, order=None)
