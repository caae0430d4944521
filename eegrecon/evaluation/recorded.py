"""Comparison of a recorded result with today's plan and with the store: an audit concerns what was run, or is refused.

A result is data. Nothing that it names is executed, so a plugin file counts only if it is named again.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pydantic

from eegrecon.benchmark.options import Options
from eegrecon.benchmark.request import Request
from eegrecon.errors import DataError, UsageError
from eegrecon.interfaces.records import ResultRecord, ResultRow
from eegrecon.pipeline.graph import Graph
from eegrecon.pipeline.storage.store import Store

KEY = re.compile("[0-9a-f]{32}")  # of a stage; a result is data, and names no other path


def options_of(result: ResultRecord, audit: Sequence[str], plugins: Sequence[str]) -> Options:
    """Return the options of a result for *Full* alone.

    Args:
        result: the result, which records its options.
        audit: the audits that are asked for; if empty, those of the run, or all if it had none.
        plugins: the plugin files that may be executed.

    Raises:
        DataError: the result does not record its options, or has unknown ones.
        UsageError: the run used a plugin file that is not among ``plugins``.
    """
    if not result.request or not result.rows:
        raise DataError(
            f"{result.folder or 'the result'} does not record its options, as results of older versions do not; run "
            f"again: {result.command}"
        )
    try:
        if unknown := result.request.keys() - {field.name for field in dataclasses.fields(Options)}:
            raise ValueError(f"unknown options {', '.join(sorted(unknown))}")
        options = pydantic.TypeAdapter(Options).validate_python(result.request)
    except ValueError as error:
        raise DataError(f"the options that the result records cannot be used ({error}); run again") from error
    named = {Path(file).name for file in plugins}
    if missing := [file for file in options.plugins if Path(file).name not in named]:
        again = " ".join(f"--plugin {file}" for file in missing)
        raise UsageError(
            f"the run used the plugin {', '.join(missing)}, which is not executed because a result names it; if you "
            f"trust the file, name it again: {again}"
        )
    recorded = ("all",) if "none" in options.audit else options.audit
    return dataclasses.replace(
        options, ablate=(), grid=(), sweep=(), control=("none",), audit=tuple(audit) or recorded, plugins=tuple(plugins)
    )


def check_plan(result: ResultRecord, request: Request, graph: Graph, configuration: Mapping[str, Any]) -> None:
    """Refuse to audit *Full* if its stages are not those that were run.

    Args:
        result: the recorded result.
        request: the same request today.
        graph: its graph, for *Full*.
        configuration: fields of *Full* today, as a result has them.

    Raises:
        DataError: they differ; the message says in what.
    """
    full = result.rows[0]
    keys = {key for cell in graph.cells for key in cell.stages}
    if keys == set(full.stages):
        return
    definition = request.selection.definition
    changed = [f"{definition.file} has changed"] if definition.digest != result.digest else []
    changed += [f"{name} {old!r} is now {new!r}" for name, old, new in changes(full.configuration, configuration)]
    for name in ("subjects", "seeds"):
        if getattr(request, name) != getattr(result, name):
            changed.append(f"{name} {getattr(result, name)} are now {getattr(request, name)}")
    new = {key for key in graph.stages if key in keys and key not in full.stages}
    first = [graph.stages[key].name for key in graph.stages if key in new and not new.intersection(graph.inputs(key))]
    if first:
        changed.append(
            f"code, libraries, files or fields of {', '.join(dict.fromkeys(first))} are not those of the run"
        )
    raise DataError(
        f"{result.folder or 'the result'} cannot be audited, because it is not what would be computed today: "
        f"{'; '.join(changed) or 'stages were removed'}. Restore them, or run again: {result.command}"
    )


def changes(old: Any, new: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield path and values of every field of components that differs; lists and tuples of equal values do not."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys([*old, *new]):
            yield from changes(old.get(name), new.get(name), f"{path}.{name}" if path else name)
    elif _as_lists(old) != _as_lists(new):
        yield path, old, new


def _as_lists(value: Any) -> Any:
    return [_as_lists(item) for item in value] if isinstance(value, list | tuple) else value


def check_scores(result: ResultRecord, store: Store) -> None:
    """Compare every recorded score with the stages that the result names, as far as the store has them.

    Raises:
        DataError: a score is not what was computed.
    """
    for row in result.rows:
        stored = _stored_scores(row, result, store)
        recorded = Counter((s.metric, s.column, s.value, s.n, s.chance, s.identity) for s in row.scores)
        if stored is None:
            continue
        if wrong := recorded - stored or stored - recorded:
            metric, column, value, *_ = next(iter(wrong))
            computed = sorted(key[2] for key in stored if key[:2] == (metric, column))
            raise DataError(
                f"{result.folder or 'the result'} was changed after the run: {column} ({metric}) of {row.label} is "
                f"{value if wrong <= recorded else 'missing'}, but {computed} was computed; run again: {result.command}"
            )
        _check_means(row, result)


def _stored_scores(row: ResultRow, result: ResultRecord, store: Store) -> Counter[tuple[Any, ...]] | None:
    """Return the scores of a row in the store; None if one of its score stages is no longer there."""
    found: Counter[tuple[Any, ...]] = Counter()
    for key in row.stages:
        stage = result.stages.get(key)
        if stage is None or stage.kind != "score":
            continue
        if not KEY.fullmatch(key):  # it becomes the name of a folder
            raise DataError(f"{result.folder or 'the result'} names the stage {key!r}, which is no key; run again")
        artifact = store.get("score", key)
        if artifact is None:
            return None
        metric, identity = stage.name.removeprefix("score."), artifact.metadata["identity"]
        for column, score in artifact.metadata["scores"].items():
            found[metric, column, score["value"], score["n"], score["chance"], identity] += 1
    return found


def _check_means(row: ResultRow, result: ResultRecord) -> None:
    """Compare the summaries of a row with its scores."""
    for summary in row.summaries:
        place = (summary.metric, summary.column)
        values = [score.value for score in row.scores if (score.metric, score.column) == place]
        mean = float(np.mean(values or [np.nan]))
        if not math.isclose(summary.value, mean, rel_tol=1e-9, abs_tol=1e-12):
            raise DataError(
                f"{result.folder or 'the result'} was changed after the run: {summary.column} of {row.label} is "
                f"{summary.value}, but its scores have the mean {mean}; run again: {result.command}"
            )
