"""Audits of a run: the stage that takes the measurements of one cell, and the conclusions from all of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from eegrecon.benchmark.builder import Benchmark
from eegrecon.evaluation.scoring import PERMUTED, outcome_of
from eegrecon.interfaces import output_checks
from eegrecon.interfaces.audits import Audit, Circumstances, Evidence, Opinion, Scored
from eegrecon.interfaces.records import AuditRecord
from eegrecon.pipeline.context import Artifacts, Product, ReorderedRows, StageContext
from eegrecon.pipeline.executor import Execution
from eegrecon.pipeline.graph import Graph


def measure(context: StageContext) -> Product:
    """Return the measurements of an audit for one cell; it receives recordings and outcome in one order of trials."""
    test, graph = context.arrays("test"), context.execution.graph
    scored = {}
    for role, key in context.stage.inputs.items():
        if role.startswith("score."):
            stage, arrays = graph.stages[key], context.arrays(role)
            permuted = {name.removeprefix(PERMUTED): arrays[name] for name in arrays if name.startswith(PERMUTED)}
            outcome = outcome_of(dataclasses.replace(context, stage=stage))
            scored[role.removeprefix("score.")] = Scored(stage.component, outcome, permuted)
    recordings, rows = context.recordings, np.asarray(test["row"])
    ordered = recordings.test.take(rows, ReorderedRows(recordings.test.eeg, rows))
    recordings = dataclasses.replace(recordings, test=ordered)
    evidence = Evidence(recordings, np.asarray(test["picture"]), outcome_of(context), scored)
    audit: Any = context.component
    return Product(output_checks.weights(audit, "measure", audit.measure(evidence, context.run)))


def data_notes(graph: Graph, artifacts: Artifacts) -> tuple[str, ...]:
    """Return the notes of the data set on its protocol and trials, each once."""
    return tuple(dict.fromkeys(note for cell in graph.cells for note in artifacts[cell.test].metadata["notes"]))


def selected_on_test(graph: Graph, artifacts: Artifacts) -> bool:
    """Whether the protocol of the data set selects models on test trials."""
    return any(artifacts[cell.test].metadata["selected_on_test"] for cell in graph.cells)


def conclude(
    audits: Mapping[str, Audit],
    full: Benchmark,
    graph: Graph,
    artifacts: Artifacts,
    execution: Execution,
    known: Circumstances,
) -> tuple[AuditRecord, ...]:
    """Return the conclusion of every audit.

    Args:
        audits: the audits by name.
        full: the audited configuration.
        graph: the executed graph, whose cells name the measurements.
        artifacts: products of the stages.
        execution: has the reasons of unavailable measurements.
        known: facts about the run as a whole.
    """
    records = []
    for name, audit in audits.items():
        keys = list(dict.fromkeys(cell.audits[name] for cell in graph.cells if name in cell.audits))
        opinion = _opinion(audit, keys, artifacts, execution, known)
        concerns = tuple(metric for metric, component in full.metrics if component.needs & audit.concerns)
        records.append(
            AuditRecord(
                name=name,
                question=audit.question,
                verdict=opinion.verdict,
                evidence=opinion.evidence,
                concerns=concerns,
            )
        )
    return tuple(records)


def _opinion(
    audit: Audit, keys: list[str], artifacts: Artifacts, execution: Execution, known: Circumstances
) -> Opinion:
    reason = next((execution.unavailable[key] for key in keys if key in execution.unavailable), None)
    if reason is not None:
        return Opinion("inconclusive", reason)
    try:
        return audit.conclude([artifacts[key].arrays for key in keys], known)
    except Exception as error:  # a failing audit must not prevent the result
        where = output_checks.qualified_name(audit, "conclude")
        return Opinion("inconclusive", f"{where} failed: {type(error).__name__}: {error}")
