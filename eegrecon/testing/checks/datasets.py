"""Checks of data sets and preparations: shares, montage, stability, and what ``data check`` finds."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from eegrecon.errors import EegreconError, InvalidConfiguration
from eegrecon.interfaces import output_checks, recording_checks
from eegrecon.interfaces.components import Dataset
from eegrecon.interfaces.data import Arrays, Recordings, Trials
from eegrecon.registry.resources import named_path
from eegrecon.testing.suite import Case, Skipped, check, difference

UNITS = ("uV", "z")
_AT_ONCE = 8  # trials whose EEG is compared


@check("dataset")
def recordings(case: Case) -> None:
    """Every subject's shares are disjoint and hold what the contract says, under every protocol."""
    for protocol in type(case.component).protocols:
        try:
            dataset = replace(case.component, protocol=protocol)
        except InvalidConfiguration:
            if protocol == case.component.protocol:
                raise
            continue  # not with the fields of small()
        subjects = dataset.subjects()
        if not subjects or not all(isinstance(subject, int) for subject in subjects):
            raise case.failed("subjects", f"returned {subjects!r}", "return whole numbers, at least one")
        run = case.run()
        loaded = dataset.load(subjects[0], run)
        recording_checks.check(dataset, loaded, subjects[0])
        if not len(loaded.test.trial):
            raise case.failed("load", f"gives no test trial under the protocol {protocol}", "leave the protocol out")
        _check_pool(case, dataset, loaded, subjects[0])


def _check_pool(case: Case, dataset: Dataset, loaded: Recordings, subject: int) -> None:
    strangers = np.setdiff1d(loaded.pool.train.subject, dataset.permitted(subject))
    if len(strangers):
        raise case.failed(
            "load",
            f"({subject}) has pool trials of the subjects {strangers.tolist()}, who are not permitted",
            "leave them out, or permit them in permitted()",
        )


@check("dataset")
def montage(case: Case) -> None:
    """The montage names every channel once, with a sampling rate and a known unit."""
    found = case.component.load(case.component.subjects()[0], case.run()).training.montage
    if len(set(found.channels)) != len(found.channels) or not all(name.strip() for name in found.channels):
        raise case.failed(
            "load", f"has the channels {', '.join(found.channels)}", "give each channel a name of its own"
        )
    if not (0 < found.sfreq < 1e5 and abs(found.tmin) < 60):
        what = f"has a sampling rate of {found.sfreq} Hz and a first sample at {found.tmin} s"
        raise case.failed("load", what, "give sfreq in Hz and tmin in seconds from picture onset")
    if found.unit not in UNITS:
        raise case.failed("load", f"has the unit {found.unit!r}", f"convert it to one of {', '.join(UNITS)}")


@check("dataset")
def stable(case: Case) -> None:
    """Loading twice gives the same trials, labels, EEG and pictures, so that the fingerprint is stable."""
    subject = case.component.subjects()[0]
    first, second = (_content(case.component.load(subject, case.run())) for _ in range(2))
    name, largest = difference(first, second)
    if largest > 0:
        raise case.failed("load", f"returns another {name} the second time", "draw from a fixed seed, and sort files")


def _content(loaded: Recordings) -> Arrays:
    shares = {"train": loaded.training.train, "val": loaded.training.val, "test": loaded.test}
    found = {f"{name}.{item}": array for name, trials in shares.items() for item, array in _arrays(trials).items()}
    return {**found, "picture": np.asarray(loaded.pictures[int(loaded.test.image[0])])}


def _arrays(trials: Trials) -> Arrays:
    rows = np.arange(min(_AT_ONCE, len(trials.trial)))
    names = ("trial", "label", "image", "subject")
    return {"eeg": np.asarray(trials.eeg[rows]), **{name: getattr(trials, name) for name in names}}


def _missing(files: list[Path]) -> None:
    files[0].unlink()


def _truncated(files: list[Path]) -> None:
    files[0].write_bytes(files[0].read_bytes()[: files[0].stat().st_size // 2])


def _swapped(files: list[Path]) -> None:
    content = files[0].read_bytes()
    files[0].write_bytes(files[1].read_bytes())
    files[1].write_bytes(content)


@check("dataset")
def data_check(case: Case) -> None:
    """``check`` finds a missing, a truncated and a swapped file, and nothing in a complete folder."""
    name, folder = _folder(case)
    problems = [finding.text for finding in case.component.check() if not finding.ok]
    if problems:
        raise case.failed("check", f"reports problems of small(): {'; '.join(problems)}", "repair either of them")
    for what, files, damage in _damages(folder):
        copy = case.run().scratch / "data"
        shutil.copytree(folder, copy)
        damage([copy / file.relative_to(folder) for file in files])
        try:
            found = any(not finding.ok for finding in replace(case.component, **{name: str(copy)}).check())
        except EegreconError:
            found = True  # it refuses the folder
        if not found:
            names = " and ".join(str(file.relative_to(folder)) for file in files)
            raise case.failed("check", f"does not find that {names} {what}", "read every file and compare its content")


def _folder(case: Case) -> tuple[str, Path]:
    """Return the field of ``small()`` that names a folder with files, and the folder."""
    for item in fields(case.component):
        path = named_path(getattr(case.component, item.name))
        if path is not None and path.is_dir() and any(file.is_file() for file in path.rglob("*")):
            return item.name, path
    raise Skipped("no field of small() names a folder of files; write a small one there")


def _damages(folder: Path) -> Iterator[tuple[str, list[Path], Callable[[list[Path]], None]]]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    for file in files:
        yield "is missing", [file], _missing
        yield "is truncated", [file], _truncated
    for first, second in pairwise(files):
        if first.suffix == second.suffix and first.read_bytes() != second.read_bytes():
            yield "are swapped", [first, second], _swapped


@check("preparation")
def prepared(case: Case) -> None:
    """``prepare`` returns numpy arrays by name, the same every time."""
    first, second = (
        output_checks.weights(case.component, "prepare", case.component.prepare(case.run())) for _ in range(2)
    )
    name, largest = difference(first, second)
    if not first or largest > 0:
        what = f"returned another {name} the second time" if first else "returned no array"
        raise case.failed("prepare", what, "return every array by name, and draw from a fixed seed")
