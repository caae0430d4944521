"""Planning: from variants, subjects and seeds to the stage graph. Pure: it reads no data and computes nothing.

Stages of different variants, subjects or benchmarks with one key are one stage: ablations share work, an interrupted
run resumes, and a dry run is exact by that one mechanism.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eegrecon.benchmark.builder import Benchmark
from eegrecon.benchmark.controls import CONTROLS, Control
from eegrecon.benchmark.variants import Variant
from eegrecon.errors import OF_ONE_ROW, ComponentError, InvalidConfiguration
from eegrecon.interfaces.audits import Audit
from eegrecon.interfaces.components import (
    Component,
    Conditioner,
    Encoder,
    Generator,
    Judge,
    Learner,
    Metric,
    Precision,
    Preparation,
)
from eegrecon.pipeline.costs.likeness import like_of, like_of_preparation
from eegrecon.pipeline.fingerprints import FORMAT, FULL_PRECISION, Descriptions
from eegrecon.pipeline.graph import Cell, Graph, Stage
from eegrecon.registry.digests import digest

NameOf = Callable[[type[Component]], str]  # gives the registered name of a component's class
_TRAINING = ("pool", "subject", "subject of all")  # shares without test trials


def plan(
    variants: Sequence[Variant],
    subjects: Sequence[int],
    seeds: Sequence[int],
    precision: Precision,
    name_of: NameOf,
    audits: Mapping[str, Audit] | None = None,
) -> Graph:
    """Return the graph of all variants, subjects and seeds.

    Args:
        variants: the configurations to run; refused ones are left out.
        subjects: the subjects to evaluate.
        seeds: one run for each.
        precision: of the networks; part of the keys of their products.
        name_of: gives the registered name of a component's class.
        audits: audits of the first variant, by name.

    Raises:
        EegreconError: the first variant cannot be planned; another one that cannot is left out, with the reason.
    """
    graph, described = Graph(), Descriptions(name_of)
    conditioners: dict[int, Conditioner] = {}
    for number, variant in enumerate(variants):
        if variant.benchmark is None:
            continue
        tried = Graph(dict(graph.stages))
        try:
            for seed in seeds:
                for subject in subjects:
                    planner = _Planner(tried, variant.benchmark, subject, seed, precision, described, conditioners)
                    cell = planner.cell(variant)
                    tried.cells.append(cell if number else planner.with_views(planner.with_audits(cell, audits or {})))
        except OF_ONE_ROW as error:
            if not number:
                raise
            graph.unplanned[variant] = str(error)
            continue
        graph.stages = tried.stages
        graph.cells += tried.cells
    return graph


@dataclass
class _Planner:
    graph: Graph
    benchmark: Benchmark
    subject: int
    seed: int
    precision: Precision
    described: Descriptions
    conditioners: dict[int, Conditioner]  # one for each generator, by its identity
    labels: dict[str, Any] = field(default_factory=dict)  # context of trainings on permuted labels

    def cell(self, variant: Variant) -> Cell:
        """Plan one cell and return the stages that it is read from."""
        control = CONTROLS.get(variant.control or "")
        self.labels = {"labels": "shuffled"} if control and control.changes == "training" else {}
        test = self.test()
        encoder = self.fit(self.benchmark.encoder, "encoder")
        signals = test
        if control and control.changes == "signals":
            signals = self.control(control, {"test": test}, share="test")
        inputs = {"weights": encoder, "signals": signals, "test": test}
        features = self.stage("encode", "features", self.benchmark.encoder, inputs, share="test")
        generated, tokens = self.pictures(control, encoder, signals, features)
        changes = control.changes if control else ""
        outputs = {
            "features": None if changes in ("conditions", "pictures") else features,
            "tokens": None if changes == "pictures" else tokens,
            "generated": generated,
        }
        space = features if type(self.benchmark.encoder).embed is not Encoder.embed else None
        outputs |= {"embedded": outputs["features"] and space and encoder, "gallery": test}
        scores, blank = self.scores(test, outputs, changes)
        reference = self.reference(test) if generated else None
        stages = self.graph.ancestors(*(k for k in (*scores.values(), test, features, generated, reference) if k))
        return Cell(variant, self.subject, self.seed, scores, blank, test, features, reference, generated, stages)

    def with_views(self, cell: Cell) -> Cell:
        """Plan what only the report reads: a description of the subject's data, and of the first subject its maps."""
        described = self.stage("describe", "description", None, {}, share="whole", seeded=False)
        first = not self.graph.cells or self.graph.cells[0].subject == self.subject
        maps = self.stage("draw", "scalp", None, {"description": described}, seeded=False) if first else None
        return dataclasses.replace(cell, description=described, maps=maps)

    def with_audits(self, cell: Cell, audits: Mapping[str, Audit]) -> Cell:
        """Plan the audits of a cell, and before each the learners that it holds."""
        keys = {}
        for name, audit in audits.items():
            inputs = {"test": cell.test, **self.nested(audit, f"audit.{name}")}
            if "features" in audit.looks_at and cell.features:
                inputs["features"] = cell.features
            if "generated" in audit.looks_at and cell.generated and cell.reference:
                inputs |= {"generated": cell.generated, "reference": cell.reference}
            if "scores" in audit.looks_at:
                inputs |= {f"score.{metric}": key for metric, key in cell.scores.items()}
            seeded = bool(audit.looks_at)
            keys[name] = self.stage("audit", f"audit.{name}", audit, inputs, share="whole", seeded=seeded)
        return dataclasses.replace(cell, audits=keys, audited=self.graph.ancestors(*keys.values()))

    def control(self, control: Control, inputs: Mapping[str, str], *, share: str = "", **context: Any) -> str:
        """Plan what a control substitutes for an input."""
        return self.stage(
            "control", f"control.{control.name}", None, inputs, share=share, control=control.name, **context
        )

    def test(self) -> str:
        """Plan the test trials: their truth, in random order and under opaque identities."""
        return self.stage("test", "test", None, {}, share="test", seeded=False)

    def reference(self, test: str) -> str:
        """Plan the true pictures of the test trials at the generator's size."""
        generator = self.benchmark.generator
        if generator is None:
            raise ComponentError("a metric needs pictures, but there is no [generator] to give their size; add one")
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
        sources = {"test": self.test()}
        inputs: dict[str, str] = {"test": sources["test"]}
        aligner = None
        if "tokens" in generator.needs:
            sources["targets"] = self.targets("subject")
            aligner, inputs["tokens"] = self.align(encoder, sources["targets"], signals)
        if control and control.changes == "pictures":
            sources |= {"tokens": inputs["tokens"]} if control.name == "nearest-picture" else {}
            form = {"size": generator.size, "samples": self.benchmark.samples}
            return self.control(control, sources, share="subject", **form), None
        if "label" in generator.needs:
            inputs["label"] = features
        if control and control.changes == "conditions":
            sources |= {"features": features} if control.name == "predicted-label" else {}
            sources |= {"targets": self.targets("test")} if control.name == "oracle" and aligner else {}
            share = "subject" if control.name == "constant-prompt" else ""
            substitute = self.control(control, sources, share=share)
            inputs |= {role: substitute for role in ("tokens", "label") if role in inputs}
        if "signals" in generator.needs:
            inputs["signals"] = signals
        share = "test" if "signals" in generator.needs else ""
        if type(generator).fit is not Generator.fit:
            inputs["weights"] = self.generator_fit(generator, encoder, aligner)
        inputs |= self.nested(generator, "generator")
        samples = self.benchmark.samples
        generated = self.stage("generate", "generated", generator, inputs, share=share, samples=samples)
        return generated, inputs.get("tokens")

    def targets(self, share: str) -> str:
        """Plan the targets of the training pictures (share "subject"), of the test pictures, or of a gallery."""
        generator, common = self.benchmark.generator, self.benchmark.dataset.common_pictures
        assert generator is not None
        name = "targets" if share == "subject" else f"targets.{share}"
        conditioner = self.conditioners.setdefault(id(generator), generator.conditioner())
        read = f"{share} of all" if common and share != "gallery" else share
        return self.stage("targets", name, conditioner, {}, share=read, seeded=False)

    def align(self, encoder: str, targets: str, signals: str) -> tuple[str, str]:
        """Plan the aligner and its tokens."""
        aligner = self.benchmark.aligner
        if aligner is None:
            raise InvalidConfiguration(
                "the generator needs tokens but there is no [aligner]; name one, for instance brainvis"
            )
        sources = {"encoder": encoder, "targets": targets, **self.nested(aligner, "aligner")}
        parts: dict[str, Any] = {"encoder": self.benchmark.encoder}
        fitted = self.stage("align-fit", "aligner", aligner, sources, share="subject", **parts, **self.labels)
        inputs = {"weights": fitted, "encoder": encoder, "signals": signals, "test": self.test()}
        return fitted, self.stage("align", "tokens", aligner, inputs, share="test", **parts)

    def generator_fit(self, generator: Generator, encoder: str, aligner: str | None) -> str:
        """Plan the fit of a generator that has one."""
        inputs = {"encoder": encoder, "targets": self.targets("subject"), **({"aligner": aligner} if aligner else {})}
        parts: dict[str, Any] = {"encoder": self.benchmark.encoder, "aligner": self.benchmark.aligner}
        return self.stage("generate-fit", "generator", generator, inputs, share="subject", **parts, **self.labels)

    def scores(
        self, test: str, outputs: Mapping[str, str | None], changes: str
    ) -> tuple[dict[str, str], dict[str, str]]:
        """Plan every metric; return the keys of scores, and reasons where there is none."""
        scores: dict[str, str] = {}
        blank: dict[str, str] = {}
        for name, metric in self.benchmark.metrics:
            lacking = [need for need in sorted(metric.needs) if outputs.get(need) is None]
            if lacking:
                blank[name] = _reason(lacking[0], changes)
            else:
                scores[name] = self.score(name, metric, test, {need: str(outputs[need]) for need in metric.needs})
        return scores, blank

    def score(self, name: str, metric: Metric, test: str, outputs: dict[str, str]) -> str:
        """Plan one metric and its judge's views."""
        inputs = {"test": test, **outputs}
        if "tokens" in metric.needs and self.benchmark.generator is not None:
            inputs["targets"] = self.targets("test")
        if "embedded" in metric.needs:
            inputs["embedded"] = self.embed(outputs["embedded"], "test")
        if "gallery" in metric.needs:
            of_encoder = "embedded" in metric.needs
            inputs["gallery"] = self.embed(outputs["embedded"], "gallery") if of_encoder else self.targets("gallery")
        if "generated" in metric.needs:
            inputs["reference"] = self.reference(test)
        if metric.judge is not None and "generated" in metric.needs:
            inputs["reference_views"] = self.look(metric.judge, inputs["reference"], "reference_views")
            inputs["generated_views"] = self.look(metric.judge, outputs["generated"], "generated_views")
        return self.stage("score", f"score.{name}", metric, inputs)

    def embed(self, weights: str, share: str) -> str:
        """Plan the test pictures, or a gallery of other ones, in the encoder's space."""
        name = "embedded" if share == "test" else f"embedded.{share}"
        return self.stage("embed", name, self.benchmark.encoder, {"weights": weights}, share=share)

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
        """Add a stage to the graph, unless it has it, and return its key.

        Components in ``context`` do not enter the key: the keys of their own stages are among the inputs.
        """
        dataset = self.benchmark.dataset
        inputs = {**inputs, **(plan_preparations(self.graph, dataset, self.described) if share else {})}
        inputs |= plan_preparations(self.graph, component, self.described, "held") if component else {}
        nested = {role.removeprefix("nested."): key for role, key in inputs.items() if role.startswith("nested.")}
        seed = self.seed if seeded else None

        ignored = {f"prepared.{name}" for name in dataset.test_only} if share in _TRAINING else set()

        def key_from(described: Descriptions) -> str:
            return digest({
                "format": FORMAT,
                "stage": kind,
                "code": described.code(kind),
                "component": component and described.of(component, nested),
                "data": self.share_key(share, described) if share else None,
                "inputs": {role: key for role, key in inputs.items() if role not in ignored},
                "context": {name: value for name, value in context.items() if not isinstance(value, Component)},
                "seed": seed,
                "precision": self.precision if kind not in FULL_PRECISION else None,
            })  # fmt: skip

        key = key_from(self.described)
        if key not in self.graph.stages:
            name_of = self.described.name_of
            stage = Stage(
                kind, name, key, component, dataset, self.subject, seed, share, inputs, context,
                current_key=lambda: key_from(Descriptions(name_of)),
            )  # fmt: skip
            like = like_of(stage, self.benchmark, self.precision, self.described, self.graph)
            self.graph.stages[key] = dataclasses.replace(stage, like=like)
        return key

    def share_key(self, share: str, descriptions: Descriptions) -> dict[str, Any]:
        """Describe the share of the data that a stage reads."""
        dataset = self.benchmark.dataset
        described = descriptions.of(dataset)
        permitted = sorted(dataset.permitted(self.subject))
        if share in _TRAINING:
            fields = {name: value for name, value in described["fields"].items() if name not in dataset.test_only}
            described = {**described, "fields": fields}
        if share == "pool":
            return {"dataset": described, "pool": permitted}
        if share == "subject of all":
            return {"dataset": described, "pictures": permitted}
        if share == "test of all":
            return {"dataset": described, "pictures": "test"}
        return {"dataset": described, "subject": self.subject, "share": share}


def plan_preparations(
    graph: Graph, component: Component, described: Descriptions, role: str = "prepared"
) -> dict[str, str]:
    """Plan the preparations in a component's fields; they depend on no subject, seed or protocol.

    Returns:
        Their keys by role and field: ``prepared`` are those of a stage's data set, ``held`` those of its component.
    """
    keys = {}
    for name, value in _fields(component):
        if isinstance(value, Preparation):
            key = _preparation_key(value, described)
            if key not in graph.stages:
                current_key = functools.partial(_current_preparation_key, value, described.name_of)
                like = like_of_preparation(value, described)
                graph.stages[key] = Stage(
                    "prepare", f"data.{name}", key, value, None, None, None, current_key=current_key, like=like
                )
            keys[f"{role}.{name}"] = key
    return keys


def _preparation_key(preparation: Preparation, described: Descriptions) -> str:
    dependencies = {"format": FORMAT, "stage": "prepare", "code": described.code("prepare")}
    return digest({**dependencies, "component": described.of(preparation)})


def _current_preparation_key(preparation: Preparation, name_of: NameOf) -> str:
    return _preparation_key(preparation, Descriptions(name_of))


def _fields(component: Component) -> Iterator[tuple[str, Any]]:
    return ((item.name, getattr(component, item.name)) for item in dataclasses.fields(component))  # type: ignore[arg-type]


def _reason(need: str, changes: str) -> str:
    """Return why a variant has no score of a metric with this need."""
    if need in ("features", "embedded") and changes == "conditions":
        return "this control decodes no class: no EEG reaches the generator"
    if changes == "pictures" and need != "generated":
        return "this control decodes nothing: its pictures are training pictures"
    return {
        "features": "the encoder's features are missing",
        "tokens": "there is no aligner, so no tokens",
        "generated": "there is no generator, so no pictures",
        "embedded": "the encoder embeds no pictures, so its embedding is in no space of pictures",
    }[need]
