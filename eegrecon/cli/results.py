"""Commands on finished runs."""

from __future__ import annotations

import json
import sys

import click

from eegrecon.cli import options


@click.command()
@click.argument("run", metavar="RUN", type=click.Path())
@click.option("--twice", is_flag=True, help="Compute the first subject and seed again, and compare.")
@click.option("--json", "as_json", is_flag=True, help="Print the audits as JSON.")
@options.quiet
@options.debug
def audit(run: str, twice: bool, as_json: bool, quiet: bool, debug: bool) -> None:
    """Audit a finished run and print the verdicts. The exit code is 3 if an audit fails."""
    from eegrecon import api
    from eegrecon.reporting import terminal

    result = api.audit(run, twice=twice, quiet=quiet, debug=debug)
    if as_json:
        click.echo(json.dumps([record.model_dump() for record in result.audits], indent=1))
    else:
        terminal.print_audits(result)
    if any(record.verdict == "FAIL" for record in result.audits):
        sys.exit(3)
