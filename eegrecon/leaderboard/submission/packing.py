"""Packing a finished run as a submission: its result, its trials with class scores, and its pictures from the store."""

from __future__ import annotations

import csv
import hashlib
import io
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pydantic

from eegrecon.benchmark.controls import CONTROLS
from eegrecon.benchmark.options import Options
from eegrecon.errors import MissingFiles, UsageError
from eegrecon.evaluation.recorded import KEY, check_scores
from eegrecon.interfaces.data import Arrays
from eegrecon.interfaces.records import ResultRow
from eegrecon.leaderboard.submission import sheets
from eegrecon.leaderboard.submission.manifest import (
    MANIFEST,
    SCHEMA,
    Disclosures,
    FileRecord,
    Manifest,
    PicturesRecord,
)
from eegrecon.leaderboard.submission.opened import json_of
from eegrecon.pipeline.storage.store import Store
from eegrecon.reporting.result import RESULT, TRIALS, Result, load
from eegrecon.reporting.trials import CLASS

_FEATURES, _PICTURES = ("encode",), ("generate", "control")  # kinds of stages


@dataclass(frozen=True)
class About:
    """What the author says of a submission.

    Attributes:
        name: of the method, as a board shows it.
        calibration: use of test recordings before the scores.
        extra_data: data and weights beyond those of the benchmark.
        trials_averaged: recorded trials averaged into one test trial.
        channels: channels used.
        url: page of the code or paper.
        only_first: leave out the pictures of all rows but the first, whose scores are then not computed again.
    """

    name: str
    calibration: Literal["none", "inductive", "transductive"]
    extra_data: str
    trials_averaged: int = 1
    channels: str = "all"
    url: str = ""
    only_first: bool = False


def pack(run: str | Path, out: str | Path, about: About, store: Store, version: str) -> Manifest:
    """Write a run as a submission and return its manifest.

    Args:
        run: folder of the run.
        out: the folder or, if its name ends in ``.zip``, the zip file to write; it must not exist.
        about: what the author says of it.
        store: has the run's predictions and pictures.
        version: of eegrecon.

    Raises:
        UsageError: ``out`` exists, or what is said of the run is not valid.
        MissingFiles: the run, or its stages in the store, are not there.
        DataError: the result was edited after the run.
    """
    out = Path(out)
    if out.exists() or out.is_symlink():
        raise UsageError(f"{out} exists; choose another --out, so that nothing of yours is replaced")
    result = load(Path(run)).model_copy(update={"folder": str(run)})
    check_scores(result, store)
    first = range(1) if about.only_first else range(len(result.rows))
    found = {row: _arrays(result, result.rows[row], store, _PICTURES, "pictures") for row in first}
    pictures = {row: arrays for row, arrays in found.items() if arrays}
    manifest = _manifest(result, about, pictures, version)
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".packing-", dir=out.parent))
    try:
        target = temporary / out.name
        with _Target(target) as write:
            files: dict[str, FileRecord] = {}

            def add(name: str, content: bytes) -> None:
                files[name] = FileRecord(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
                write(name, content)

            add(RESULT, json_of(_published(result)))
            add(TRIALS, _trials(result, store))
            for record in manifest.pictures:
                for name, sheet in _sheets(record, result, pictures[record.row]):
                    add(name, sheet)
            manifest = manifest.model_copy(update={"files": files})
            write(MANIFEST, json_of(manifest))
        target.rename(out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return manifest


def _manifest(result: Result, about: About, pictures: Mapping[int, list[Arrays]], version: str) -> Manifest:
    records = []
    for row, cells in pictures.items():
        samples, height, width = cells[0]["pictures"].shape[1:4]
        records.append(PicturesRecord(row=row, samples=samples, height=height, width=width))
    try:
        return Manifest(
            schema=SCHEMA,
            name=about.name,
            url=about.url,
            disclosures=Disclosures(
                samples_per_trial=int(result.rows[0].configuration.get("samples", 1)),
                trials_averaged=about.trials_averaged,
                calibration=about.calibration,
                channels=about.channels,
                extra_data=about.extra_data,
            ),
            pictures=tuple(records),
            files={},
            eegrecon=version,
        )
    except pydantic.ValidationError as error:
        problem = error.errors()[0]
        name = str(problem["loc"][-1]).replace("_", "-")
        raise UsageError(f"--{name} {problem['input']!r}: {problem['msg']}") from error


def _published(result: Result) -> Result:
    """Return a result without the folders of this machine."""
    request = {**result.request}
    if "data" in request:
        request["data"] = Path(str(request["data"])).name
    for name in ("benchmark", "plugins"):
        if name in request:
            value = request[name]
            request[name] = Path(value).name if isinstance(value, str) else [Path(item).name for item in value]
    command = Options.from_record(request).command() if request else ""
    rows = tuple(row.model_copy(update={"configuration": _without_folders(row.configuration)}) for row in result.rows)
    return result.model_copy(update={"folder": "", "request": request, "command": command, "rows": rows})


def _without_folders(value: Any) -> Any:
    """Return fields of components with the names of files in the place of their paths."""
    if isinstance(value, dict):
        return {name: _without_folders(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_folders(inner) for inner in value]
    return Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value


def _arrays(result: Result, row: ResultRow, store: Store, kinds: tuple[str, ...], name: str) -> list[Arrays]:
    """Return the arrays of a row's stages that have an array of this name: one for each seed and subject, in order.

    Raises:
        MissingFiles: one is not in the store.
    """
    keys = [key for key in row.stages if KEY.fullmatch(key) and result.stages[key].kind in kinds]
    found = []
    for key in keys:
        artifact = store.get(result.stages[key].kind, key)
        if artifact is None:
            raise MissingFiles(
                f"{result.stages[key].name} of {row.label!r} is not in the store {store.root}; compute it again: "
                f"{result.command}"
            )
        if name in artifact.arrays:
            found.append(artifact.arrays)
    cells = len(result.subjects) * len(result.seeds)
    if found and len(found) != cells:
        raise MissingFiles(
            f"{row.label!r} has {name} of {len(found)} of its {cells} subjects and seeds, because a stage of "
            f"it failed; run again: {result.command}"
        )
    return found


def _cells(result: Result) -> list[tuple[int, int]]:
    """Return subject and seed of each cell of a row, in the order of its stages."""
    return [(subject, seed) for seed in result.seeds for subject in result.subjects]


def _trials(result: Result, store: Store) -> bytes:
    """Return ``trials.csv`` of the run with the class scores of each trial."""
    file = Path(result.folder, TRIALS)
    if not file.is_file():
        raise MissingFiles(f"{file} is missing; run again: {result.command}")
    with file.open(newline="", encoding="utf-8") as text:
        lines = list(csv.DictReader(text))
    scores, classes = _class_scores(result, store, lines)
    names = [*(lines[0] if lines else ()), *(f"{CLASS}{name}" for name in classes)]
    written = io.StringIO()
    writer = csv.DictWriter(written, names, restval="", lineterminator="\n")
    writer.writeheader()
    position: dict[tuple[str, str, str], int] = {}
    for line in lines:
        place = line["row"], line["subject"], line["seed"]
        number = position[place] = position.get(place, -1) + 1
        logits = scores.get(place)
        if logits is not None:
            line |= {f"{CLASS}{name}": str(score) for name, score in zip(classes, logits[number], strict=True)}
        writer.writerow(line)
    return written.getvalue().encode()


def _class_scores(
    result: Result, store: Store, lines: list[dict[str, str]]
) -> tuple[dict[tuple[str, str, str], Any], list[str]]:
    """Return the class scores (n, classes) of each cell that has some, and the names of the classes."""
    found: dict[tuple[str, str, str], Any] = {}
    classes: list[str] = []
    for row in result.rows:
        if row.control and CONTROLS[row.control].changes in ("conditions", "pictures"):
            continue  # its pictures do not come from these
        for (subject, seed), arrays in zip(
            _cells(result), _arrays(result, row, store, _FEATURES, "logits"), strict=False
        ):
            found[row.label, str(subject), str(seed)] = np.asarray(arrays["logits"])
    tests = [key for key in result.rows[0].stages if result.stages[key].kind == "test" and KEY.fullmatch(key)]
    if found and tests and (test := store.get("test", tests[0])):
        classes = list(test.metadata["classes"])
    if found and not classes:
        raise MissingFiles(f"the test trials are not in the store {store.root}; compute them again: {result.command}")
    return found, classes


def _sheets(record: PicturesRecord, result: Result, cells: list[Arrays]) -> Iterator[tuple[str, bytes]]:
    for (subject, seed), arrays in zip(_cells(result), cells, strict=True):
        pictures = arrays["pictures"]
        flat = pictures.reshape(-1, *pictures.shape[-3:])
        if flat.shape[1:3] != (record.height, record.width):
            raise UsageError(
                f"pictures of {result.rows[record.row].label!r} have different sizes, and cannot be packed"
            )
        names = sheets.names(record.row, subject, seed, len(flat), record.height, record.width)
        yield from zip(names, sheets.written(flat), strict=True)


class _Target:
    """A folder or zip file that files are written to."""

    def __init__(self, path: Path) -> None:
        self.archive = zipfile.ZipFile(path, "x") if path.suffix == ".zip" else None
        self.path = path

    def __enter__(self) -> Callable[[str, bytes], None]:
        return self._write

    def __exit__(self, *_: object) -> None:
        if self.archive is not None:
            self.archive.close()

    def _write(self, name: str, content: bytes) -> None:
        """Write a file; a zip file has no times, so that equal runs give equal files."""
        if self.archive is None:
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            return
        info = zipfile.ZipInfo(name)
        info.external_attr = 0o644 << 16
        info.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
        self.archive.writestr(info, content)
