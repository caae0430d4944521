"""The folder of a run: which one a result may be written to, and its files, ``result.json`` last; then the report.

Files that are not of a result of ours are never replaced.
"""

from __future__ import annotations

import csv
import datetime
import itertools
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from eegrecon.benchmark.controls import CONTROLS
from eegrecon.benchmark.request import Request
from eegrecon.errors import DataError, EegreconError, MissingFiles, UsageError
from eegrecon.evaluation.scoring import PERMUTED, WITHOUT
from eegrecon.pipeline.context import Artifacts
from eegrecon.pipeline.graph import Cell, Graph
from eegrecon.reporting import pictures, renderers
from eegrecon.reporting.html.gathering import gather
from eegrecon.reporting.html.page import REPORT, SIGNATURE, report_of
from eegrecon.reporting.result import RESULT, TRIALS, Result, load
from eegrecon.reporting.tables import table_of

SHOWN = 10  # number of trials in pictures.png
PICTURES = "pictures.png"
UNFINISHED = ".unfinished"  # in the folder of a run: its files until all of them are written
_NOT_IN_NAMES = re.compile(r"[^\w.-]+")  # of folders


@contextmanager
def reserved(request: Request) -> Iterator[Path]:
    """Create or check the folder of a result before the work, and yield it; it is removed again if it stays empty.

    Results go to a new or empty folder, to one that an interrupted run left, or to one with a result of the same
    request, which is replaced.

    Raises:
        UsageError: the folder holds something else, or cannot be written.
    """
    folder, new = _created(request)
    try:
        with opened(folder):
            yield folder
    finally:
        if new:
            with suppress(OSError):  # not empty
                folder.rmdir()


@contextmanager
def opened(folder: Path) -> Iterator[None]:
    """Prepare a folder for the files of a result, which are written beside the present ones and then moved into place.

    Raises:
        UsageError: it cannot be written.
    """
    if folder.is_symlink():
        raise UsageError(f"{folder} is a symbolic link to {folder.resolve()}; name the folder itself")
    try:
        (folder / UNFINISHED).mkdir(exist_ok=True)
        (folder / UNFINISHED / "test").touch()
        (folder / UNFINISHED / "test").unlink()
    except OSError as error:
        raise UsageError(
            f"cannot write to {folder}: {error.strerror}; make it writable, or choose another folder with --out"
        ) from error
    try:
        yield
    finally:
        shutil.rmtree(folder / UNFINISHED, ignore_errors=True)


def _created(request: Request) -> tuple[Path, bool]:
    """Return the folder of a result, and whether it is new."""
    out = request.options.out
    try:
        if out is None:
            return _new_folder(request), True
        folder = Path(out)
        new = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"cannot create {error.filename}: {error.strerror}; choose another folder with --out"
        ) from error
    _check(folder, request.options.record())
    return folder, new


def _new_folder(request: Request) -> Path:
    """Create the default folder of a result, below ``runs`` whatever the names are; each run gets one of its own."""
    names = request.selection.definition.name, request.selection.profile or "default"
    safe = [_NOT_IN_NAMES.sub("-", name)[:60].strip("-.") or "unnamed" for name in names]
    base = "-".join([*safe, datetime.datetime.now().strftime("%Y%m%d-%H%M%S")])
    for number in itertools.count(1):
        folder = Path("runs") / (base if number == 1 else f"{base}-{number}")
        with suppress(FileExistsError):
            folder.mkdir(parents=True)
            return folder
    raise AssertionError


def _check(folder: Path, record: Mapping[str, Any]) -> None:
    """Refuse a folder that holds anything but a result of the request with this record.

    Raises:
        UsageError: it does.
    """
    content = {path.name: path for path in sorted(folder.iterdir())}
    if RESULT in content and not content[RESULT].is_symlink():
        with suppress(DataError, MissingFiles):
            found = load(content[RESULT])
            if found.request == record:
                return
            raise UsageError(
                f"--out {folder} holds the result of another run ({found.command}); choose another folder, or remove it"
            )
    unfinished = content.get(UNFINISHED)
    if content and (unfinished is None or unfinished.is_symlink()):
        names = ", ".join(list(content)[:3])
        raise UsageError(
            f"--out {folder} holds other files ({names}); choose a new or empty folder, or one with a result of this "
            "run, so that nothing of yours is replaced"
        )


def write(result: Result, graph: Graph, artifacts: Artifacts) -> None:
    """Write the files of a result into its folder, opened for it; the report is made of them later.

    Raises:
        EegreconError: the folder cannot be written, or meanwhile has the result of another run.
    """
    lines = {number: list(_trials(cell, artifacts)) for number, cell in enumerate(graph.cells)}
    with _moved_into(Path(result.folder), result.request) as folder:
        _write_tables(result, folder)
        _write_trials(folder / TRIALS, [line for found in lines.values() for line in found])
        _draw(graph, artifacts, folder / PICTURES)
        gather(result, graph, artifacts, lines).save(folder)
        result.save(folder)


def rewrite(result: Result) -> None:
    """Write the tables and ``result.json`` of a result whose trials and pictures are as before.

    Raises:
        EegreconError: the folder cannot be written, or meanwhile has the result of another run.
    """
    with _moved_into(Path(result.folder), result.request) as folder:
        _write_tables(result, folder)
        result.save(folder)


def write_report(folder: Path, out: Path | None = None) -> Path:
    """Make the report of a run's folder from its files, write it, and return its path.

    Args:
        folder: the folder of the run.
        out: the file to write; by default ``report.html`` in the folder. Of other files, only a report is replaced.

    Raises:
        UsageError: the file is something else, or cannot be written.
        MissingFiles: there is no result.
        DataError: a file of the folder is not one that a run has written.
    """
    target = out or folder / REPORT
    if out is not None and (out.is_symlink() or (out.exists() and not _is_report(out))):
        raise UsageError(f"{target} is not a report of eegrecon, so it is not replaced; choose another file with --out")
    text, part = report_of(folder), target.with_name(f".{target.name}.part")
    try:
        part.unlink(missing_ok=True)  # it may be a link
        with part.open("x", encoding="utf-8") as file:
            file.write(text)
        part.replace(target)
    except OSError as error:
        raise UsageError(f"cannot write {target}: {error.strerror or error}; choose another file with --out") from error
    return target


def _is_report(file: Path) -> bool:
    """Whether a file starts as a report does."""
    try:
        with file.open(encoding="utf-8", errors="replace") as text:
            return SIGNATURE in text.read(1000)
    except OSError:  # a folder, for one
        return False


@contextmanager
def _moved_into(target: Path, record: Mapping[str, Any]) -> Iterator[Path]:
    """Yield a folder for files that are then moved into place, ``result.json`` last.

    A symbolic link of the same name is replaced, not followed.
    """
    try:
        folder = target / UNFINISHED
        shutil.rmtree(folder, ignore_errors=True)  # what an interrupted run left
        folder.mkdir()
        yield folder
        _check(target, record)
        for file in sorted(folder.iterdir(), key=lambda file: file.name == RESULT):
            os.replace(file, target / file.name)
    except OSError as error:
        raise EegreconError(
            f"cannot write the result to {target}: {error.strerror or error}; finished stages are in the store: run "
            "the same command again, with another --out if the folder cannot be mended"
        ) from error


def _write_tables(result: Result, folder: Path) -> None:
    table = table_of(result)
    (folder / "table.md").write_text(renderers.markdown(table), encoding="utf-8")
    (folder / "table.tex").write_text(renderers.latex(table), encoding="utf-8")
    (folder / "table.csv").write_text(renderers.comma_separated(table), encoding="utf-8")


def _write_trials(path: Path, lines: list[Mapping[str, Any]]) -> None:
    names = list(dict.fromkeys(name for line in lines for name in line))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(lines)


def _trials(cell: Cell, artifacts: Artifacts) -> Iterator[dict[str, Any]]:
    """Yield one line per test trial: identity, label, the decoded class of its picture and every per-trial score."""
    test = artifacts[cell.test]
    features = artifacts[cell.features].arrays if cell.features else {}
    classes = test.metadata["classes"]
    control = cell.variant.control
    decodes = "logits" in features and (not control or CONTROLS[control].decodes)
    predicted = np.argmax(features["logits"], axis=1) if decodes else None
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
                for name in ("index", "trial", "image", "picture", "block", "order")
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
        label = variant.label if not variant.control else f"control: {CONTROLS[variant.control].about}"
        rows.append((label, np.asarray(artifacts[str(cell.generated)].arrays["pictures"][:SHOWN, 0])))
    pictures.grid(rows, names, path)
