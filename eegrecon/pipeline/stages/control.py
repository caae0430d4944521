"""The stage of a control: what it substitutes for an input of the method.

Only here, in scoring and in audits is the truth of test trials read.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eegrecon.errors import NotApplicable
from eegrecon.interfaces.data import UNSEEN_CLASSES, Arrays, Ints, Pixels
from eegrecon.interfaces.pictures import fitted_to
from eegrecon.pipeline import substitutes
from eegrecon.pipeline.context import Product, StageContext
from eegrecon.registry.resources import disk_array


def control(context: StageContext) -> Product:
    """Return what the control named in the stage's context substitutes for an input.

    Raises:
        NotApplicable: the method or the data have nothing to compute it from.
    """
    return Product(_SUBSTITUTES[context.stage.context["control"]](context))


def _shuffle(context: StageContext) -> Arrays:
    """A random permutation, under which every score is expected at its chance level; a few trials keep their EEG."""
    n = len(context.arrays("test")["trial"])
    return {"permutation": np.random.default_rng(context.run.seed).permutation(n)}


def _shuffle_within_class(context: StageContext) -> Arrays:
    truth = context.arrays("test")
    label, picture = np.asarray(truth["label"]), np.asarray(truth["picture"])
    unchanged = substitutes.unshuffled(label, picture)
    if unchanged == len(label):
        raise NotApplicable("no class has two test pictures whose EEG could be exchanged")
    if unchanged:
        context.run.note(f"{unchanged} of {len(label)} trials keep their EEG: their class has no other test picture")
    rng = np.random.default_rng(context.run.seed)
    return {"permutation": substitutes.shuffled_within(label, picture, rng)}


def _noise(context: StageContext) -> Arrays:
    _, mean, amplitude = substitutes.spectrum(context.recordings.test.eeg)
    return {"mean": mean, "amplitude": amplitude, "seed": np.asarray(context.run.seed)}


def _mean(context: StageContext) -> Arrays:
    return {"constant": substitutes.spectrum(context.recordings.test.eeg)[0]}


def _zeros(context: StageContext) -> Arrays:
    return {"constant": np.zeros(context.recordings.test.eeg.shape[1:], np.float32)}


def _predicted_label(context: StageContext) -> Arrays:
    if context.input("test").metadata["zero_shot"]:
        raise NotApplicable(UNSEEN_CLASSES)
    return _of_class(context, substitutes.predicted_label(context.features))


def _true_label(context: StageContext) -> Arrays:
    return _of_class(context, np.asarray(context.arrays("test")["label"]))


def _constant_prompt(context: StageContext) -> Arrays:
    most_frequent = np.bincount(context.recordings.training.train.label).argmax()
    return _of_class(context, np.full(len(context.arrays("test")["trial"]), most_frequent, np.int64))


def _of_class(context: StageContext, label: Ints) -> Arrays:
    """Return the conditions of one class per trial: the label, and its coarse target for a generator with tokens."""
    if not context.has("targets"):
        return {"label": label}
    return {"label": label, "tokens": np.asarray(context.targets.coarse[label], np.float32)}


def _oracle(context: StageContext) -> Arrays:
    truth = context.arrays("test")
    label = np.asarray(truth["label"])
    if not context.has("targets"):
        return {"label": label}
    fine = context.targets.fine
    if fine is None:
        raise NotApplicable("the data set has no captions, so there are no fine targets of the test pictures")
    tokens = disk_array(context.run.scratch / "tokens", np.float32, (len(label), *fine.shape[1:]))
    for rows in substitutes.blocks(len(label)):
        tokens[rows] = fine[truth["image"][rows]]
    return {"label": label, "tokens": tokens}


def _random_picture(context: StageContext) -> Arrays:
    candidates, samples, seed = _training_images(context), _samples(context), context.run.seed
    drawn = [
        [candidates[i] for i in np.random.default_rng([seed, int(trial)]).integers(0, len(candidates), samples)]
        for trial in context.arrays("test")["trial"]
    ]
    return {"pictures": _training_pictures(context, np.asarray(drawn, np.int64))}


def _nearest_picture(context: StageContext) -> Arrays:
    fine = context.targets.fine
    if fine is None:
        raise NotApplicable("the data set has no captions, so there are no fine targets to compare tokens with")
    candidates = _training_images(context)
    nearest = substitutes.nearest(context.arrays("tokens")["tokens"], fine, candidates, _samples(context))
    return {"pictures": _training_pictures(context, nearest)}


def _training_images(context: StageContext) -> Ints:
    """Return the rows of the pictures of training trials, without those of validation alone."""
    return np.unique(context.recordings.training.train.image)


def _samples(context: StageContext) -> int:
    return int(context.stage.context["samples"])


def _training_pictures(context: StageContext, rows: Ints) -> Pixels:
    """Return training pictures at the generator's size, (n, samples, height, width, 3), from rows (n, samples)."""
    pictures, size = context.recordings.training.pictures, context.stage.context["size"]
    unique, inverse = np.unique(rows, return_inverse=True)
    return np.stack([fitted_to(pictures[int(row)], size) for row in unique])[inverse.reshape(rows.shape)]


_SUBSTITUTES: dict[str, Callable[[StageContext], Arrays]] = {
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
