"""An option of ``bench`` has four forms, kept in step here: field, command line, Python argument, and record."""

from __future__ import annotations

import dataclasses
import inspect
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
from jobs import TOY

import eegrecon
from eegrecon import MissingFiles, UsageError
from eegrecon.benchmark.controls import DEFAULT_CONTROLS
from eegrecon.benchmark.options import Options, declared_options
from eegrecon.cli.bench import bench
from eegrecon.cli.options import options_of

OF_THE_COMMAND = {"dry_run", "as_json", "in_full", "quiet", "debug"}  # how a command prints, not what it computes
VALUES: dict[str, list[Any]] = {  # values of every option, besides its default
    "profile": ["demo"],
    "table": ["4"],
    "ablate": [("freq",), ("time+freq", "refine")],
    "grid": [("freq,time", "refine,semantic")],
    "sweep": [("encoder.time.width=32,64", "encoder.kind=a b,c'd")],
    "set": [("encoder.time.width=64", 'encoder.kind="a b"')],
    "control": [("none",), ("shuffle", "oracle"), ("all",), DEFAULT_CONTROLS],
    "audit": [("none",), ("drift", "copies")],
    "subjects": [(), (1,), (1, 3)],
    "seeds": [3],
    "protocol": ["published"],
    "data": ["my data"],
    "allow_missing_pictures": [True],
    "trust_pickle": [True],
    "out": ["runs/one"],
    "device": ["cuda:1"],
    "precision": ["bf16", "fp16"],
    "recompute": [("aligner",), ("encoder.time", "generated")],
    "plugins": [("one.py", "two.py")],
    "workers": [2],
    "scheduler": ["tcp://192.0.2.1:8786"],
    "cluster": ["my cluster.yaml"],
}
FIELDS = {name: default for name, _, default in declared_options()}
CASES = [pytest.param(name, value, id=f"{name}={value}") for name, values in VALUES.items() for value in values]


def parsed(command: str) -> Options:
    """Return the options that a command line is parsed into."""
    program, name, *arguments = shlex.split(command)
    assert (program, name) == ("eegrecon", "bench")
    values = dict(bench.make_context("bench", arguments).params)
    return options_of(values.pop("benchmark"), {n: v for n, v in values.items() if n not in OF_THE_COMMAND})


def test_every_field_is_a_declared_option_with_a_value_to_test() -> None:
    assert [field.name for field in dataclasses.fields(Options)] == ["benchmark", *FIELDS]
    assert set(VALUES) == set(FIELDS)


def test_every_option_is_on_the_command_line_and_has_a_help_text() -> None:
    options = {option.name: option for option in bench.params if isinstance(option, click.Option)}
    former = {declared.alias for _, declared, _ in declared_options() if declared.alias}
    assert set(options) == {*FIELDS, *former, *OF_THE_COMMAND}
    assert all(option.help for name, option in options.items() if name not in former)
    assert all(options[name].hidden for name in former)


def test_every_option_is_an_argument_in_python_with_the_same_default_and_is_documented() -> None:
    arguments = dict(inspect.signature(eegrecon.bench).parameters)
    assert list(arguments) == ["benchmark", *FIELDS, "quiet"]
    assert {name: arguments[name].default for name in FIELDS} == FIELDS
    documented = [line.strip().partition(":")[0] for line in str(eegrecon.bench.__doc__).splitlines()]
    assert [name for name in arguments if name not in documented] == []


def test_without_options_the_command_line_gives_the_defaults() -> None:
    assert parsed("eegrecon bench toy") == Options("toy")
    assert Options("toy").command() == "eegrecon bench toy"
    assert Options("toy").record() == {"benchmark": "toy"}


@pytest.mark.parametrize(("name", "value"), CASES)
def test_the_printed_command_gives_the_same_options(name: str, value: Any) -> None:
    options = Options("toy", **{name: value})
    assert options != Options("toy")
    assert parsed(options.command()) == options


@pytest.mark.parametrize(("name", "value"), CASES)
def test_the_record_gives_the_same_options_but_for_those_that_do_not_define_the_result(name: str, value: Any) -> None:
    recorded = {n: declared.recorded for n, declared, _ in declared_options()}
    options = Options("toy", **{name: value})
    assert Options.from_record(options.record()) == (options if recorded[name] else Options("toy"))
    assert [n for n, is_recorded in recorded.items() if not is_recorded] == [
        "trust_pickle", "out", "recompute", "workers", "scheduler", "cluster",
    ]  # fmt: skip


@pytest.mark.usefixtures("store")
def test_python_passes_every_argument_on(tmp_path: Path) -> None:
    (tmp_path / "toy.txt").touch()
    toy, plugins = str(TOY / "toy.toml"), (str(TOY / "toy.py"),)
    passed: dict[str, Any] = {
        "profile": "large", "ablate": ("slope",), "grid": ("power", "loose"), "sweep": ("encoder.kind=odd",),
        "set": ("encoder.slope=2.0",), "control": ("none",), "audit": ("drift",), "subjects": (1,), "seeds": 2,
        "protocol": "within-image", "data": str(tmp_path), "out": str(tmp_path / "run"), "device": "cpu",
        "precision": "bf16", "recompute": ("aligner",), "plugins": plugins,
    }  # fmt: skip
    result = eegrecon.bench(toy, **passed, quiet=True)
    assert result.request == Options(toy, **passed).record()
    assert (tmp_path / "run" / "result.json").is_file()
    refused: dict[str, tuple[Any, str]] = {  # value, and the text by which the message names it
        "table": ("9", "'9'"),
        "allow_missing_pictures": (True, "--allow-missing-pictures"),
        "trust_pickle": (True, "--trust-pickle"),
        "recompute": (("alinger",), "'alinger'"),
        "scheduler": (" ", "--scheduler is empty"),
        "cluster": (str(tmp_path / "none.yaml"), "none.yaml"),
    }
    for name, (value, text) in refused.items():
        with pytest.raises((UsageError, MissingFiles), match=text):
            eegrecon.bench(toy, plugins=plugins, **{name: value})
    with pytest.raises(UsageError, match="--workers and --scheduler"):
        eegrecon.bench(toy, plugins=plugins, workers=2, scheduler="tcp://192.0.2.1:8786")
    assert {*passed, *refused, "workers"} == set(FIELDS)


def test_a_former_option_adds_to_the_present_one() -> None:
    assert parsed("eegrecon bench toy --fresh aligner --recompute encoder").recompute == ("encoder", "aligner")
