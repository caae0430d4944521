"""Writing of a run's folder: tables, per-trial scores, pictures, and last of all ``result.json``."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from eegrecon.benchmark.controls import CONTROLS
from eegrecon.benchmark.request import Request
from eegrecon.evaluation.scoring import PERMUTED, WITHOUT
from eegrecon.pipeline.context import Artifacts
from eegrecon.pipeline.graph import Cell, Graph
from eegrecon.reporting import pictures, renderers
from eegrecon.reporting.result import Result
from eegrecon.reporting.tables import table_of

SHOWN = 10  # number of trials in pictures.png


def folder_of(request: Request) -> Path:
    """Return the folder to which a result is written."""
    if request.options.out:
        return Path(request.options.out)
    now = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    return Path("runs") / f"{request.selection.definition.name}-{request.selection.profile or 'default'}-{now}"


def write(result: Result, graph: Graph, artifacts: Artifacts) -> None:
    """Write the tables, ``trials.csv``, ``pictures.png`` and ``result.json`` into the result's folder."""
    folder = Path(result.folder)
    folder.mkdir(parents=True, exist_ok=True)
    table = table_of(result)
    (folder / "table.md").write_text(renderers.markdown(table), encoding="utf-8")
    (folder / "table.tex").write_text(renderers.latex(table), encoding="utf-8")
    (folder / "table.csv").write_text(renderers.comma_separated(table), encoding="utf-8")
    _write_trials(folder / "trials.csv", [line for cell in graph.cells for line in _trials(cell, artifacts)])
    _draw(graph, artifacts, folder / "pictures.png")
    result.save(folder)


def _write_trials(path: Path, lines: list[Mapping[str, Any]]) -> None:
    names = list(dict.fromkeys(name for line in lines for name in line))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(lines)


def _trials(cell: Cell, artifacts: Artifacts) -> Iterator[dict[str, Any]]:
    """Yield one line per test trial: identity, label, predicted class and every per-trial score."""
    test = artifacts[cell.test]
    features = artifacts[cell.features].arrays if cell.features else {}
    classes = test.metadata["classes"]
    predicted = np.argmax(features["logits"], axis=1) if "logits" in features else None
    scores = {
        f"{metric}.{column}": values
        for metric, key in cell.scores.items()
        for column, values in artifacts[key].arrays.items()
        if not column.startswith((WITHOUT, PERMUTED))
    }
    for i in range(len(test.arrays["trial"])):
        yield {
            "row": cell.variant.label,
            "subject": cell.subject,
            "seed": cell.seed,
            **{
                name: int(test.arrays[name][i])
                for name in ("index", "trial", "image", "block", "order")
                if name in test.arrays
            },
            "label": classes[int(test.arrays["label"][i])],
            "predicted": "" if predicted is None else classes[int(predicted[i])],
            **{name: float(values[i]) for name, values in scores.items()},
        }


def _draw(graph: Graph, artifacts: Artifacts, path: Path) -> None:
    """Draw the true and the generated pictures of the first trials of the first subject and seed."""
    first = graph.cells[0]
    cells = [c for c in graph.cells if (c.subject, c.seed) == (first.subject, first.seed) and c.generated]
    references = {cell.reference for cell in cells if cell.reference}
    if len(references) != 1:  # no generated pictures, or of different sizes
        return
    truth = artifacts[references.pop()].arrays["pictures"][:SHOWN]
    test = artifacts[first.test]
    names = [test.metadata["classes"][int(label)] for label in test.arrays["label"][:SHOWN]]
    rows = [("true picture", np.asarray(truth))]
    for cell in cells:
        variant = cell.variant
        label = variant.label if not variant.control else f"control:\n{CONTROLS[variant.control].about}"
        rows.append((label, np.asarray(artifacts[str(cell.generated)].arrays["pictures"][:SHOWN, 0])))
    pictures.grid(rows, names, path)
