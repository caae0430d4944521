"""The toy data are sound: no overlap, a class that can be read, and outcomes whose scores are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from eegrecon import ComponentError, Run
from eegrecon.interfaces.recording_checks import check
from eegrecon.testing import (
    PlainRun,
    ToyAccuracy,
    ToyDistance,
    ToyEncoder,
    ToyIdentification,
    ToyJudge,
    hand_outcome,
    toy_conditions,
    toy_evidence,
    toy_outcome,
    toy_recordings,
    toy_targets,
    toy_training,
)


def test_the_recordings_fulfil_the_contract_and_share_no_picture() -> None:
    recordings = toy_recordings()
    assert check(ToyEncoder(), recordings, 1) == ()  # type: ignore[arg-type] - it names the data set in messages
    training = {recordings.training.pictures[row].tobytes() for row in range(len(recordings.training.pictures))}
    test = {recordings.pictures[row].tobytes() for row in range(len(recordings.pictures))}
    assert len(training) == 64
    assert len(test) == 32
    assert not training & test


def test_the_class_can_be_read_from_the_eeg_of_other_trials(run: PlainRun) -> None:
    weights, test = ToyEncoder().fit(toy_training(), run), toy_recordings().test
    logits = ToyEncoder().encode(weights, test.signals(), run).logits
    assert logits is not None
    assert np.mean(logits.argmax(axis=1) == test.label) > 0.7  # chance: a quarter


def test_eeg_and_pictures_are_copies_and_offer_only_what_the_contract_promises() -> None:
    eeg = toy_training().train.eeg
    first = eeg[:1]
    first[:] = 0
    assert np.any(eeg[:1])
    assert not hasattr(eeg, "mean")
    assert not hasattr(eeg, "__array__")


def test_the_judge_reads_class_and_place_of_every_picture(run: Run) -> None:
    recordings = toy_recordings()
    pixels = np.stack([recordings.pictures[row] for row in range(32)])
    views = ToyJudge().look(pixels, run)
    assert views["logits"].argmax(axis=1).tolist() == recordings.test.label.tolist()
    assert views["place"].argmax(axis=1).tolist() == recordings.attributes["place"].tolist()


@pytest.mark.parametrize("right", [0.0, 0.75, 1.0])
def test_an_outcome_is_right_in_the_given_share_of_the_trials(right: float, run: Run) -> None:
    outcome = toy_outcome(right, samples=3)
    assert outcome.generated is not None
    same = (outcome.generated == outcome.reference[:, None]).all(axis=(1, 2, 3, 4))
    assert same.mean() == right
    score = ToyAccuracy().score(outcome, run)["toy accuracy"].value
    assert right <= score <= right + 0.6 * (1 - right)
    assert outcome.generated_views is not None
    assert outcome.generated_views["features"].shape == (96, 12)


def test_targets_conditions_and_evidence_belong_together() -> None:
    targets, conditions, evidence = toy_targets(), toy_conditions(), toy_evidence()
    assert targets.fine is not None
    assert conditions.tokens is not None
    assert len(targets.fine) == len(toy_training().pictures)
    assert conditions.tokens.shape == (32, *targets.coarse.shape[1:])
    assert evidence.outcome.truth.label.tolist() == evidence.recordings.test.label.tolist()


def test_an_outcome_by_hand_holds_what_is_given_and_nothing_else(run: Run) -> None:
    views = {"logits": np.array([[2.0, 1.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0]]), "features": np.array([[1.0], [5.0]])}
    outcome = hand_outcome([1, 3], generated_views=views, reference_views={"features": np.array([[0.0], [0.0]])})
    assert outcome.features is outcome.tokens is outcome.targets is outcome.generated is None
    assert outcome.truth.image.tolist() == [0, 1]
    assert hand_outcome([1, 3], image=[0, 0]).truth.image.tolist() == [0, 0]
    assert outcome.occurring == (0, 1, 2, 3)
    score = ToyIdentification().score(outcome, run)["identification"]
    assert score.per_trial is not None
    assert score.per_trial.tolist() == [(1 + 0.5) / 3, 0.5]  # above one and tied with one of three; all tied
    assert ToyDistance().score(outcome, run)["FID"].value == 3**2 + 2**2  # means 3 and 0, deviations 2 and 0
    assert ToyAccuracy().score(outcome, run) == {}


def test_the_toy_scores_of_pictures_are_perfect_for_a_perfect_outcome(run: Run) -> None:
    perfect, noise = toy_outcome(1.0), toy_outcome(0.0)
    assert ToyIdentification().score(perfect, run)["identification"].value == 1
    assert ToyIdentification().score(noise, run)["identification"].value < 0.7  # chance: a half
    assert ToyDistance().score(perfect, run)["FID"].value < 1e-12
    assert ToyDistance().score(noise, run)["FID"].value > 0.1


def test_a_plain_run_fits_a_nested_learner_on_its_training_data(tmp_path: Path) -> None:
    run = PlainRun(tmp_path, training=toy_training())
    assert run.fitted(ToyEncoder())["means"].shape == (4, 8)
    with pytest.raises(ComponentError, match="no weights of ToyEncoder.*training=toy_training"):
        PlainRun(tmp_path).fitted(ToyEncoder())


def test_the_folder_of_a_temporary_run_goes_with_it() -> None:
    run = PlainRun.temporary()
    folder = run.scratch
    assert folder.is_dir()
    del run
    assert not folder.exists()
