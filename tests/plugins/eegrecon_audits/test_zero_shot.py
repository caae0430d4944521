"""Audits of the class on data whose test classes do not occur in training: they say so, and give no number."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from eegrecon import UNSEEN_CLASSES, Audit, Circumstances, Evidence, Trials
from eegrecon.testing import toy_evidence
from eegrecon_audits.outcome.explained import Explained
from eegrecon_audits.outcome.linear_baseline import LinearBaseline
from eegrecon_audits.recordings.block_design import BlockDesign
from eegrecon_audits.recordings.drift import Drift


def concept_disjoint() -> Evidence:
    """Evidence of two classes in training and two others in the test."""
    evidence = toy_evidence()

    def only(trials: Trials, first: int) -> Trials:
        return replace(trials, label=first + trials.label % 2)

    recordings = evidence.recordings
    training = replace(
        recordings.training, train=only(recordings.training.train, 0), val=only(recordings.training.val, 0)
    )
    recordings = replace(recordings, training=training, pool=training, test=only(recordings.test, 2))
    outcome = replace(evidence.outcome, truth=only(evidence.outcome.truth, 2), zero_shot=recordings.zero_shot)
    return replace(evidence, recordings=recordings, outcome=outcome)


@pytest.mark.parametrize(
    "audit", [BlockDesign(), Explained(), LinearBaseline()], ids=lambda audit: type(audit).__name__
)
def test_an_audit_of_the_class_is_not_applicable(audit: Audit, run: Any) -> None:
    evidence = concept_disjoint()
    assert evidence.outcome.zero_shot
    opinion = audit.conclude([audit.measure(evidence, run)], Circumstances())
    assert (opinion.verdict, opinion.evidence) == ("inconclusive", UNSEEN_CLASSES)


@pytest.mark.parametrize("drifts", [False, True])
def test_drift_is_measured_even_so(run: Any, drifts: bool) -> None:
    evidence, audit = concept_disjoint(), Drift()
    recordings = evidence.recordings

    def rising(trials: Trials) -> Trials:
        eeg = np.asarray(trials.eeg[np.arange(len(trials.trial))])
        return replace(trials, eeg=eeg + trials.trial[:, None, None] * eeg.std()) if drifts else trials

    training = replace(
        recordings.training, train=rising(recordings.training.train), val=rising(recordings.training.val)
    )
    evidence = replace(evidence, recordings=replace(recordings, training=training, test=rising(recordings.test)))
    opinion = audit.conclude([audit.measure(evidence, run)], Circumstances())
    assert opinion.verdict == "PASS"
    assert UNSEEN_CLASSES in opinion.evidence
    assert opinion.evidence.startswith("the EEG drifts" if drifts else "no evidence of drift")


def test_one_trained_class_is_enough_for_a_number(run: Any) -> None:
    evidence = concept_disjoint()
    test = evidence.recordings.test
    recordings = replace(evidence.recordings, test=replace(test, label=np.where(np.arange(32) == 0, 1, test.label)))
    assert not recordings.zero_shot
