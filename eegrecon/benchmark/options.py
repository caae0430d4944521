"""The options of ``eegrecon bench``, each declared once with its type, default and help.

The command line, the printed command and the record in a result are derived from this declaration; a test keeps the
signature of `eegrecon.bench` in step with it.
"""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from eegrecon.benchmark.controls import DEFAULT_CONTROLS
from eegrecon.interfaces.components import Precision

Form = Literal["text", "comma", "repeated", "flag", "count", "subjects", "choice"]


@dataclass(frozen=True)
class Option:
    """How an option is written on the command line.

    Attributes:
        help: the text of ``--help``.
        form: "text"; "comma" (``a,b``); "repeated" (given several times); "flag"; "count" (at least 1); "subjects"
            (``1,2`` or ``all``); "choice".
        flag: the option's name, if it is not that of the field.
        metavar: what stands for the value in ``--help``.
        choices: the values of a choice.
        alias: a former name that still works and is not shown.
        recorded: whether it defines the result; otherwise it is left out of the record.
    """

    help: str
    form: Form = "text"
    flag: str = ""
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    alias: str = ""
    recorded: bool = True


def option(default: Any, help: str, form: Form = "text", **more: Any) -> Any:
    """Declare a field as an option of ``eegrecon bench``; the arguments are those of `Option`."""
    return dataclasses.field(default=default, metadata={"option": Option(help, form, **more)})


@dataclass(frozen=True)
class Options:
    """What ``eegrecon bench`` is asked for.

    Attributes:
        benchmark: a registered name, or the path of a benchmark file.
        control: names of controls; None for those of the table preset, or else the default ones.
        subjects: the subjects to evaluate; None for the benchmark's default, empty for all.
    """

    benchmark: str
    profile: str | None = option(None, "A profile of the benchmark file.  [default: its first]")
    table: str | None = option(None, "A table of the paper, with its variants and columns.", metavar="ID")
    ablate: tuple[str, ...] = option((), "Parts to remove: a,b (one row each), a+b (one row), all.", "comma")
    grid: tuple[str, ...] = option(
        (), "An axis of parts; given twice, one row for every combination.", "repeated", metavar="A,B"
    )
    sweep: tuple[str, ...] = option((), "One row for each value of a field.", "repeated", metavar="A.B=V,W")
    set: tuple[str, ...] = option((), "Set a field, for instance encoder.time.width=64.", "repeated", metavar="A.B=V")
    control: tuple[str, ...] | None = option(
        None, f"Controls, all or none.  [default: those of the table, or {','.join(DEFAULT_CONTROLS)}]", "comma"
    )
    audit: tuple[str, ...] = option(("all",), "Audits of the run, all or none.", "comma")
    subjects: tuple[int, ...] | None = option(
        None, "Subjects to evaluate: 1,2 or all.  [default: as the benchmark defines]", "subjects"
    )
    seeds: int = option(1, "Number of runs, with one seed each.", "count")
    protocol: str | None = option(None, "How the data are split: one of the data set's protocols.")
    data: str | None = option(None, "Read a data set from this folder.", metavar="DIR")
    allow_missing_pictures: bool = option(
        False, "Leave out trials whose picture is missing or damaged, and report them.", "flag"
    )
    trust_pickle: bool = option(
        False, "Read data files that are pickles; no code in them is run.", "flag", recorded=False
    )
    out: str | None = option(
        None, "Folder of the result.  [default: runs/NAME-PROFILE-TIME]", metavar="DIR", recorded=False
    )
    device: str = option("auto", "auto, cpu, cuda …")
    precision: Precision = option("fp32", "Arithmetic of the networks.", "choice", choices=("fp32", "bf16", "fp16"))
    recompute: tuple[str, ...] = option(
        (), "Recompute a stage and every stage that reads it.", "comma", metavar="STAGE", alias="fresh", recorded=False
    )
    plugins: tuple[str, ...] = option((), "A plugin in one file.", "repeated", flag="plugin", metavar="FILE.py")
    workers: int | None = option(
        None, "Compute stages in so many processes of this machine.", "count", metavar="N", recorded=False
    )
    scheduler: str | None = option(
        None, "Compute stages on the Dask cluster with this scheduler.", metavar="tcp://HOST:PORT", recorded=False
    )
    cluster: str | None = option(
        None, "Compute stages in jobs of a batch system (SLURM, PBS, LSF, SGE).", metavar="FILE.yaml", recorded=False
    )

    def command(self) -> str:
        """Return the command line that asks for the same."""
        words = ["eegrecon", "bench", self.benchmark]
        for name, declared, default in declared_options():
            value = getattr(self, name)
            if value != default:
                words += _words(f"--{declared.flag or name.replace('_', '-')}", declared, value)
        return shlex.join(words)

    def record(self) -> dict[str, Any]:
        """Return the values that define the result and differ from the defaults, JSON-like."""
        values: dict[str, Any] = {"benchmark": self.benchmark}
        for name, declared, default in declared_options():
            value = getattr(self, name)
            if declared.recorded and value != default:
                values[name] = list(value) if isinstance(value, tuple) else value
        return values

    def order(self) -> dict[str, Any]:
        """Return the record with the permission to read pickles, which defines no result but converts data."""
        return self.record() | ({"trust_pickle": True} if self.trust_pickle else {})

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Options:
        """Return the options that `record` has written, or values of the same names with lists and paths."""
        return cls(**{name: _normalised(value) for name, value in record.items()})


def _normalised(value: Any) -> Any:
    """Return lists as tuples and paths as texts."""
    if isinstance(value, list | tuple):
        return tuple(map(_normalised, value))
    return str(value) if isinstance(value, Path) else value


def declared_options() -> Iterator[tuple[str, Option, Any]]:
    """Yield name, declaration and default of every option but the benchmark."""
    for item in dataclasses.fields(Options):
        if "option" in item.metadata:
            yield item.name, item.metadata["option"], item.default


def _words(flag: str, option: Option, value: Any) -> list[str]:
    """Return an option as words of a command line."""
    match option.form:
        case "flag":
            return [flag]
        case "repeated":
            return [word for item in value for word in (flag, item)]
        case "comma":
            return [flag, ",".join(value) or "none"]
        case "subjects":
            return [flag, ",".join(map(str, value)) or "all"]
        case _:
            return [flag, str(value)]
