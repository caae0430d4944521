"""The stage graph: what has to be computed for the rows of a table, each piece once, under a key of its own.

Pure: planning reads no data and computes nothing. Stages of different rows, subjects or benchmarks with one key are
one stage; that is how ablations share work, how a crashed run resumes, and how a dry run can be exact.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eegrecon.ablation import Variant
from eegrecon.audits import Audit
from eegrecon.components import Component, Dataset, Generator, Judge, Learner, Metric, Precision, Preparation
from eegrecon.controls import CONTROLS, Control
from eegrecon.errors import ComponentError, InvalidConfiguration
from eegrecon.keys import FORMAT, describe, digest
from eegrecon.spec import Benchmark


@dataclass(frozen=True)
class Stage:
    """One piece of work: its kind, the component that does it, and the keys of what it is given."""

    kind: str  # one of the kinds of work in ``work.py``
    name: str  # as shown: "encoder.time"
    key: str
    component: Any  # the component that works, or None
    dataset: Dataset | None
    subject: int | None  # whose recordings are read; for a pool stage, any that shares the pool
    seed: int | None
    share: str = ""  # which share of the recordings it reads: "subject", "pool", "test", "whole" or none
    inputs: Mapping[str, str] = field(default_factory=dict)  # role -> key
    context: Mapping[str, Any] = field(default_factory=dict)  # further values that the work needs

    @property
    def whose(self) -> int | None:
        """The subject that it is for; None where it is for all."""
        return None if self.share == "pool" or self.share.endswith(" of all") else self.subject


@dataclass(frozen=True)
class Row:
    """One row of the table for one subject and seed: the stages that it is read from."""

    variant: Variant
    subject: int
    seed: int
    scores: Mapping[str, str]  # metric -> key of its score stage
    blank: Mapping[str, str]  # metric -> why it has no score
    test: str
    features: str | None
    reference: str | None
    generated: str | None
    stages: tuple[str, ...]  # every key that the row depends on
    audits: Mapping[str, str] = field(default_factory=dict)  # audit -> key of its measurement; of Full alone


@dataclass
class Graph:
    """Stages by key, in an order in which each comes after its inputs, and the rows."""

    stages: dict[str, Stage] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)

    def inputs(self, key: str) -> Iterator[str]:
        """Yield the keys that a stage directly needs."""
        yield from (given for given in self.stages[key].inputs.values() if given in self.stages)

    def behind(self, *keys: str) -> tuple[str, ...]:
        """Return the stages that some stages depend on, themselves included, in order."""
        wanted: set[str] = set()
        todo = list(keys)
        while todo:
            key = todo.pop()
            if key not in wanted:
                wanted.add(key)
                todo.extend(self.inputs(key))
        return tuple(key for key in self.stages if key in wanted)


def plan(
    variants: Sequence[Variant],
    subjects: Sequence[int],
    seeds: Sequence[int],
    precision: Precision,
    name_of: Callable[[type[Component]], str],
    audits: Mapping[str, Audit] | None = None,
) -> Graph:
    """Return the graph of all rows.

    Args:
        variants: the table's rows; those that were refused are left out.
        subjects: whom to evaluate.
        seeds: one run each.
        precision: of the networks; part of the keys of what networks make.
        name_of: gives the registered name of a component's class.
        audits: who looks at the first row, by name.
    """
    graph = Graph()
    for number, variant in enumerate(variants):
        if variant.benchmark is None:
            continue
        for seed in seeds:
            for subject in subjects:
                planner = _Planner(graph, variant.benchmark, subject, seed, precision, name_of)
                row = planner.row(variant)
                graph.rows.append(row if number else planner.audited(row, audits or {}))
    return graph


@dataclass
class _Planner:
    graph: Graph
    benchmark: Benchmark
    subject: int
    seed: int
    precision: Precision
    name_of: Callable[[type[Component]], str]
    labels: dict[str, Any] = field(default_factory=dict)  # context of trainings whose labels are dealt anew

    def row(self, variant: Variant) -> Row:
        """Plan one row and return what it is read from."""
        control = CONTROLS.get(variant.control or "")
        self.labels = {"labels": "shuffled"} if control and control.changes == "training" else {}
        test = self.test()
        encoder = self.fit(self.benchmark.encoder, "encoder")
        signals = test
        if control and control.changes == "signals":
            signals = self.control(control, {"test": test}, share="test")
        given = {"weights": encoder, "signals": signals, "test": test}
        features = self.stage("encode", "features", self.benchmark.encoder, given, share="test")
        generated, tokens = self.pictures(control, encoder, signals, features)
        changes = control.changes if control else ""
        made = {
            "features": None if changes in ("conditions", "pictures") else features,
            "tokens": None if changes == "pictures" else tokens,
            "generated": generated,
        }
        scores, blank = self.scores(test, made, changes)
        reference = self.reference(test) if generated else None
        ends = [key for key in (*scores.values(), test, features, generated, reference) if key]
        behind = self.graph.behind(*ends)
        return Row(variant, self.subject, self.seed, scores, blank, test, features, reference, generated, behind)

    def audited(self, row: Row, audits: Mapping[str, Audit]) -> Row:
        """Plan the audits of a row."""
        found = {}
        for name, audit in audits.items():
            inputs = {"test": row.test}
            if "features" in audit.looks_at and row.features:
                inputs["features"] = row.features
            if "generated" in audit.looks_at and row.generated and row.reference:
                inputs |= {"generated": row.generated, "reference": row.reference}
            if "scores" in audit.looks_at:
                inputs |= {f"score.{metric}": key for metric, key in row.scores.items()}
            seeded = bool(audit.looks_at)
            found[name] = self.stage("audit", f"audit.{name}", audit, inputs, share="whole", seeded=seeded)
        return dataclasses.replace(row, audits=found)

    def control(self, control: Control, inputs: Mapping[str, str], *, share: str = "", **context: Any) -> str:
        """Plan what a control puts in the place of an input."""
        return self.stage(
            "control", f"control.{control.name}", None, inputs, share=share, control=control.name, **context
        )

    def test(self) -> str:
        """Plan the test trials: their truth, in an order and under identities that tell nothing."""
        return self.stage("test", "test", None, {}, share="test", seeded=False)

    def reference(self, test: str) -> str:
        """Plan the pictures that the test trials saw, at the generator's size."""
        generator = self.benchmark.generator
        if generator is None:
            raise ComponentError("a judge was asked to look at pictures, but there is no generator to give their size")
        return self.stage(
            "reference", "reference", None, {"test": test}, share="test", size=generator.size, seeded=False
        )

    def fit(self, learner: Learner, name: str) -> str:
        """Plan a learner and, before it, every learner that it holds."""
        nested = self.nested(learner, name)
        self.refuse_subject_inside_pool(learner, name)
        return self.stage("fit", name, learner, nested, share=learner.scope, **self.labels)

    def nested(self, component: Component, name: str) -> dict[str, str]:
        """Plan the learners in a component's fields; return their keys by field."""
        return {
            f"nested.{field_name}": self.fit(value, f"{name}.{field_name}")
            for field_name, value in _fields(component)
            if isinstance(value, Learner)
        }

    def refuse_subject_inside_pool(self, learner: Learner, name: str) -> None:
        """Refuse a pool learner that holds a subject learner: its weights would depend on the subject."""
        if learner.scope == "pool":
            for field_name, value in _fields(learner):
                if isinstance(value, Learner) and value.scope == "subject":
                    raise ComponentError(
                        f"{name} is fitted once for all subjects but holds {field_name}, which is fitted for each; "
                        'give the inner learner scope = "pool"'
                    )

    def pictures(
        self, control: Control | None, encoder: str, signals: str, features: str
    ) -> tuple[str | None, str | None]:
        """Plan the way from features to pictures; return the keys of generated pictures and tokens."""
        generator = self.benchmark.generator
        if generator is None:
            return None, None
        given = {"test": self.test()}
        inputs: dict[str, str] = {"test": given["test"]}
        aligner = None
        if "tokens" in generator.needs:
            given["targets"] = self.targets("subject")
            aligner, inputs["tokens"] = self.align(encoder, given["targets"], signals)
        if control and control.changes == "pictures":
            given |= {"tokens": inputs["tokens"]} if control.name == "nearest-picture" else {}
            form = {"size": generator.size, "samples": self.benchmark.samples}
            return self.control(control, given, share="subject", **form), None
        if "label" in generator.needs:
            inputs["label"] = features
        if control and control.changes == "conditions":
            given |= {"features": features} if control.name == "predicted-label" else {}
            given |= {"targets": self.targets("test")} if control.name == "oracle" and aligner else {}
            passed = self.control(control, given, share="subject" if control.name == "constant-prompt" else "")
            inputs |= {role: passed for role in ("tokens", "label") if role in inputs}
        if "signals" in generator.needs:
            inputs["signals"] = signals
        share = "test" if "signals" in generator.needs else ""
        if type(generator).fit is not Generator.fit:
            inputs["weights"] = self.generator_fit(generator, encoder, aligner)
        inputs |= self.nested(generator, "generator")
        made = self.stage("generate", "generated", generator, inputs, share=share, samples=self.benchmark.samples)
        return made, inputs.get("tokens")

    def targets(self, share: str) -> str:
        """Plan the targets of the training pictures (share "subject") or of the test pictures."""
        assert self.benchmark.generator is not None
        name = "targets.test" if share == "test" else "targets"
        conditioner, common = self.benchmark.generator.conditioner(), self.benchmark.dataset.common_pictures
        whose = f"{share} of all" if common else share
        return self.stage("targets", name, conditioner, {}, share=whose, seeded=False)

    def align(self, encoder: str, targets: str, signals: str) -> tuple[str, str]:
        """Plan the aligner and its tokens."""
        aligner = self.benchmark.aligner
        if aligner is None:
            raise InvalidConfiguration(
                "the generator needs tokens but there is no [aligner]; name one, for instance brainvis"
            )
        given = {"encoder": encoder, "targets": targets, **self.nested(aligner, "aligner")}
        encoding: dict[str, Any] = {"encoder": self.benchmark.encoder}
        fitted = self.stage("align-fit", "aligner", aligner, given, share="subject", **encoding, **self.labels)
        made = {"weights": fitted, "encoder": encoder, "signals": signals, "test": self.test()}
        return fitted, self.stage("align", "tokens", aligner, made, share="test", **encoding)

    def generator_fit(self, generator: Generator, encoder: str, aligner: str | None) -> str:
        """Plan the fit of a generator that has one."""
        given = {"encoder": encoder, "targets": self.targets("subject"), **({"aligner": aligner} if aligner else {})}
        parts: dict[str, Any] = {"encoder": self.benchmark.encoder, "aligner": self.benchmark.aligner}
        return self.stage("generate-fit", "generator", generator, given, share="subject", **parts, **self.labels)

    def scores(self, test: str, given: Mapping[str, str | None], changes: str) -> tuple[dict[str, str], dict[str, str]]:
        """Plan every metric; return the keys of scores, and reasons where there is none."""
        scores: dict[str, str] = {}
        blank: dict[str, str] = {}
        for name, metric in self.benchmark.metrics:
            lacks = [need for need in sorted(metric.needs) if given.get(need) is None]
            if lacks:
                blank[name] = _reason(lacks[0], changes)
            else:
                scores[name] = self.score(name, metric, test, {need: str(given[need]) for need in metric.needs})
        return scores, blank

    def score(self, name: str, metric: Metric, test: str, given: dict[str, str]) -> str:
        """Plan one metric, and the views of its judge."""
        inputs = {"test": test, **given}
        if "tokens" in metric.needs and self.benchmark.generator is not None:
            inputs["targets"] = self.targets("test")
        if "generated" in metric.needs:
            inputs["reference"] = self.reference(test)
        if metric.judge is not None and "generated" in metric.needs:
            inputs["reference_views"] = self.look(metric.judge, inputs["reference"], "reference_views")
            inputs["generated_views"] = self.look(metric.judge, given["generated"], "generated_views")
        return self.stage("score", f"score.{name}", metric, inputs)

    def look(self, judge: Judge, pictures: str, name: str) -> str:
        """Plan a judge's view of one set of pictures."""
        return self.stage("look", name, judge, {"pictures": pictures}, seeded=name == "generated_views")

    def stage(
        self,
        kind: str,
        name: str,
        component: Component | None,
        inputs: Mapping[str, str],
        *,
        share: str = "",
        seeded: bool = True,
        **context: Any,
    ) -> str:
        """Add a stage to the graph, if it is not there, and return its key.

        Components among ``context`` are for the work alone: in the key they are told by the stages that they made.
        """
        dataset = self.benchmark.dataset
        inputs = {**inputs, **(prepared(self.graph, dataset, self.name_of) if share else {})}
        inputs |= prepared(self.graph, component, self.name_of, "held") if component else {}
        seed = self.seed if seeded else None
        stated = {
            "format": FORMAT,
            "stage": kind,
            "component": component and describe(component, self.name_of, self.stage_of(inputs, component)),
            "data": self.share_key(share) if share else None,
            "inputs": dict(inputs),
            "context": {name: value for name, value in context.items() if not isinstance(value, Component)},
            "seed": seed,
            "precision": self.precision if kind in _OF_NETWORKS else None,
        }
        key = digest(stated)
        if key not in self.graph.stages:
            stage = Stage(kind, name, key, component, dataset, self.subject, seed, share, inputs, context)
            self.graph.stages[key] = stage
        return key

    def stage_of(self, inputs: Mapping[str, str], component: Component) -> Callable[[Component], str | None]:
        """Return a function that gives the key of a nested component that is a stage."""
        keys = {value: inputs[f"nested.{name}"] for name, value in _fields(component) if f"nested.{name}" in inputs}
        return lambda nested: keys.get(nested) if isinstance(nested, Learner) else None

    def share_key(self, share: str) -> dict[str, Any]:
        """Describe the share of the data that a stage reads."""
        dataset = self.benchmark.dataset
        described = describe(dataset, self.name_of, lambda nested: None)
        permitted = sorted(dataset.permitted(self.subject))
        if share == "pool":
            return {"dataset": described, "pool": permitted}
        if share == "subject of all":
            return {"dataset": described, "pictures": permitted}
        if share == "test of all":
            return {"dataset": described, "pictures": "test"}
        return {"dataset": described, "subject": self.subject, "share": share}


_OF_NETWORKS = {"fit", "align-fit", "generate-fit", "encode", "align", "generate"}


def prepared(
    graph: Graph, component: Component, name_of: Callable[[type[Component]], str], role: str = "prepared"
) -> dict[str, str]:
    """Plan the preparations in a component's fields: no subject, no seed, no protocol.

    Returns:
        Their keys by role and field: ``prepared`` are those of a stage's data set, ``held`` those of its component.
    """
    keys = {}
    for name, value in _fields(component):
        if isinstance(value, Preparation):
            described = describe(value, name_of, lambda nested: None)
            key = digest({"format": FORMAT, "stage": "prepare", "component": described})
            graph.stages.setdefault(key, Stage("prepare", f"data.{name}", key, value, None, None, None))
            keys[f"{role}.{name}"] = key
    return keys


def _fields(component: Component) -> Iterator[tuple[str, Any]]:
    return ((item.name, getattr(component, item.name)) for item in dataclasses.fields(component))  # type: ignore[arg-type]


def _reason(need: str, changes: str) -> str:
    """Say why a row has no score of a metric that needs something."""
    if need == "features" and changes == "conditions":
        return "no EEG is passed on to the generator; the class is not decoded in this row"
    if changes == "pictures" and need != "generated":
        return "the pictures are taken from the training set; nothing is decoded in this row"
    return {
        "features": "there are no features",
        "tokens": "this row aligns nothing: there are no tokens",
        "generated": "there is no generator, so no pictures",
    }[need]
