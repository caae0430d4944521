"""What each kind of stage does with its component, its inputs and its share of the recordings."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eegrecon import audit_work, contract_checks, control_work, controls, scoring
from eegrecon.components import Fitted
from eegrecon.data import Conditions, Features, Ints, Pictures, Pixels, Signals, Targets, Training
from eegrecon.errors import DataError
from eegrecon.keys import digest
from eegrecon.memory import Pieces
from eegrecon.pictures import fitted_to
from eegrecon.scoring import ATTRIBUTE
from eegrecon.stage_run import StageRun
from eegrecon.stages import Stage
from eegrecon.workshop import Made, Workshop, signals_of, targets_of, weights_of

CHUNK = 64  # trials generated between two checkpoints
GLANCE = 256  # pictures that a judge looks at together


def _prepare(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    return contract_checks.weights(stage.component, "prepare", stage.component.prepare(run)), {}


def _test(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    """Give test trials opaque identities and the order of these, which tells nothing of block or time."""
    recordings = shop.recordings(stage, run)
    trials = recordings.test
    if len(trials.trial) == 0:
        raise DataError(f"subject {stage.subject} has no test trials under this protocol; choose another")
    picture = _picture_identity(recordings.pictures, trials.image)
    columns = (trials.subject, trials.trial, trials.label, picture)
    salt = digest(sorted(zip(*(column.tolist() for column in columns), strict=True)))  # no code: edits move no noise
    identity = np.array([_opaque(salt, int(trial)) for trial in trials.trial], np.int64)
    order = np.argsort(identity, kind="stable")
    arrays = {
        "row": order,
        "trial": identity[order],
        "index": trials.trial[order],
        "subject": trials.subject[order],
        "label": trials.label[order],
        "image": trials.image[order],
        "picture": picture[order],
    }
    arrays |= {"block": trials.block[order]} if trials.block is not None else {}
    arrays |= {"order": trials.order[order]} if trials.order is not None else {}
    arrays |= {f"{ATTRIBUTE}{name}": known[trials.image][order] for name, known in recordings.attributes.items()}
    training = recordings.training
    said = {
        "classes": list(training.classes),
        "synsets": list(recordings.synsets) if recordings.synsets else None,
        "notes": list(recordings.notes),
        "counts": {"train": len(training.train.trial), "val": len(training.val.trial), "test": len(order)},
    }
    return {name: np.asarray(array, np.int64) for name, array in arrays.items()}, said


def _picture_identity(pictures: Pictures, image: Ints) -> Ints:
    """Number each trial's picture by its content (n,), so that all trials of a picture are known as such everywhere."""
    own = {row: _opaque(hashlib.blake2b(pictures[row].tobytes(), digest_size=8).hexdigest(), 0) for row in set(image)}
    return np.array([own[row] for row in image], np.int64)


def _opaque(salt: str, trial: int) -> int:
    return int.from_bytes(hashlib.blake2b(f"{salt}:{trial}".encode(), digest_size=8).digest(), "big") >> 1


def _reference(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    pictures = shop.recordings(stage, run).pictures
    images, back = np.unique(shop.artefact(stage.inputs["test"]).arrays["image"], return_inverse=True)
    size = stage.context["size"]
    return {"pictures": np.stack([fitted_to(pictures[int(image)], size) for image in images])[back]}, {}


def _targets_made(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    recordings = shop.recordings(stage, run)
    held_out = stage.share.startswith("test")
    pictures = recordings.pictures if held_out else recordings.training.pictures
    captions = recordings.captions if held_out else recordings.training.captions
    classes = recordings.training.classes
    coarse = contract_checks.targets(stage.component, "coarse", stage.component.coarse(classes, run), len(classes))
    fine = stage.component.fine(pictures, captions, run)
    said = {"texts": _texts(captions, len(pictures))}
    if fine is None:
        return {"coarse": coarse}, said
    kept = contract_checks.targets(stage.component, "fine", fine, len(pictures), coarse)
    return {"coarse": coarse, "fine": kept}, said


def _texts(captions: Sequence[str] | None, pictures: int) -> str:
    """Digest what targets were made of, so that nobody is given those of other pictures."""
    return digest([pictures, None if captions is None else list(captions)])


def _targets(stage: Stage, shop: Workshop, data: Training) -> Targets:
    """Return the targets of training pictures.

    Raises:
        DataError: they are of other pictures: the data set said wrongly that they are common.
    """
    told = shop.artefact(stage.inputs["targets"]).meta["said"]["texts"]
    if told != _texts(data.captions, len(data.pictures)):
        raise DataError(
            f"{type(stage.dataset).__name__} gives subject {stage.subject} other training pictures than the subjects "
            "before, but says that they are common; give all the same list, or set common_pictures to False"
        )
    return targets_of(stage, shop)


def _fit(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    made = stage.component.fit(shop.training(stage, run), run)
    return contract_checks.weights(stage.component, "fit", made), {}


def _encoder(stage: Stage, shop: Workshop) -> Fitted[Any]:
    return Fitted(stage.context["encoder"], shop.artefact(stage.inputs["encoder"]).arrays)


def _align_fit(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    data = shop.training(stage, run)
    made = stage.component.fit(_encoder(stage, shop), data, _targets(stage, shop, data), run)
    return contract_checks.weights(stage.component, "fit", made), {}


def _generate_fit(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    key = stage.inputs.get("aligner")
    aligner = Fitted(stage.context["aligner"], shop.artefact(key).arrays) if key else None
    data = shop.training(stage, run)
    made = stage.component.fit(_encoder(stage, shop), aligner, data, _targets(stage, shop, data), run)
    return contract_checks.weights(stage.component, "fit", made), {}


def _encode(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    test = shop.artefact(stage.inputs["test"])
    made = stage.component.encode(weights_of(stage, shop), signals_of(stage, shop, run), run)
    classes = len(test.meta["said"]["classes"])
    features = contract_checks.features(stage.component, made, len(test.arrays["trial"]), classes)
    logits = {} if features.logits is None else {"logits": features.logits}
    return {"embedding": features.embedding, **logits}, {}


def _align(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    signals = signals_of(stage, shop, run)
    tokens = stage.component.align(weights_of(stage, shop), _encoder(stage, shop), signals, run)
    return {
        "tokens": contract_checks.floats(stage.component, "align", "tokens", tokens, (len(signals.trial), None, None))
    }, {}


def _generate(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    """Generate in chunks of trials, each kept in the scratch folder, so that an interrupted run goes on."""
    test = shop.artefact(stage.inputs["test"])
    trial, classes = test.arrays["trial"], tuple(test.meta["said"]["classes"])
    samples, (height, width) = int(stage.context["samples"]), stage.component.size
    tokens = shop.artefact(stage.inputs["tokens"]).arrays["tokens"] if "tokens" in stage.inputs else None
    label = _label(stage, shop) if "label" in stage.inputs else None
    signals = signals_of(stage, shop, run) if "signals" in stage.inputs else None
    weights = weights_of(stage, shop) if "weights" in stage.inputs else {}
    shape = (len(trial), samples, height, width, 3)
    pictures, done = _resumable(run, shape)
    with run.progress(len(trial), "pictures") as progress:
        progress.advance(done)
        for start in range(done, len(trial), CHUNK):
            rows = np.arange(start, min(start + CHUNK, len(trial)))
            conditions = Conditions(
                tokens=None if tokens is None else np.asarray(tokens[rows]),
                label=None if label is None else label[rows],
                trial=trial[rows],
                signals=signals and _some(signals, rows),
            )
            made = stage.component.generate(weights, conditions, classes, samples, run)
            pictures[rows] = contract_checks.pixels(stage.component, "generate", made, (len(rows), *shape[1:]))
            pictures.flush()
            (run.scratch / "done").write_text(str(rows[-1] + 1))  # if it is cut short, the pictures begin anew
            progress.advance(len(rows))
    return {"pictures": pictures}, {}


def _label(stage: Stage, shop: Workshop) -> Ints:
    """Return the encoder's own best class of each trial, or the class that a control passes on: (n,)."""
    arrays = shop.artefact(stage.inputs["label"]).arrays
    if "label" in arrays:
        return np.asarray(arrays["label"])
    return controls.predicted_label(Features(arrays["embedding"], arrays.get("logits")))


def _resumable(run: StageRun, shape: tuple[int, ...]) -> tuple[np.memmap[Any, Any], int]:
    """Open the pictures of an interrupted run and say how many trials are done, or begin."""
    file, mark = run.scratch / "pictures.u8", run.scratch / "done"
    whole = file.is_file() and mark.is_file() and file.stat().st_size == int(np.prod(shape))
    done = int(mark.read_text() or 0) if whole else 0
    return np.memmap(file, np.uint8, "r+" if whole else "w+", shape=shape), done


def _look(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    pictures: Pixels = shop.artefact(stage.inputs["pictures"]).arrays["pictures"]
    flat = pictures.reshape(-1, *pictures.shape[-3:])  # (n * samples, h, w, 3)
    pieces = Pieces(GLANCE, "judge", run)

    def look(rows: Ints) -> Mapping[str, NDArray[Any]]:
        return contract_checks.views(stage.component, stage.component.look(np.asarray(flat[rows]), run), len(rows))

    views = pieces.each(np.arange(len(flat)), look)
    return {layer: np.concatenate([view[layer] for view in views]) for layer in views[0]}, {}


def _some(signals: Signals, rows: Ints) -> Signals:
    return Signals(signals.eeg[rows], signals.subject[rows], signals.trial[rows])


KINDS: dict[str, Callable[[Stage, Workshop, StageRun], Made]] = {
    "prepare": _prepare,
    "test": _test,
    "reference": _reference,
    "control": control_work.control,
    "targets": _targets_made,
    "fit": _fit,
    "align-fit": _align_fit,
    "generate-fit": _generate_fit,
    "encode": _encode,
    "align": _align,
    "generate": _generate,
    "look": _look,
    "score": scoring.score,
    "audit": audit_work.measure,
}
USES_TORCH = {"prepare", "targets", "fit", "align-fit", "generate-fit", "encode", "align", "generate", "look"}
