"""What a stage is computed with: the execution context of a graph, and the view of it that one stage function gets."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from eegrecon.errors import DataError
from eegrecon.interfaces import recording_checks
from eegrecon.interfaces.components import Component, Dataset, Fitted, Precision
from eegrecon.interfaces.data import (
    Arrays,
    Features,
    Ints,
    Pictures,
    Pixels,
    Recordings,
    Rows,
    Signals,
    Targets,
    Training,
    Trials,
)
from eegrecon.pipeline.fingerprints import FULL_PRECISION
from eegrecon.pipeline.graph import Graph, Stage
from eegrecon.pipeline.progress import Console
from eegrecon.pipeline.run import StageRun, resolve_device
from eegrecon.pipeline.storage.store import Artifact, Store
from eegrecon.pipeline.substitutes import Noise, Repeated, permute_labels

ATTRIBUTE = "attribute/"  # prefix of a test picture's known attribute among the arrays of the test trials
_KEPT_RECORDINGS = 2  # subjects whose recordings are kept open


@dataclass(frozen=True)
class Product:
    """What a stage function returns: arrays, and JSON-like metadata about them."""

    arrays: Arrays
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Artifacts:
    """The artifacts of a graph, by the key of their stage."""

    graph: Graph
    store: Store

    def __getitem__(self, key: str) -> Artifact:
        """Return the artifact of a stage.

        Raises:
            DataError: it is no longer in the store.
        """
        stage = self.graph.stages[key]
        found = self.store.get(stage.kind, key)
        if found is None:
            raise DataError(f"{stage.name} has disappeared from the store {self.store.root}; run again")
        return found

    def meta(self, key: str) -> Mapping[str, Any]:
        """Return the description of an artifact without reading its arrays; empty where it is absent or damaged."""
        return self.store.meta(self.graph.stages[key].kind, key)


@dataclass
class ExecutionContext:
    """Everything that the stages of one graph share while they are computed."""

    graph: Graph
    store: Store
    console: Console
    requested_device: str
    precision: Precision
    threads: int = 0  # that networks are trained with; 0: as many as `cores`
    cores: int = 0  # that every other stage may use; 0: what the libraries choose
    live: dict[str, Any] = field(default_factory=dict)  # objects of `Run.shared`, by name
    _recordings: dict[tuple[Dataset, int], Recordings] = field(default_factory=dict)
    _checked: dict[tuple[Dataset, int], tuple[str, ...]] = field(default_factory=dict)
    _pools: set[tuple[Dataset, tuple[int, ...]]] = field(default_factory=set)  # whose EEG was checked

    @cached_property
    def device(self) -> str:
        """Where networks run; resolved when the first stage is computed, so that a run of cache hits needs no torch."""
        return resolve_device(self.requested_device)

    @cached_property
    def artifacts(self) -> Artifacts:
        """The artifacts of the graph."""
        return Artifacts(self.graph, self.store)

    def run(self, stage: Stage) -> StageRun:
        """Return the `Run` of one stage."""
        held = {
            **_held(stage.component, stage, "nested"),
            **_held(stage.component, stage, "held"),
            **_held(stage.dataset, stage, "prepared"),
        }
        return StageRun(
            name=stage.name,
            seed=stage.seed or 0,
            device=self.device,
            precision="fp32" if stage.kind in FULL_PRECISION else self.precision,
            store=self.store,
            console=self.console,
            place=(stage.kind, stage.key),
            weights={component: (self.graph.stages[key].kind, key) for component, key in held.items()},
            live=self.live,
        )

    def recordings(self, dataset: Dataset, subject: int, run: StageRun) -> Recordings:
        """Return a subject's recordings, loaded once and kept for the next stages; checked once in the whole run."""
        place = (dataset, subject)
        if place not in self._recordings:
            if len(self._recordings) >= _KEPT_RECORDINGS:
                self._recordings.pop(next(iter(self._recordings)))
            loaded = dataset.load(subject, run)
            if place not in self._checked:  # the check reads all EEG
                pool = (dataset, tuple(sorted(dataset.permitted(subject))))
                first = pool not in self._pools
                self._checked[place] = recording_checks.check(dataset, loaded, subject, with_pool_eeg=first)
                self._pools.add(pool)
            notes = tuple(dict.fromkeys((*loaded.notes, *self._checked[place])))
            self._recordings[place] = dataclasses.replace(loaded, notes=notes)
        return self._recordings[place]


def _held(component: Component | None, stage: Stage, role: str) -> dict[Component, str]:
    """Return the keys of the stages of a component's fields, by the component in the field."""
    if component is None:
        return {}
    names = [item.name for item in dataclasses.fields(component)]  # type: ignore[arg-type]
    return {getattr(component, n): stage.inputs[f"{role}.{n}"] for n in names if f"{role}.{n}" in stage.inputs}


@dataclass(frozen=True)
class StageContext:
    """What one stage function receives: its stage, its `Run`, and its inputs by role."""

    stage: Stage
    run: StageRun
    execution: ExecutionContext
    read: dict[str, Arrays] = field(default_factory=dict)  # inputs by role

    @property
    def component(self) -> Any:
        """The component that the stage calls."""
        return self.stage.component

    def has(self, role: str) -> bool:
        """Whether the stage has an input of this role."""
        return role in self.stage.inputs

    def input(self, role: str) -> Artifact:
        """Return the artifact of an input."""
        return self.execution.artifacts[self.stage.inputs[role]]

    def arrays(self, role: str) -> Arrays:
        """Return the arrays of an input. They are this stage's own: what is written into them, no other stage sees."""
        if role not in self.read:
            stage = self.execution.graph.stages[self.stage.inputs[role]]
            self.input(role)  # raises an error where it has disappeared
            self.read[role] = self.execution.store.private(stage.kind, stage.key) or {}
        return self.read[role]

    @cached_property
    def recordings(self) -> Recordings:
        """The recordings of the stage's subject, in arrays of this stage's own."""
        assert self.stage.dataset is not None
        assert self.stage.subject is not None
        return _private(self.execution.recordings(self.stage.dataset, self.stage.subject, self.run))

    @property
    def training(self) -> Training:
        """The training data of the stage's share, with permuted labels where a control asks for them."""
        data = self.recordings.pool if self.stage.share == "pool" else self.recordings.training
        shuffled = self.stage.context.get("labels") == "shuffled"
        return permute_labels(data, self.run.seed) if shuffled else data

    @property
    def weights(self) -> Arrays:
        """What the component has learned; empty for one that is not fitted."""
        return self.arrays("weights") if self.has("weights") else {}

    @property
    def encoder(self) -> Fitted[Any]:
        """The encoder of the configuration with its weights."""
        return Fitted(self.stage.context["encoder"], self.arrays("encoder"))

    @property
    def features(self) -> Features:
        """The encoder's output on the test trials."""
        arrays = self.arrays("features")
        return Features(arrays["embedding"], arrays.get("logits"))

    @property
    def targets(self) -> Targets:
        """The targets in the conditioner's space."""
        arrays = self.arrays("targets")
        return Targets(arrays["coarse"], arrays.get("fine"))

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes of the test trials."""
        return tuple(self.input("test").metadata["classes"])

    @property
    def signals(self) -> Signals:
        """The test signals in their random order, or what a control substitutes for them."""
        test, source = self.arrays("test"), self.arrays("signals")
        rows, trial = np.asarray(test["row"]), np.asarray(test["trial"])
        eeg: Rows
        if "amplitude" in source:
            samples = self.recordings.test.eeg.shape[2]
            eeg = Noise(source["mean"], source["amplitude"], samples, trial, int(source["seed"]))
        elif "constant" in source:
            eeg = Repeated(source["constant"], len(trial))
        else:
            permuted = rows[source["permutation"]] if "permutation" in source else rows
            eeg = ReorderedRows(self.recordings.test.eeg, permuted)
        return Signals(eeg, np.asarray(test["subject"]), trial)


def _private(recordings: Recordings) -> Recordings:
    """Return recordings whose arrays are copies; EEG is copied when it is read."""

    def trials(shared: Trials) -> Trials:
        rows = np.arange(len(shared.trial))
        return shared.take(rows, ReorderedRows(shared.eeg, rows))

    def training(shared: Training) -> Training:
        pictures = CopiedPictures(shared.pictures)
        return dataclasses.replace(shared, train=trials(shared.train), val=trials(shared.val), pictures=pictures)

    return dataclasses.replace(
        recordings,
        training=training(recordings.training),
        pool=training(recordings.pool),
        test=trials(recordings.test),
        pictures=CopiedPictures(recordings.pictures),
        gallery=recordings.gallery
        and dataclasses.replace(recordings.gallery, pictures=CopiedPictures(recordings.gallery.pictures)),
        attributes={name: np.array(values) for name, values in recordings.attributes.items()},
    )


@dataclass(frozen=True, eq=False)
class CopiedPictures:
    """Pictures in arrays of the caller's own."""

    pictures: Pictures

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, row: int, /) -> Pixels:
        """Return one picture."""
        return np.array(self.pictures[row])


@dataclass(frozen=True, eq=False)
class ReorderedRows:
    """Some rows of other rows in another order, read on demand into arrays of the caller's own."""

    rows: Rows
    index: Ints

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the reordered rows."""
        return (len(self.index), *self.rows.shape[1:])

    def __getitem__(self, rows: Any, /) -> Any:
        """Return some of the reordered rows."""
        index = self.index[rows]
        found = self.rows[index]
        return np.array(found) if np.ndim(index) == 0 or not found.flags.writeable else found

    def __len__(self) -> int:
        return len(self.index)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        """Return all reordered rows."""
        return np.asarray(self[:], dtype)


@dataclass(frozen=True)
class StageKind:
    """How the executor computes one kind of stage.

    Attributes:
        compute: the stage function.
        network: whether a network may run, so that torch is seeded around it.
        all_cores: whether it computes with all cores whatever a benchmark says, because no training depends on it.
    """

    compute: Callable[[StageContext], Product]
    network: bool = False
    all_cores: bool = False
