"""Commands on finished runs."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from eegrecon.cli import completion, options
from eegrecon.errors import printable


@click.command()
@click.argument("run", metavar="RUN", type=click.Path())
@click.option("--out", metavar="FILE", type=click.Path(), help="The file to write.  [default: RUN/report.html]")
def report(run: str, out: str | None) -> None:
    """Make the report of a finished run again: one HTML file that needs no network.

    Every bench makes it. It is made of the files in RUN alone, so that a run can be looked into wherever it is copied.
    """
    from eegrecon import api

    click.echo(printable(str(api.report(run, out=out))))


@click.command()
@click.argument("run", metavar="RUN", type=click.Path())
@click.option(
    "--audit", metavar="TEXT", multiple=True, callback=options.comma, shell_complete=completion.audits,
    help="Audits of the run, or all.  [default: those of the run; all if it had none]",
)  # fmt: skip
@options.plugins
@click.option("--twice", is_flag=True, help="Compute the first subject and seed again, and compare.")
@click.option("--json", "as_json", is_flag=True, help="Print the audits as JSON.")
@options.wide
@options.quiet
@options.debug
def audit(run: str, as_json: bool, in_full: bool, **values: Any) -> None:
    """Audit a finished run and print the verdicts. The exit code is 3 if an audit fails.

    What is audited is what was run: if the benchmark file, data, code or stages are no longer those of the run, or its
    result was edited, it is refused. A plugin file that the run used is executed only if --plugin names it again.
    """
    from eegrecon import api
    from eegrecon.reporting.terminal import narrow, wide

    result = api.audit(run, **values)
    if as_json:
        click.echo(json.dumps([record.model_dump() for record in result.audits], indent=1))
    else:
        (wide if in_full else narrow).print_audits(result)
    if any(record.verdict == "FAIL" for record in result.audits):
        sys.exit(3)


@click.command()
@click.argument("runs", metavar="RUN RUN…", nargs=-1, required=True, type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
@options.wide
def compare(runs: tuple[str, ...], as_json: bool, in_full: bool) -> None:
    """Compare finished runs, row by row, with the first one.

    Runs on the same data, protocol, subjects and seeds are paired by trial and tested as rows of one run are; of others
    it is said in what they differ, and nothing is subtracted. Numbers of different identities have lines of their own.
    """
    from eegrecon.reporting.comparison import comparing, printed
    from eegrecon.reporting.comparison.recorded import recorded

    found = comparing.compared([recorded(run) for run in runs])
    click.echo(json.dumps(printed.record(found), indent=1) if as_json else printed.text(found, in_full=in_full))
