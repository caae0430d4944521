"""The page of a report: its parts chosen by rule from the files of a run, and what is left out with the reason."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eegrecon.errors import DataError
from eegrecon.interfaces.recording_checks import SELECTED
from eegrecon.interfaces.records import AuditRecord, StageRecord
from eegrecon.reporting import trials
from eegrecon.reporting.cells import SideTable, TableColumn
from eegrecon.reporting.html import scores
from eegrecon.reporting.html.charts import Panel
from eegrecon.reporting.html.decoding import Confusion, confusion
from eegrecon.reporting.html.gallery import EegViews, Gallery, eeg_views, gallery, kind_of
from eegrecon.reporting.html.material import Material, load_material
from eegrecon.reporting.html.scores import Grouped, Sweep
from eegrecon.reporting.html.templating import environment
from eegrecon.reporting.result import TRIALS, Result, load
from eegrecon.reporting.summary.sentences import sentences
from eegrecon.reporting.summary.view import View
from eegrecon.reporting.tables import Table, table_of
from eegrecon.reporting.trials import Line

REPORT = "report.html"
SIGNATURE = '<meta name="generator" content="eegrecon report">'  # by which a report is known
_GRAVEST = ("FAIL", "WARN", "inconclusive", "PASS")


@dataclass(frozen=True)
class Notice:
    """Something that a reader must know before any number."""

    kind: str
    title: str
    text: str


@dataclass(frozen=True)
class KindOfStage:
    """The stages of one kind: how many, how many from the store, and the seconds that they took when computed."""

    kind: str
    count: int
    hits: int
    seconds: float
    computed: float


@dataclass(frozen=True)
class Page:
    """Everything that the template shows. A part that is None or empty is left out, and `left_out` says why."""

    result: Result
    table: Table
    view: View
    title: str
    facts: tuple[tuple[str, str], ...]
    notices: tuple[Notice, ...]
    sentences: tuple[str, ...]
    columns: tuple[TableColumn, ...]
    panels: tuple[Panel, ...]
    sweeps: tuple[Sweep, ...]
    eeg: SideTable | None
    gallery: Gallery | None
    confusion: Confusion | None
    subjects: Grouped | None
    seeds: tuple[Grouped, ...]
    structure: tuple[Panel, ...]
    views: EegViews | None
    audits: tuple[AuditRecord, ...]
    kinds: tuple[KindOfStage, ...]
    stages: tuple[StageRecord, ...]
    configuration: str
    left_out: tuple[tuple[str, str], ...]


def report_of(folder: Path) -> str:
    """Return the report of a run's folder as HTML: a pure function of the files in it.

    Raises:
        MissingFiles: there is no result.
        DataError: a file is not one that a run has written.
    """
    result = load(folder).model_copy(update={"folder": str(folder)})
    lines = trials.read(folder / TRIALS, trials.lines_of) if (folder / TRIALS).is_file() else []
    return render(page_of(result, lines, load_material(folder)))


def render(page: Page) -> str:
    """Return a page as HTML, in which every value is escaped."""
    template = _environment().get_template("report.html.jinja")
    return str(template.render(page=page, plain=scores.plain, signature=SIGNATURE))


@functools.cache
def _environment() -> Any:
    return environment()


def page_of(result: Result, lines: Sequence[Line], material: Material) -> Page:
    """Return the page of a result.

    Args:
        result: the result.
        lines: those of ``trials.csv``; empty where it is missing.
        material: pictures and views of the EEG.
    """
    if not result.rows:
        raise DataError(f"{result.folder or 'the result'} has no rows, so there is nothing to report; run again")
    table = table_of(result)
    view = View(result, table)
    full = result.rows[0].label
    kinds = {shown.label: kind_of(shown.record, shown is view.full) for shown in view.lines}
    found = sentences(result, table)
    of_full = [line for line in lines if line["row"] == full]
    page = Page(
        result=result,
        table=table,
        view=view,
        title=result.title or f"{result.benchmark} {result.version}",
        facts=tuple(_facts(view)),
        notices=tuple(_notices(view)),
        sentences=found,
        columns=view.headline,
        panels=scores.panels(view),
        sweeps=scores.sweeps(view),
        eeg=table.eeg if table.eeg.rows else None,
        gallery=gallery(material.examples, full, kinds, lines) if material.examples else None,
        confusion=confusion(of_full),
        subjects=scores.by_subject(view),
        seeds=scores.by_seed(view),
        structure=scores.structure(view),
        views=eeg_views(material.views) if material.views else None,
        audits=gravest_first(result.audits),
        kinds=_kinds(list(result.stages.values())),
        stages=tuple(result.stages.values()),
        configuration=json.dumps(result.rows[0].configuration, indent=1, ensure_ascii=False),
        left_out=(),
    )
    return replace(page, left_out=tuple(_left_out(page, bool(lines), material)))


def gravest_first(audits: Iterable[AuditRecord]) -> tuple[AuditRecord, ...]:
    """Return audits, those that failed first."""
    return tuple(sorted(audits, key=lambda audit: _GRAVEST.index(audit.verdict)))


def _facts(view: View) -> Iterator[tuple[str, str]]:
    """Yield what was run, by name."""
    result = view.result
    yield "benchmark", f"{result.benchmark} {result.version}" + (f" ({result.source})" if result.source else "")
    yield "profile", result.profile or "-"
    if result.paper_table:
        yield "table", f"{result.paper_table.name} of {result.source}: {result.paper_table.title}"
    if result.dataset:
        protocol = f", protocol {result.protocol}" if result.protocol else ""
        yield "data", (result.dataset.partition(".")[2] or result.dataset) + protocol
    yield "subjects", ", ".join(map(str, result.subjects))
    yield "seeds", ", ".join(map(str, result.seeds))
    if view.headline:
        yield "test trials", f"{view.headline[0].n}"
    if result.precision != "fp32":
        yield "precision", result.precision


def _notices(view: View) -> Iterator[Notice]:
    """Yield what must be known before any number: a demonstration, selection on test trials, failures."""
    result = view.result
    demo = result.profile.startswith("demo") or result.dataset == "dataset.shapes"
    if not result.comparable and (demo or result.published):
        where = f"Profile {result.profile}: other pictures, EEG, sizes and judges than a paper's"
        yield Notice(
            "demo",
            "Demonstration" if demo else "Not comparable with published numbers",
            f"{where}. No number here is comparable with a published one.",
        )
    marks = {mark for row in result.rows for summary in row.summaries for mark in summary.marks}
    if SELECTED in marks or SELECTED in result.notes:
        text = (
            "The protocol of the data set selects models on test trials, so the scores are too good. Each is marked ‡."
        )
        yield Notice("bad", "Selected on test trials", text)
    failed = [audit for audit in result.audits if audit.verdict == "FAIL"]
    if failed:
        text = "; ".join(f"{audit.name}: {audit.question or audit.evidence}" for audit in failed)
        yield Notice("bad", "Failed audits" if len(failed) > 1 else "Failed audit", text)
    rows = [line.label for line in view.lines if line.record.failed]
    if rows:
        yield Notice("bad", "Failed rows", f"{'; '.join(rows)}. The reasons are below the table.")


def _kinds(stages: Sequence[StageRecord]) -> tuple[KindOfStage, ...]:
    groups: dict[str, list[StageRecord]] = {}
    for stage in stages:
        groups.setdefault(stage.kind, []).append(stage)
    return tuple(
        KindOfStage(
            kind=kind,
            count=len(found),
            hits=sum(stage.hit for stage in found),
            seconds=sum(stage.seconds for stage in found),
            computed=sum(stage.seconds for stage in found if not stage.hit),
        )
        for kind, found in groups.items()
    )


def _left_out(page: Page, has_trials: bool, material: Material) -> Iterator[tuple[str, str]]:
    """Yield the parts that the page does not have, each with the reason."""
    result = page.result
    if not page.sentences:
        yield "What this run shows", "no question that a sentence answers was asked by this run"
    if not page.sweeps and result.request.get("sweep"):
        yield "Scores against a field", "no numeric field was given three values or more (--sweep)"
    if not page.eeg:
        yield "Does the EEG matter?", "none of the controls shuffle, predicted-label and oracle has scores (--control)"
    if not page.gallery:
        yield "Pictures", material.examples_absent or "there are none"
    if not page.confusion:
        reason = f"the first row predicts no class of a trial in {TRIALS}" if has_trials else f"the run has no {TRIALS}"
        yield "Confusion matrix", reason
    if not page.subjects:
        one = ", ".join(map(str, result.subjects))
        yield "Accuracy of each subject", f"the run has one subject ({one}); --subjects all evaluates every one"
    if not page.seeds:
        one = ", ".join(map(str, result.seeds))
        yield "Scores against seeds", f"the run has one seed ({one}); --seeds 3 shows the spread between trainings"
    if not page.structure:
        yield "Errors of structure", "no metric of the benchmark compares structure with known attributes"
    if not page.views:
        yield "Views of the EEG", material.views_absent or "there are none"
    elif page.views.maps_absent:
        yield "Maps of the scalp", page.views.maps_absent
    if not page.audits:
        yield "Audits", "the run has none (eegrecon audit RUN)"
    if not page.stages:
        yield "Stages", "the result records none"
