"""The ``plugin`` commands, for authors of plugins: new and check."""

from __future__ import annotations

import json
import sys
import textwrap
import traceback
from typing import TYPE_CHECKING

import click

from eegrecon.cli import options
from eegrecon.errors import printable

if TYPE_CHECKING:
    from eegrecon.testing.selection import Report

SLOW = 5.0  # seconds of a check, which are then printed
KINDS = ("encoder", "aligner", "generator", "metric", "dataset", "judge", "audit")  # with a template


@click.group()
def plugin() -> None:
    """Write a plugin, and check it against the contract."""


@plugin.command()
@click.argument("name", metavar="NAME|FILE.py")
@click.option("--kind", help="Check only components of this kind.")
@click.option("--only", multiple=True, callback=options.comma, metavar="CHECK", help="Run only these checks.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcomes as JSON.")
@options.plugins
@options.debug
def check(
    name: str, kind: str | None, only: tuple[str, ...], as_json: bool, plugins: tuple[str, ...], debug: bool
) -> None:
    """Check components on toy data, and say what to change. The exit code is 3 if a check fails.

    NAME is that of a component (brainvis, encoder.brainvis) or of an installed plugin, all of whose components are
    checked.
    """
    from eegrecon.testing import selection

    report = selection.check(name, kind, only, plugins)
    if _print_json(report) if as_json else _print_lines(report, debug):
        sys.exit(3)


def _print_lines(report: Report, debug: bool) -> int:
    """Print a line for every check as soon as its outcome is known; return the number of those that failed."""
    counts = {"passed": 0, "FAILED": 0, "skipped": 0}
    for key, outcomes in report:
        click.echo(printable(key))
        for found in outcomes:
            counts[found.state] += 1
            seconds = f"  ({found.seconds:.0f} s)" if found.seconds > SLOW else ""
            click.secho(f"  {found.state:<8}{found.check.name}{seconds}", fg="red" if found.state == "FAILED" else None)
            for line in textwrap.wrap(printable(found.message), 68):
                click.echo(f"          {line}")
            if debug and isinstance(found.outcome, Exception) and (cause := found.outcome.__cause__) is not None:
                click.echo(printable("".join(traceback.format_exception(cause))))
    click.echo(", ".join(f"{number} {state.lower()}" for state, number in counts.items()))
    return counts["FAILED"]


def _print_json(report: Report) -> int:
    """Print a list of the outcomes as JSON; return the number of checks that failed."""
    records = [
        {"component": key, "check": found.check.name, "outcome": found.state.lower(), "message": found.message}
        for key, outcomes in report
        for found in outcomes
    ]
    click.echo(printable(json.dumps(records, indent=1)))
    return sum(record["outcome"] == "failed" for record in records)


@plugin.command()
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), required=True, help="What the plugin adds.")
@click.option("--dir", "folder", metavar="DIR", default=".", show_default=True, type=click.Path(), help="Where to.")
@click.option("--torch", "with_torch", is_flag=True, help="With a network, trained by eegrecon.training (encoder).")
def new(name: str, kind: str, folder: str, with_torch: bool) -> None:
    """Write a distribution with a plugin that works, to be changed: module, test, README, CI workflow.

    It is written into the folder DIR/NAME, which must not exist.
    """
    from eegrecon.testing.projects import write

    click.echo(printable(write(name, kind, folder, with_torch=with_torch)))
