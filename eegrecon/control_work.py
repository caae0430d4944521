"""What a control puts in the place of a method's input. Only here, and in scoring, is the truth of test trials read."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eegrecon import controls
from eegrecon.data import Arrays
from eegrecon.errors import Impossible
from eegrecon.pictures import fitted_to
from eegrecon.stage_run import StageRun
from eegrecon.stages import Stage
from eegrecon.workshop import Made, Workshop, features_of, targets_of


def control(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    """Make what the control of the stage's context puts in the place of an input.

    Raises:
        Impossible: the method or the data have nothing to make it from.
    """
    return _MAKERS[stage.context["control"]](stage, shop, run), {}


def _shuffle(stage: Stage, shop: Workshop, run: StageRun) -> Arrays:
    """A random permutation, so that every score is expected at its chance level: one trial or so keeps its EEG."""
    n = len(shop.artefact(stage.inputs["test"]).arrays["trial"])
    return {"given": np.random.default_rng(run.seed).permutation(n)}


def _shuffle_within_class(stage: Stage, shop: Workshop, run: StageRun) -> Arrays:
    truth = shop.artefact(stage.inputs["test"]).arrays
    label, picture = np.asarray(truth["label"]), np.asarray(truth["picture"])
    unmoved = controls.alone(label, picture)
    if unmoved == len(label):
        raise Impossible("no class has two test pictures whose EEG could be exchanged")
    if unmoved:
        run.note(f"{unmoved} of {len(label)} trials keep their EEG: their class has no other test picture")
    return {"given": controls.shuffled_within(label, picture, np.random.default_rng(run.seed))}


def _noise(stage: Stage, shop: Workshop, run: StageRun) -> Arrays:
    _, mean, amplitude = controls.spectrum(shop.recordings(stage, run).test.eeg)
    return {"mean": mean, "amplitude": amplitude, "seed": np.asarray(run.seed)}


def _mean(stage: Stage, shop: Workshop, run: StageRun) -> Arrays:
    return {"one": controls.spectrum(shop.recordings(stage, run).test.eeg)[0]}


def _zeros(stage: Stage, shop: Workshop, run: StageRun) -> Arrays:
    return {"one": np.zeros(shop.recordings(stage, run).test.eeg.shape[1:], np.float32)}


def _predicted_label(stage: Stage, shop: Workshop, run: StageRun) -> Arrays:
    return _of_class(stage, shop, controls.predicted_label(features_of(stage, shop)))


def _true_label(stage: Stage, shop: Workshop, run: StageRun) -> Arrays:
    return _of_class(stage, shop, np.asarray(shop.artefact(stage.inputs["test"]).arrays["label"]))


def _constant_prompt(stage: Stage, shop: Workshop, run: StageRun) -> Arrays:
    labels = shop.recordings(stage, run).training.train.label
    n = len(shop.artefact(stage.inputs["test"]).arrays["trial"])
    return _of_class(stage, shop, np.full(n, np.bincount(labels).argmax(), np.int64))


def _of_class(stage: Stage, shop: Workshop, label: np.ndarray) -> Arrays:
    """The conditions of one class per trial: the label, and its coarse target where the generator takes tokens."""
    tokens = (
        {"tokens": np.asarray(targets_of(stage, shop).coarse[label], np.float32)} if "targets" in stage.inputs else {}
    )
    return {"label": label, **tokens}


def _oracle(stage: Stage, shop: Workshop, run: StageRun) -> Arrays:
    truth = shop.artefact(stage.inputs["test"]).arrays
    label = np.asarray(truth["label"])
    if "targets" not in stage.inputs:
        return {"label": label}
    fine = targets_of(stage, shop).fine
    if fine is None:
        raise Impossible("there are no fine targets of the test pictures (captions) to give the generator")
    return {"label": label, "tokens": np.asarray(fine[truth["image"]], np.float32)}


def _random_picture(stage: Stage, shop: Workshop, run: StageRun) -> Arrays:
    trials = shop.artefact(stage.inputs["test"]).arrays["trial"]
    taught = _taught(stage, shop, run)
    drawn = [
        [taught[i] for i in np.random.default_rng([run.seed, int(trial)]).integers(0, len(taught), _samples(stage))]
        for trial in trials
    ]
    return {"pictures": _training_pictures(stage, shop, run, np.asarray(drawn, np.int64))}


def _nearest_picture(stage: Stage, shop: Workshop, run: StageRun) -> Arrays:
    fine = targets_of(stage, shop).fine
    if fine is None:
        raise Impossible("there are no fine targets of the training pictures (captions) to compare the tokens with")
    tokens = shop.artefact(stage.inputs["tokens"]).arrays["tokens"]
    taught = _taught(stage, shop, run)
    found = taught[controls.nearest(tokens, fine[taught], _samples(stage))]
    return {"pictures": _training_pictures(stage, shop, run, found)}


def _taught(stage: Stage, shop: Workshop, run: StageRun) -> np.ndarray:
    """Rows of the pictures that a training trial shows; validation pictures travel with them and are left out."""
    return np.unique(shop.recordings(stage, run).training.train.image)


def _samples(stage: Stage) -> int:
    return int(stage.context["samples"])


def _training_pictures(stage: Stage, shop: Workshop, run: StageRun, rows: np.ndarray) -> np.ndarray:
    """Training pictures at the generator's size, uint8 (n, samples, height, width, 3), from their rows (n, samples)."""
    pictures, size = shop.recordings(stage, run).training.pictures, stage.context["size"]
    which, back = np.unique(rows, return_inverse=True)
    return np.stack([fitted_to(pictures[int(row)], size) for row in which])[back.reshape(rows.shape)]


_MAKERS: dict[str, Callable[[Stage, Workshop, StageRun], Arrays]] = {
    "shuffle": _shuffle,
    "shuffle-within-class": _shuffle_within_class,
    "noise": _noise,
    "mean": _mean,
    "zeros": _zeros,
    "predicted-label": _predicted_label,
    "true-label": _true_label,
    "oracle": _oracle,
    "constant-prompt": _constant_prompt,
    "random-picture": _random_picture,
    "nearest-picture": _nearest_picture,
}
