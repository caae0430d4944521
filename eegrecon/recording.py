"""Gather what the stages made into a result, and write the result's folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eegrecon import data_checks, keys, layouts, pictures, tables
from eegrecon.ablation import Variant, parts, resolve
from eegrecon.auditing import Audits, said_of_the_data
from eegrecon.components import Component
from eegrecon.controls import CONTROLS
from eegrecon.errors import UsageError
from eegrecon.results import (
    PaperTableRecord,
    PublishedRecord,
    Result,
    RowRecord,
    ScoreRecord,
    StageRecord,
    Summary,
    environment,
    write_trials,
)
from eegrecon.runner import Executed
from eegrecon.scoring import DEALT, WITHOUT
from eegrecon.spec import Benchmark
from eegrecon.stages import Graph, Row
from eegrecon.summaries import intervals, summarise
from eegrecon.workshop import Workshop

if TYPE_CHECKING:
    from eegrecon.api import Session

SHOWN = 10  # trials in pictures.png


def record(session: Session, shop: Workshop, graph: Graph, executed: Executed, audits: Audits) -> Result:
    """Return the result of a session whose stages are all made.

    Args:
        session: what was asked.
        shop: where the stages' products are.
        graph: its rows as they can be shown.
        executed: what became of the stages.
        audits: what the audits found.
    """
    name_of = session.catalog.name_of
    dataset = keys.describe(session.full.dataset, name_of, lambda nested: None)
    summaries = summarise([_rows(graph, variant) for variant in session.variants], shop)
    notes = said_of_the_data(graph, shop)
    marks = _Marks(session.full, notes, audits)
    rows = tuple(
        _row(session, shop, graph, executed, variant, said, marks)
        for variant, said in zip(session.variants, summaries, strict=True)
    )
    return Result(
        schema="eegrecon.result/1",
        benchmark=session.declared.name,
        title=session.declared.title,
        source=session.declared.source,
        version=session.declared.version,
        digest=session.declared.digest,
        profile=session.profile,
        command=session.request.command(),
        request=session.request.as_options(),
        protocol=session.full.dataset.protocol,
        dataset=name_of(type(session.full.dataset)),
        fingerprint=keys.digest(dataset),
        subjects=session.subjects,
        seeds=session.seeds,
        precision=session.request.precision,
        notes=notes,
        rows=rows,
        published=tuple(_published(session)),
        comparable=session.profile in session.declared.comparable,
        paper_table=_paper_table(session),
        audits=audits,
        stages={key: _stage(shop, key, hit) for key, hit in executed.hits.items()},
        plugins={plugin.name: plugin.version for plugin in session.catalog.plugins if not plugin.broken},
        environment={**environment(), **_computed_on(shop, executed.hits)},
        folder=str(session.folder()),
    )


def _computed_on(shop: Workshop, keys_of_stages: Iterable[str]) -> dict[str, str]:
    """Say where the networks ran, and with how many threads, in this run or in those that left stages in the store."""
    metas = [shop.store.meta(shop.graph.stages[key].kind, key) for key in keys_of_stages]
    return {name: ", ".join(sorted({meta[name] for meta in metas if name in meta})) for name in ("device", "threads")}


def _stage(shop: Workshop, key: str, hit: bool) -> StageRecord:
    stage = shop.graph.stages[key]
    seconds = float(shop.store.meta(stage.kind, key).get("seconds", 0.0))
    return StageRecord(name=stage.name, kind=stage.kind, seconds=seconds, hit=hit)


@dataclass(frozen=True)
class _Marks:
    """Why numbers of a metric are not to be trusted."""

    full: Benchmark
    notes: tuple[str, ...]
    audits: Audits

    def of(self, metric: str) -> tuple[str, ...]:
        selected = [data_checks.SELECTED] if data_checks.SELECTED in self.notes else []
        failed = [a.name for a in self.audits if a.verdict == "FAIL" and metric in a.concerns]
        return (*selected, *(f"audit {name}: FAIL" for name in failed))


def _rows(graph: Graph, variant: Variant) -> list[Row]:
    return [row for row in graph.rows if row.variant == variant]


def _row(
    session: Session,
    shop: Workshop,
    graph: Graph,
    executed: Executed,
    variant: Variant,
    summaries: tuple[Summary, ...],
    marks: _Marks,
) -> RowRecord:
    rows = _rows(graph, variant)
    stages = tuple(dict.fromkeys(key for row in rows for key in row.stages))
    said = [shop.store.meta(shop.graph.stages[key].kind, key) for key in stages]
    notes = dict.fromkeys(note for meta in said for note in meta.get("notes", ()))
    return RowRecord(
        label=variant.label,
        removed=variant.removed,
        control=variant.control,
        refused=variant.refused,
        failed=any(
            key in executed.failed for row in session.graph.rows if row.variant == variant for key in row.stages
        ),
        settings=dict(variant.settings),
        configuration=_configuration(session, variant),
        scores=tuple(score for row in rows for score in _scores(shop, row, marks)),
        summaries=tuple(one.model_copy(update={"marks": marks.of(one.metric)}) for one in summaries),
        blank=dict(rows[0].blank) if rows else {},
        notes=tuple(notes),
        stages=stages,
    )


def _configuration(session: Session, variant: Variant) -> dict[str, Any]:
    benchmark = variant.benchmark
    if benchmark is None:
        return {}
    places: dict[str, Component | None] = {
        "dataset": benchmark.dataset,
        "encoder": benchmark.encoder,
        "aligner": benchmark.aligner,
        "generator": benchmark.generator,
        **{f"metric.{name}": metric for name, metric in benchmark.metrics},
    }
    shown = {place: keys.configuration(component, session.catalog.name_of) for place, component in places.items()}
    return {**shown, "samples": benchmark.samples}


def _scores(shop: Workshop, row: Row, marks: _Marks) -> Iterator[ScoreRecord]:
    assert row.variant.benchmark is not None
    metrics = dict(row.variant.benchmark.metrics)
    found = intervals(row, shop)
    for name, key in row.scores.items():
        said = shop.artefact(key).meta["said"]
        for column in metrics[name].columns:
            if column.name in said["scores"]:
                yield ScoreRecord(
                    metric=name,
                    column=column.name,
                    better=column.better,
                    identity=said["identity"],
                    subject=row.subject,
                    seed=row.seed,
                    interval=found[name, column.name],
                    marks=marks.of(name),
                    **said["scores"][column.name],
                )


def _published(session: Session) -> Iterator[PublishedRecord]:
    """Yield what was published beside these rows; beside a table that sets fields for all rows, only its own."""
    known, asked = parts(session.full), session.table
    for row in session.declared.published:
        anywhere = not row.tables and not (asked and asked.overrides)
        if not (
            anywhere or (asked and asked.name in row.tables) or (not asked and row.without is None and not row.row)
        ):
            continue
        try:
            without = None if row.without is None else tuple(sorted(resolve(name, known).path for name in row.without))
        except UsageError:  # this configuration has no such part, so no row here to stand beside
            continue
        scores = dict(row.scores)
        yield PublishedRecord(label=row.label, source=row.source, without=without, scores=scores, row=row.row)


def _paper_table(session: Session) -> PaperTableRecord | None:
    asked = session.table
    if asked is None:
        return None
    return PaperTableRecord(name=asked.name, title=asked.title, columns=asked.columns, notes=asked.notes)


def write(result: Result, graph: Graph, shop: Workshop, folder: Path) -> None:
    """Write the tables, ``trials.csv`` and ``pictures.png``, and ``result.json`` last: where it is, all is there."""
    folder.mkdir(parents=True, exist_ok=True)
    shown = tables.table(result)
    (folder / "table.md").write_text(layouts.markdown(shown), encoding="utf-8")
    (folder / "table.tex").write_text(layouts.latex(shown), encoding="utf-8")
    (folder / "table.csv").write_text(layouts.comma_separated(shown), encoding="utf-8")
    write_trials(folder / "trials.csv", [line for row in graph.rows for line in _trial_lines(shop, row)])
    _draw(graph, shop, folder / "pictures.png")
    result.save(folder)


def _trial_lines(shop: Workshop, row: Row) -> Iterator[dict[str, Any]]:
    """Yield one line per test trial: what it was, what was predicted, and every per-trial score."""
    test = shop.artefact(row.test)
    features = shop.artefact(row.features).arrays if row.features else {}
    classes = test.meta["said"]["classes"]
    predicted = np.argmax(features["logits"], axis=1) if "logits" in features else None
    scores = {
        f"{metric}.{column}": values
        for metric, key in row.scores.items()
        for column, values in shop.artefact(key).arrays.items()
        if not column.startswith((WITHOUT, DEALT))
    }
    for i in range(len(test.arrays["trial"])):
        yield {
            "row": row.variant.label,
            "subject": row.subject,
            "seed": row.seed,
            **{
                name: int(test.arrays[name][i])
                for name in ("index", "trial", "image", "block", "order")
                if name in test.arrays
            },
            "label": classes[int(test.arrays["label"][i])],
            "predicted": "" if predicted is None else classes[int(predicted[i])],
            **{name: float(values[i]) for name, values in scores.items()},
        }


def _draw(graph: Graph, shop: Workshop, path: Path) -> None:
    """Draw what was shown and what each row made of it, for the first trials of the first subject and seed."""
    first = graph.rows[0]
    rows = [row for row in graph.rows if (row.subject, row.seed) == (first.subject, first.seed) and row.generated]
    references = {row.reference for row in rows if row.reference}
    if len(references) != 1:  # nothing was generated, or at different sizes
        return
    truth = shop.artefact(references.pop()).arrays["pictures"][:SHOWN]
    test = shop.artefact(first.test)
    names = [test.meta["said"]["classes"][int(label)] for label in test.arrays["label"][:SHOWN]]
    drawn = [("true picture", np.asarray(truth))]
    for row in rows:
        label = row.variant.label if not row.variant.control else f"control:\n{CONTROLS[row.variant.control].about}"
        drawn.append((label, np.asarray(shop.artefact(str(row.generated)).arrays["pictures"][:SHOWN, 0])))
    pictures.grid(drawn, names, path)
