from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from eegrecon import Circumstances, Evidence
from eegrecon_audits.recordings.overlap import PictureOverlap, TrialOverlap

Opinion = Callable[..., tuple[str, str]]


@pytest.fixture
def evidence(synthetic: Any) -> Evidence:
    return synthetic.evidence(synthetic.white(), synthetic.labels["mixed"])


@pytest.mark.parametrize("audit", [TrialOverlap(), PictureOverlap()])
def test_disjoint_recordings_pass(audit: Any, opinion: Opinion, evidence: Evidence) -> None:
    assert opinion(audit, evidence)[0] == "PASS"


def test_a_trial_that_was_filed_twice_is_found_by_its_content(opinion: Opinion, synthetic: Any) -> None:
    eeg = synthetic.white()
    eeg[0] = eeg[4]  # 0 is a training trial, 4 a test trial
    verdict, text = opinion(TrialOverlap(), synthetic.evidence(eeg, synthetic.labels["mixed"]))
    assert verdict == "FAIL"
    assert re.findall(r"\d+", text) == ["60", "1", "0"]  # test trials, among training, among validation


def test_an_overlap_in_the_pool_alone_is_found(opinion: Opinion, evidence: Evidence) -> None:
    pool = replace(evidence.recordings.pool, val=evidence.recordings.test)
    recordings = replace(evidence.recordings, pool=pool)
    assert opinion(TrialOverlap(), replace(evidence, recordings=recordings))[0] == "FAIL"


def test_validation_on_test_is_expected_where_the_protocol_declares_it(opinion: Opinion, evidence: Evidence) -> None:
    training = replace(evidence.recordings.training, val=evidence.recordings.test)
    evidence = replace(evidence, recordings=replace(evidence.recordings, training=training, pool=training))
    assert opinion(TrialOverlap(), evidence)[0] == "FAIL"
    declared = Circumstances(selected_on_test=True)
    assert opinion(TrialOverlap(), evidence, known=declared)[0] == "WARN"


@pytest.mark.parametrize(("subject", "verdict"), [(1, "FAIL"), (2, "WARN")])
def test_a_picture_repeated_in_training_fails_only_for_the_same_subject(
    opinion: Opinion, evidence: Evidence, subject: int, verdict: str
) -> None:
    pool = evidence.recordings.pool
    subjects = pool.train.subject.copy()
    subjects[7] = subject
    repeated = [*pool.pictures[:7], evidence.recordings.pictures[2], *pool.pictures[8:]]
    pool = replace(pool, pictures=repeated, train=replace(pool.train, subject=subjects))
    found, text = opinion(PictureOverlap(), replace(evidence, recordings=replace(evidence.recordings, pool=pool)))
    assert found == verdict
    assert re.findall(r"\d+", text) == ["60", "1", "0"]  # test trials, shown in training, in validation
