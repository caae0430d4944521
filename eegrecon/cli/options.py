"""Command-line options: those of `bench`, derived from their declarations, and those that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from eegrecon.benchmark.options import Option, Options, declared_options
from eegrecon.cli import completion

_COMPLETED: dict[str, Any] = {
    "profile": completion.profiles,
    "table": completion.tables,
    "ablate": completion.parts,
    "control": completion.controls,
    "audit": completion.audits,
}


def comma(_context: click.Context, _option: click.Parameter, value: Any) -> tuple[str, ...] | None:
    """Parse comma-separated texts; return their items, None where the option was not given and has no default.

    An empty text is returned as it is, so that it can be refused.
    """
    if value is None:
        return None
    texts = value if isinstance(value, tuple) else (value,)
    if any(not text.strip() for text in texts):
        return ("",)
    return tuple(item.strip() for text in texts for item in text.split(",") if item.strip())


def subjects(_context: click.Context, _option: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    """Parse subjects, ``1,2``; return their numbers, empty for ``all``."""
    if value is None or value == "all":
        return None if value is None else ()
    try:
        return tuple(int(item) for item in value.split(","))
    except ValueError:
        raise click.BadParameter(f"{value!r} is neither 'all' nor whole numbers such as 1,2") from None


def options_of(benchmark: str, values: dict[str, Any]) -> Options:
    """Return the options of a command line; values of a former name are added to those of the current one."""
    merged = dict(values)
    for name, option, _ in declared_options():
        if option.alias:
            merged[name] = (*merged[name], *merged.pop(option.alias))
    return Options(benchmark=benchmark, **merged)


def bench_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a command with every option of `Options`, in the order of their declaration."""
    for name, option, default in reversed(list(declared_options())):
        if option.alias:
            former = click.option(f"--{option.alias}", option.alias, multiple=True, callback=comma, hidden=True)
            command = former(command)
        command = _click_option(name, option, default)(command)
    return command


def _click_option(name: str, option: Option, default: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    flag = f"--{option.flag or name.replace('_', '-')}"
    settings: dict[str, Any] = {
        "help": option.help, "metavar": option.metavar, "default": default, "shell_complete": _COMPLETED.get(name),
    }  # fmt: skip
    match option.form:
        case "flag":
            settings |= {"is_flag": True}
        case "count":
            settings |= {"type": click.IntRange(min=1), "show_default": default is not None}
        case "choice":
            settings |= {"type": click.Choice(option.choices), "show_default": True}
        case "repeated":
            settings |= {"multiple": True}
        case "subjects":
            settings |= {"callback": subjects}
        case "comma" if default:
            settings |= {"default": ",".join(default), "show_default": True, "callback": comma}
        case "comma":
            settings |= {"multiple": default is not None, "callback": comma}
        case _:
            settings |= {"show_default": default is not None}
    return click.option(flag, name, **settings)


plugins = click.option("--plugin", "plugins", multiple=True, metavar="FILE.py", help="A plugin in one file.")
wide = click.option("--wide", "in_full", is_flag=True, help="Print everything, as wide as the terminal.")
quiet = click.option("--quiet", is_flag=True, help="Show no progress.")
debug = click.option("--debug", is_flag=True, help="Show details, and tracebacks of errors.")
fields = click.option("--set", "set_", multiple=True, metavar="A.B=V", help="Set a field.")
device = click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda …")
precision = click.option(
    "--precision", type=click.Choice(["fp32", "bf16", "fp16"]), default="fp32", show_default=True,
    help="Arithmetic of the networks.",
)  # fmt: skip
