"""The trials whose pictures a report shows: the best, median and worst ones by a rule, so that nobody picks them."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eegrecon.interfaces.data import Pixels
from eegrecon.interfaces.pictures import fitted_to
from eegrecon.pipeline.context import Artifacts
from eegrecon.pipeline.graph import Cell, Graph
from eegrecon.reporting.cells import TableColumn
from eegrecon.reporting.html.material import Example, Examples, Group
from eegrecon.reporting.result import Result
from eegrecon.reporting.summary.headline import FAMILIES, headline
from eegrecon.reporting.tables import table_of
from eegrecon.reporting.trials import Line

EACH = 4  # trials of each group
LARGEST = 192  # pixels of a shown picture's longer side
LOSSLESS = 64  # pixels up to which a picture is PNG; of larger ones, JPEG is a fifth as long
_OF_PICTURES = next(family for family in FAMILIES if "identification" in family)
Place = tuple[int, int]  # number of the cell, and of the trial in it


@dataclass(frozen=True)
class Choice:
    """The chosen trials.

    Attributes:
        column: what ranks them; None where no column has a value for each trial.
        groups: places of the trials by group.
        ranked: number of trials that could be chosen.
        best_shared: number of trials that have the best value.
    """

    column: TableColumn | None
    groups: Mapping[Group, Sequence[Place]]
    ranked: int
    best_shared: int = 0


def choose(column: TableColumn | None, cells: Sequence[Sequence[Line]]) -> Choice:
    """Return the best, median and worst trials by a column; where values are equal, in the order of their identity.

    The opaque identity of a test trial is a random number that depends on its content alone.

    Args:
        column: what ranks the trials; without one, the first are chosen.
        cells: the trials of each cell of the full method, with their values.
    """
    places = [(number, row) for number, lines in enumerate(cells) for row in range(len(lines))]
    if column is None:
        return Choice(None, {"first": places[: 2 * EACH]}, len(places))
    name = f"{column.metric}.{column.name}"
    values = np.asarray([float(cells[number][row][name]) for number, row in places])
    identity = np.asarray([int(cells[number][row]["trial"]) for number, row in places])
    order = np.lexsort((identity, -values if column.better == "higher" else values))
    each = max(1, min(EACH, len(order) // 3))
    middle = (len(order) - each) // 2
    parts: dict[Group, Any] = {"best": order[:each]}
    if len(order) >= 3:
        parts |= {"median": order[middle : middle + each], "worst": order[len(order) - each :]}
    groups = {group: [places[place] for place in part] for group, part in parts.items()}
    return Choice(column, groups, len(places), int(np.sum(values == values[order[0]])))


def ranking_column(result: Result, line: Line) -> TableColumn | None:
    """Return the column that ranks trials: identification, or else the most important one with a value for each."""
    columns = table_of(result).headings
    named = [column for name in _OF_PICTURES for column in columns if column.name == name]
    candidates = [*named, *headline(result, columns)]
    return next((column for column in candidates if f"{column.metric}.{column.name}" in line), None)


def examples_of(result: Result, graph: Graph, artifacts: Artifacts, lines: Mapping[int, Sequence[Line]]) -> Examples:
    """Return the pictures of the chosen trials of the first seed, in each row that has pictures.

    Args:
        result: names the columns.
        graph: has a cell of the full method with generated pictures.
        artifacts: products of the stages.
        lines: the lines of ``trials.csv`` of each cell, by the number of the cell in the graph.
    """
    first = graph.cells[0]
    full = [cell for cell in graph.of(first.variant) if cell.seed == first.seed and cell.generated]
    of_cells = [lines[graph.cells.index(cell)] for cell in full]
    choice = choose(ranking_column(result, of_cells[0][0]), of_cells)
    places = [place for group in choice.groups.values() for place in group]
    reference = [artifacts[str(cell.reference)].arrays["pictures"] for cell in full]
    size = reference[0].shape[1:3]
    shown = shown_size(size)
    rows: dict[str, tuple[str, ...]] = {}
    for variant in dict.fromkeys(cell.variant for cell in graph.cells):
        cells = [_same(graph, variant, cell) for cell in full]
        if all(cell is not None and cell.generated for cell in cells):
            generated = [artifacts[str(cell.generated)].arrays["pictures"] for cell in cells if cell]
            rows[variant.label] = tuple(encoded(np.asarray(generated[c][t, 0]), shown) for c, t in places)
    return Examples(
        metric=choice.column.metric if choice.column else "",
        column=choice.column.name if choice.column else "",
        seed=first.seed,
        trials_ranked=choice.ranked,
        best_shared=choice.best_shared,
        trials=tuple(
            _example(group, full[c], of_cells[c][t], artifacts)
            for group, found in choice.groups.items()
            for c, t in found
        ),
        size=size,
        shown_size=shown,
        truth=tuple(encoded(np.asarray(reference[c][t]), shown) for c, t in places),
        rows=rows,
    )


def _same(graph: Graph, variant: Any, full: Cell) -> Cell | None:
    """Return the cell of a variant for the subject and seed of a cell of the full method."""
    return next((c for c in graph.of(variant) if (c.subject, c.seed) == (full.subject, full.seed)), None)


def _example(group: Group, cell: Cell, line: Line, artifacts: Artifacts) -> Example:
    captions = artifacts[cell.description].metadata["captions"] if cell.description else None
    image = int(line["image"])
    caption = captions[image] if captions and image < len(captions) else None
    return Example(
        group=group, subject=cell.subject, index=int(line["index"]), label=str(line["label"]), caption=caption
    )


def shown_size(size: tuple[int, int], largest: int = LARGEST) -> tuple[int, int]:
    """Return the height and width at which pictures of a size are shown, pixels."""
    scale = min(1.0, largest / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def encoded(picture: Pixels, size: tuple[int, int]) -> str:
    """Return a picture of a size, height and width, as PNG or JPEG in base64."""
    from PIL import Image

    file, image = io.BytesIO(), Image.fromarray(np.ascontiguousarray(fitted_to(picture, size)))
    if max(size) <= LOSSLESS or image.mode == "RGBA":
        image.save(file, "PNG")
    else:
        image.save(file, "JPEG", quality=88, subsampling=0)
    return base64.b64encode(file.getvalue()).decode("ascii")
