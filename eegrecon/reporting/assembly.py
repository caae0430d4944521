"""Assembly of the result from a request, its executed graph, aggregated scores and audits."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eegrecon.benchmark.builder import Benchmark
from eegrecon.benchmark.controls import CONTROLS
from eegrecon.benchmark.request import Request
from eegrecon.benchmark.variants import Variant, find_part, parts
from eegrecon.errors import UsageError
from eegrecon.evaluation.aggregation import intervals
from eegrecon.evaluation.scoring import WITHOUT
from eegrecon.interfaces.components import Component
from eegrecon.interfaces.recording_checks import SELECTED
from eegrecon.interfaces.records import (
    SCHEMA,
    AuditRecord,
    PresetRecord,
    PublishedRecord,
    ResultRow,
    ScoreRecord,
    StageRecord,
    Summary,
)
from eegrecon.pipeline.context import Artifacts
from eegrecon.pipeline.environment import environment, mixed_threads, recorded
from eegrecon.pipeline.executor import Execution
from eegrecon.pipeline.fingerprints import configuration, describe
from eegrecon.pipeline.graph import Cell, Graph
from eegrecon.pipeline.stages.variation import CONSTANT
from eegrecon.registry.digests import digest
from eegrecon.reporting.result import Result

_AUDIT = "audit "  # begins the mark of a failed audit
_USES_WEIGHTS = ("encode", "align", "generate")  # kinds of stages that apply an encoder, an aligner, a generator


@dataclass(frozen=True)
class Findings:
    """The results of evaluation.

    Attributes:
        notes: notes of the data set.
        summaries: summaries of each variant, in the order of the request.
        audits: conclusions of the audits.
        selected_on_test: whether the data set's protocol selects models on test trials.
    """

    notes: tuple[str, ...]
    summaries: Sequence[tuple[Summary, ...]]
    audits: tuple[AuditRecord, ...]
    selected_on_test: bool


def assemble(
    request: Request, graph: Graph, artifacts: Artifacts, execution: Execution, findings: Findings, folder: str
) -> Result:
    """Return the result of an executed request.

    Args:
        request: the executed request.
        graph: its graph, without unavailable stages.
        artifacts: products of the stages.
        execution: the outcome of each stage.
        findings: summaries and audits.
        folder: the folder to which the result will be written.
    """
    computed = recorded(artifacts.meta(key) for key in execution.hits)
    selection, options, dataset = request.selection, request.options, request.full.dataset
    definition, name_of = selection.definition, selection.catalog.name_of
    rows = tuple(
        _row(variant, graph, artifacts, summaries, name_of)
        for variant, summaries in zip(request.variants, findings.summaries, strict=True)
    )
    return Result(
        schema=SCHEMA,
        benchmark=definition.name,
        title=definition.title,
        source=definition.source,
        version=definition.version,
        digest=definition.digest,
        profile=selection.profile,
        command=options.command(),
        request=options.record(),
        protocol=dataset.protocol,
        dataset=name_of(type(dataset)),
        fingerprint=digest(describe(dataset, name_of)),
        subjects=request.subjects,
        seeds=request.seeds,
        precision=options.precision,
        notes=(*findings.notes, *_notes_on_method(request), *mixed_threads(computed)),
        rows=tuple(_marked(row, findings) for row in rows),
        published=tuple(_published(request)),
        comparable=selection.profile in definition.comparable,
        paper_table=_preset(request),
        headline=definition.headline,
        audits=findings.audits,
        stages={key: _stage(key, graph, artifacts, hit) for key, hit in execution.hits.items()},
        plugins={plugin.name: plugin.version for plugin in selection.catalog.plugins if not plugin.broken},
        environment={**environment(), **computed},
        folder=folder,
    )


def audited(result: Result, findings: Findings) -> Result:
    """Return a result with the conclusions of further audits, and everything else as it was.

    An audit that concludes nothing this time keeps its former conclusion: the repetition of a run, for one, is known
    only to the audit that asked for it.
    """
    merged = {audit.name: audit for audit in result.audits}
    for audit in findings.audits:
        if audit.name not in merged or audit.verdict != "inconclusive":
            merged[audit.name] = audit
    findings = replace(findings, audits=tuple(merged.values()))
    rows = tuple(_marked(row, findings) for row in result.rows)
    return result.model_copy(update={"audits": findings.audits, "rows": rows})


def _marked(row: ResultRow, findings: Findings) -> ResultRow:
    """Return a row with the reasons why its numbers are doubtful: selection on test trials, and failed audits.

    What the metric itself says of them stays.
    """

    def marks(number: ScoreRecord | Summary) -> dict[str, tuple[str, ...]]:
        own = [mark for mark in number.marks if mark != SELECTED and not mark.startswith(_AUDIT)]
        selected = [SELECTED] if findings.selected_on_test else []
        failed = [one.name for one in findings.audits if one.verdict == "FAIL" and number.metric in one.concerns]
        return {"marks": (*own, *selected, *(f"{_AUDIT}{name}: FAIL" for name in failed))}

    scores = tuple(score.model_copy(update=marks(score)) for score in row.scores)
    summaries = tuple(summary.model_copy(update=marks(summary)) for summary in row.summaries)
    return row.model_copy(update={"scores": scores, "summaries": summaries})


def _stage(key: str, graph: Graph, artifacts: Artifacts, hit: bool) -> StageRecord:
    stage = graph.stages[key]
    return StageRecord(
        name=stage.name, kind=stage.kind, seconds=float(artifacts.meta(key).get("seconds", 0.0)), hit=hit
    )


def _row(
    variant: Variant,
    graph: Graph,
    artifacts: Artifacts,
    summaries: tuple[Summary, ...],
    name_of: Callable[[type[Component]], str],
) -> ResultRow:
    cells = graph.of(variant)
    unplanned = {}
    if variant.benchmark is not None and variant in graph.unplanned:
        unplanned = {name: graph.unplanned[variant] for name, _ in variant.benchmark.metrics}
    marks = {} if variant.benchmark is None else {name: metric.mark for name, metric in variant.benchmark.metrics}
    stages = tuple(dict.fromkeys(key for cell in cells for key in cell.stages))
    notes = dict.fromkeys(note for key in stages for note in artifacts.meta(key).get("notes", ()))
    return ResultRow(
        label=variant.label,
        removed=variant.removed,
        control=variant.control,
        baseline=variant.baseline,
        refused=variant.refused,
        failed=bool(unplanned) or any(cell.failed for cell in cells),
        settings=dict(variant.settings),
        configuration=configuration_of(variant.benchmark, name_of),
        scores=tuple(score for cell in cells for score in _scores(cell, artifacts)),
        summaries=tuple(
            one.model_copy(update={"marks": tuple(filter(None, [marks[one.metric]]))}) for one in summaries
        ),
        blank=dict(cells[0].blank) if cells else unplanned,
        notes=tuple(notes),
        parameters=_parameters(cells, graph, artifacts),
        constant=_constant(variant, stages, artifacts),
        stages=stages,
    )


def _parameters(cells: Sequence[Cell], graph: Graph, artifacts: Artifacts) -> int | None:
    """Return the numbers of the weights of the first cell; None where they were not learned or are no longer stored."""
    if not cells or cells[0].failed:
        return None
    using = [graph.stages[key] for key in cells[0].stages if graph.stages[key].kind in _USES_WEIGHTS]
    keys = dict.fromkeys(stage.inputs["weights"] for stage in using if "weights" in stage.inputs)
    stored = [artifacts.store.get(graph.stages[key].kind, key) for key in keys]
    counts = [sum(array.size for array in found.arrays.values()) for found in stored if found is not None]
    return sum(counts) if len(counts) == len(stored) else None


def _constant(variant: Variant, stages: Iterable[str], artifacts: Artifacts) -> tuple[str, ...]:
    """Return the outputs that hardly vary over trials, unless the control gives every trial the same."""
    if variant.control and CONTROLS[variant.control].constant:
        return ()
    metadata = (artifacts.meta(key).get("metadata", {}) for key in stages)
    return tuple(dict.fromkeys(name for found in metadata for name in found.get(CONSTANT, ())))


def configuration_of(benchmark: Benchmark | None, name_of: Callable[[type[Component]], str]) -> dict[str, Any]:
    """Return the fields of a variant's components by place; empty for a variant that is refused."""
    if benchmark is None:
        return {}
    places: dict[str, Component | None] = {
        "dataset": benchmark.dataset,
        "encoder": benchmark.encoder,
        "aligner": benchmark.aligner,
        "generator": benchmark.generator,
        **{f"metric.{name}": metric for name, metric in benchmark.metrics},
    }
    described = {place: configuration(component, name_of) for place, component in places.items()}
    return {**described, "samples": benchmark.samples}


def _scores(cell: Cell, artifacts: Artifacts) -> Iterator[ScoreRecord]:
    assert cell.variant.benchmark is not None
    metrics = dict(cell.variant.benchmark.metrics)
    interval = intervals(cell, artifacts)
    for name, key in cell.scores.items():
        metadata = artifacts[key].metadata
        for column in metrics[name].columns:
            if column.name in metadata["scores"]:
                yield ScoreRecord(
                    metric=name,
                    column=column.name,
                    better=column.better,
                    identity=metadata["identity"],
                    subject=cell.subject,
                    seed=cell.seed,
                    interval=interval[name, column.name],
                    of=metadata["of"][column.name] if column.name in artifacts[key].arrays else None,
                    without=_without(artifacts[key].arrays.get(f"{WITHOUT}{column.name}")),
                    marks=tuple(filter(None, [metrics[name].mark])),
                    **metadata["scores"][column.name],
                )


def _without(values: Any) -> tuple[float, ...]:
    """Return the values of a set's score without each group of pictures; empty if one could not be computed."""
    found = () if values is None else tuple(float(value) for value in values)
    return found if all(map(math.isfinite, found)) else ()


def _published(request: Request) -> Iterator[PublishedRecord]:
    """Yield the published scores of these variants; for a preset that sets fields, only those of its table.

    A method with another encoder, aligner or generator is not the published one, and its rows are not its variants.
    """
    known, preset, other = parts(request.full), request.selection.preset, bool(request.selection.replaced())
    for published in request.selection.definition.published:
        of_any_table = not published.tables and not (preset and preset.overrides)
        of_preset = preset is not None and preset.name in published.tables
        of_full = preset is None and published.without is None and not published.row
        of_method = published.without is not None or bool(published.row)
        if not (of_any_table or of_preset or of_full) or (other and of_method):
            continue
        names = published.without
        try:
            without = None if names is None else tuple(sorted(find_part(name, known).path for name in names))
        except UsageError:  # this configuration has no such part, hence no variant to compare with
            continue
        yield PublishedRecord(
            label=published.label,
            source=published.source,
            without=without,
            scores=dict(published.scores),
            row=published.row,
        )


def _notes_on_method(request: Request) -> Iterator[str]:
    """Yield why the published scores of the benchmark's method are not shown, where they are not."""
    definition, replaced = request.selection.definition, request.selection.replaced()
    if replaced and definition.published:
        changes = ", ".join(f"{place} = {name}" for place, name in replaced.items())
        yield f"no published scores of {definition.source or definition.name}: with {changes} it is another method"


def _preset(request: Request) -> PresetRecord | None:
    preset = request.selection.preset
    if preset is None:
        return None
    return PresetRecord(name=preset.name, title=preset.title, columns=preset.columns, notes=preset.notes)
