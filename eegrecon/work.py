"""What each kind of stage does with its component, its inputs and its share of the recordings."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eegrecon import contract_checks, controls, data_checks, statistics
from eegrecon.components import Component, Dataset, Fitted, Precision
from eegrecon.console import Console
from eegrecon.data import (
    Arrays,
    Conditions,
    Features,
    Ints,
    Outcome,
    Pictures,
    Pixels,
    Recordings,
    Rows,
    Signals,
    Targets,
    Training,
    Trials,
)
from eegrecon.errors import DataError
from eegrecon.memory import Pieces
from eegrecon.pictures import fitted_to
from eegrecon.stage_run import StageRun, resolve_device
from eegrecon.stages import Graph, Stage
from eegrecon.store import Artefact, Store

CHUNK = 64  # trials generated between two checkpoints
GLANCE = 256  # pictures that a judge looks at together
ATTRIBUTE = "attribute/"  # begins the name of a test picture's known attribute
WITHOUT = "without/"  # begins the name of a set score's values with groups of pictures left out


@dataclass(frozen=True, eq=False)
class Ordered:
    """Rows of other rows, read when asked for."""

    rows: Rows
    index: Ints

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of what it stands for."""
        return (len(self.index), *self.rows.shape[1:])

    def __getitem__(self, rows: Any, /) -> Any:
        """Return the rows asked for."""
        return self.rows[self.index[rows]]


@dataclass
class Workshop:
    """What is at hand while a graph is worked through."""

    graph: Graph
    store: Store
    console: Console
    asked_device: str
    precision: Precision
    live: dict[str, Any] = field(default_factory=dict)
    _recordings: dict[tuple[Dataset, int], Recordings] = field(default_factory=dict)
    _found: dict[tuple[Dataset, int], tuple[str, ...]] = field(default_factory=dict)  # by checking them

    @cached_property
    def device(self) -> str:
        """Where networks run; asked of torch at the first stage that is made, so that a run of hits needs no torch."""
        return resolve_device(self.asked_device)

    def artefact(self, key: str) -> Artefact:
        """Return what an earlier stage made."""
        found = self.store.get(self.graph.stages[key].kind, key)
        if found is None:
            raise DataError(f"{self.graph.stages[key].name} has disappeared from the store; run again")
        return found

    def run(self, stage: Stage) -> StageRun:
        """Return the Run for one stage."""
        held = {
            **_held(stage.component, stage, "nested"),
            **_held(stage.component, stage, "prepared"),
            **_held(stage.dataset, stage, "prepared"),
        }
        weights = {component: (self.graph.stages[key].kind, key) for component, key in held.items()}
        seed = stage.seed or 0
        place = (stage.kind, stage.key)
        return StageRun(
            stage.name, seed, self.device, self.precision, self.store, self.console, place, weights, self.live
        )

    def recordings(self, stage: Stage, run: StageRun) -> Recordings:
        """Return the recordings that a stage reads, loaded once per data set and subject."""
        assert stage.dataset is not None
        assert stage.subject is not None
        place = (stage.dataset, stage.subject)
        if place not in self._recordings:
            if len(self._recordings) >= 2:  # one subject at a time is worked on; pictures and EEG stay on disk
                self._recordings.pop(next(iter(self._recordings)))
            loaded = stage.dataset.load(stage.subject, run)
            data_checks.protect(loaded)
            if place not in self._found:  # all EEG is read for it, so once, however often the subject's turn comes
                self._found[place] = data_checks.check(stage.dataset, loaded, stage.subject)
            notes = tuple(dict.fromkeys((*loaded.notes, *self._found[place])))
            self._recordings[place] = dataclasses.replace(loaded, notes=notes)
        return self._recordings[place]

    def training(self, stage: Stage, run: StageRun) -> Training:
        """Return the training data that a stage reads."""
        recordings = self.recordings(stage, run)
        return recordings.pool if stage.share == "pool" else recordings.training


def _held(component: Component | None, stage: Stage, role: str) -> dict[Component, str]:
    if component is None:
        return {}
    names = [item.name for item in dataclasses.fields(component)]  # type: ignore[arg-type]
    return {getattr(component, n): stage.inputs[f"{role}.{n}"] for n in names if f"{role}.{n}" in stage.inputs}


Made = tuple[Arrays, Mapping[str, Any]]  # arrays, and what else to keep in the artefact's meta


def _prepare(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    return contract_checks.weights(stage.component, "prepare", stage.component.prepare(run)), {}


def _test(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    """Give test trials opaque identities and the order of these, which tells nothing of block or time."""
    recordings = shop.recordings(stage, run)
    trials = recordings.test
    if len(trials.trial) == 0:
        raise DataError(f"subject {stage.subject} has no test trials under this protocol; choose another")
    identity = np.array([_opaque(stage.key, int(trial)) for trial in trials.trial], np.int64)
    order = np.argsort(identity, kind="stable")
    arrays = {
        "row": order,
        "trial": identity[order],
        "index": trials.trial[order],
        "subject": trials.subject[order],
        "label": trials.label[order],
        "image": trials.image[order],
        "picture": _picture_identity(recordings.pictures, trials.image)[order],
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


def _control(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    if stage.context["control"] == "shuffle":
        n = len(shop.artefact(stage.inputs["test"]).arrays["trial"])
        return {"given": controls.shuffled(n, np.random.default_rng(run.seed))}, {}
    return {"tokens": controls.predicted_tokens(_features(stage, shop), _targets(stage, shop))}, {}


def _targets_made(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    recordings = shop.recordings(stage, run)
    held_out = stage.share == "test"
    pictures = recordings.pictures if held_out else recordings.training.pictures
    captions = recordings.captions if held_out else recordings.training.captions
    classes = recordings.training.classes
    coarse = stage.component.coarse(classes, run)
    contract_checks.floats(stage.component, "coarse", "targets", coarse, (len(classes), None, None))
    fine = stage.component.fine(pictures, captions, run)
    if fine is not None:
        contract_checks.floats(stage.component, "fine", "targets", fine, (len(pictures), *coarse.shape[1:]))
    return {"coarse": coarse, **({} if fine is None else {"fine": fine})}, {}


def _fit(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    made = stage.component.fit(shop.training(stage, run), run)
    return contract_checks.weights(stage.component, "fit", made), {}


def _encoder(stage: Stage, shop: Workshop) -> Fitted[Any]:
    return Fitted(stage.context["encoder"], shop.artefact(stage.inputs["encoder"]).arrays)


def _align_fit(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    data = shop.training(stage, run)
    made = stage.component.fit(_encoder(stage, shop), data, _targets(stage, shop), run)
    return contract_checks.weights(stage.component, "fit", made), {}


def _generate_fit(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    key = stage.inputs.get("aligner")
    aligner = Fitted(stage.context["aligner"], shop.artefact(key).arrays) if key else None
    data = shop.training(stage, run)
    made = stage.component.fit(_encoder(stage, shop), aligner, data, _targets(stage, shop), run)
    return contract_checks.weights(stage.component, "fit", made), {}


def _encode(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    test = shop.artefact(stage.inputs["test"])
    made = stage.component.encode(_weights(stage, shop), _signals(stage, shop, run), run)
    classes = len(test.meta["said"]["classes"])
    features = contract_checks.features(stage.component, made, len(test.arrays["trial"]), classes)
    logits = {} if features.logits is None else {"logits": features.logits}
    return {"embedding": features.embedding, **logits}, {}


def _align(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    signals = _signals(stage, shop, run)
    tokens = stage.component.align(_weights(stage, shop), _encoder(stage, shop), signals, run)
    return {
        "tokens": contract_checks.floats(stage.component, "align", "tokens", tokens, (len(signals.trial), None, None))
    }, {}


def _generate(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    """Generate in chunks of trials, each kept in the scratch folder, so that an interrupted run goes on."""
    test = shop.artefact(stage.inputs["test"])
    trial, classes = test.arrays["trial"], tuple(test.meta["said"]["classes"])
    samples, (height, width) = int(stage.context["samples"]), stage.component.size
    tokens = shop.artefact(stage.inputs["tokens"]).arrays["tokens"] if "tokens" in stage.inputs else None
    label = controls.predicted_label(_features(stage, shop)) if "features" in stage.inputs else None
    signals = _signals(stage, shop, run) if "signals" in stage.inputs else None
    weights = _weights(stage, shop) if "weights" in stage.inputs else {}
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


def _score(stage: Stage, shop: Workshop, run: StageRun) -> Made:
    outcome = _outcome(stage, shop)
    scores = contract_checks.scores(stage.component, stage.component.score(outcome, run), len(outcome.truth.trial))
    arrays = {
        name: np.asarray(score.per_trial, np.float64) for name, score in scores.items() if score.per_trial is not None
    }
    values = {
        name: {
            "value": float(score.value),
            "n": int(score.n),
            "chance": None if score.chance is None else float(score.chance),
        }
        for name, score in scores.items()
    }
    of_sets = [name for name in values if name not in arrays]
    arrays |= _left_out(stage, outcome, shop.artefact(stage.inputs["test"]).arrays["picture"], of_sets, run)
    return arrays, {"scores": values, "identity": stage.component.identity(outcome)}


def _left_out(stage: Stage, outcome: Outcome, picture: Ints, columns: list[str], run: StageRun) -> Arrays:
    """Score again with each group of pictures left out, (groups,) by ``without/<column>``: for the jackknife."""
    group = statistics.picture_groups(picture)
    silent = dataclasses.replace(run, notes=[])
    found: dict[str, list[float]] = {f"{WITHOUT}{column}": [] for column in columns}
    for one in np.unique(group) if columns else ():
        scores = stage.component.score(outcome.take(np.flatnonzero(group != one)), silent)
        for column in columns:
            found[f"{WITHOUT}{column}"].append(scores[column].value if column in scores else np.nan)
    return {name: np.asarray(values, np.float64) for name, values in found.items()}


def _outcome(stage: Stage, shop: Workshop) -> Outcome:
    test = shop.artefact(stage.inputs["test"])
    given = {role: shop.artefact(key).arrays for role, key in stage.inputs.items()}
    truth = given["test"]
    n = len(truth["trial"])
    trials = Trials(
        eeg=np.empty((n, 0, 0), np.float32),  # no metric reads EEG
        subject=truth["subject"],
        trial=truth["trial"],
        label=truth["label"],
        image=truth["image"],
        block=truth.get("block"),
        order=truth.get("order"),
    )
    return Outcome(
        truth=trials,
        classes=tuple(test.meta["said"]["classes"]),
        synsets=tuple(test.meta["said"]["synsets"]) if test.meta["said"]["synsets"] else None,
        features=_features(stage, shop) if "features" in given else None,
        tokens=given["tokens"]["tokens"] if "tokens" in given else None,
        targets=_targets(stage, shop) if "targets" in given else None,
        reference=given["reference"]["pictures"] if "reference" in given else np.empty((n, 0, 0, 3), np.uint8),
        generated=given["generated"]["pictures"] if "generated" in given else None,
        seen=given.get("seen", {}),
        made=given.get("made"),
        attributes={name.removeprefix(ATTRIBUTE): a for name, a in truth.items() if name.startswith(ATTRIBUTE)},
    )


def _weights(stage: Stage, shop: Workshop) -> Arrays:
    return shop.artefact(stage.inputs["weights"]).arrays


def _features(stage: Stage, shop: Workshop) -> Features:
    arrays = shop.artefact(stage.inputs["features"]).arrays
    return Features(arrays["embedding"], arrays.get("logits"))


def _targets(stage: Stage, shop: Workshop) -> Targets:
    arrays = shop.artefact(stage.inputs["targets"]).arrays
    return Targets(arrays["coarse"], arrays.get("fine"))


def _signals(stage: Stage, shop: Workshop, run: StageRun) -> Signals:
    """Return the test signals in their opaque order, each trial's EEG another's where a control says so."""
    test = shop.artefact(stage.inputs["test"]).arrays
    source = shop.artefact(stage.inputs["signals"]).arrays
    rows = test["row"][source["given"]] if "given" in source else test["row"]
    eeg = Ordered(shop.recordings(stage, run).test.eeg, np.asarray(rows))
    return Signals(eeg, np.asarray(test["subject"]), np.asarray(test["trial"]))


def _some(signals: Signals, rows: Ints) -> Signals:
    return Signals(signals.eeg[rows], signals.subject[rows], signals.trial[rows])


KINDS: dict[str, Callable[[Stage, Workshop, StageRun], Made]] = {
    "prepare": _prepare,
    "test": _test,
    "reference": _reference,
    "control": _control,
    "targets": _targets_made,
    "fit": _fit,
    "align-fit": _align_fit,
    "generate-fit": _generate_fit,
    "encode": _encode,
    "align": _align,
    "generate": _generate,
    "look": _look,
    "score": _score,
}
USES_TORCH = {"prepare", "targets", "fit", "align-fit", "generate-fit", "encode", "align", "generate", "look"}
