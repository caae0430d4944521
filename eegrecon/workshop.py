"""What is at hand while a graph is worked through: the store, the recordings, and what earlier stages made."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from eegrecon import controls, data_checks
from eegrecon.components import Component, Dataset, Precision
from eegrecon.console import Console
from eegrecon.data import Arrays, Features, Ints, Recordings, Rows, Signals, Targets, Training
from eegrecon.errors import DataError
from eegrecon.stage_run import StageRun, resolve_device
from eegrecon.stages import Graph, Stage
from eegrecon.store import Artefact, Store

Made = tuple[Arrays, Mapping[str, Any]]  # arrays, and what else to keep in the artefact's meta


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
            **_held(stage.component, stage, "held"),
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
        """Return the training data that a stage reads, with labels dealt anew where a control says so."""
        recordings = self.recordings(stage, run)
        data = recordings.pool if stage.share == "pool" else recordings.training
        return controls.relabelled(data, run.seed) if stage.context.get("labels") == "shuffled" else data


def _held(component: Component | None, stage: Stage, role: str) -> dict[Component, str]:
    if component is None:
        return {}
    names = [item.name for item in dataclasses.fields(component)]  # type: ignore[arg-type]
    return {getattr(component, n): stage.inputs[f"{role}.{n}"] for n in names if f"{role}.{n}" in stage.inputs}


def weights_of(stage: Stage, shop: Workshop) -> Arrays:
    """Return what the stage's component has learned."""
    return shop.artefact(stage.inputs["weights"]).arrays


def features_of(stage: Stage, shop: Workshop) -> Features:
    """Return what the encoder made of the test signals."""
    arrays = shop.artefact(stage.inputs["features"]).arrays
    return Features(arrays["embedding"], arrays.get("logits"))


def targets_of(stage: Stage, shop: Workshop) -> Targets:
    """Return the targets in the conditioner's space that the stage reads."""
    arrays = shop.artefact(stage.inputs["targets"]).arrays
    return Targets(arrays["coarse"], arrays.get("fine"))


def signals_of(stage: Stage, shop: Workshop, run: StageRun) -> Signals:
    """Return the test signals in their opaque order, or what a control puts in their place."""
    test = shop.artefact(stage.inputs["test"]).arrays
    source = shop.artefact(stage.inputs["signals"]).arrays
    rows, trial = np.asarray(test["row"]), np.asarray(test["trial"])
    eeg: Rows
    if "amplitude" in source:
        samples = shop.recordings(stage, run).test.eeg.shape[2]
        eeg = controls.Noise(source["mean"], source["amplitude"], samples, trial, int(source["seed"]))
    elif "one" in source:
        eeg = controls.Repeated(source["one"], len(trial))
    else:
        eeg = Ordered(shop.recordings(stage, run).test.eeg, rows[source["given"]] if "given" in source else rows)
    return Signals(eeg, np.asarray(test["subject"]), trial)
