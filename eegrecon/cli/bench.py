"""The command that runs a benchmark."""

from __future__ import annotations

import sys
from typing import Any

import click

from eegrecon.cli import completion, options
from eegrecon.errors import EegreconError, printable

RESUME = "finished stages are in the store; run the same command again to resume"


@click.command()
@click.argument("benchmark", metavar="NAME|FILE.toml", shell_complete=completion.benchmarks)
@options.bench_options
@click.option("--dry-run", is_flag=True, help="Show which stages would run, and what they cost.")
@click.option("--json", "as_json", is_flag=True, help="Print the result, or the plan of a dry run, as JSON.")
@options.wide
@options.quiet
@options.debug
def bench(benchmark: str, dry_run: bool, as_json: bool, in_full: bool, quiet: bool, debug: bool, **values: Any) -> None:
    """Run a benchmark and print what it shows.

    Every run includes control rows (by default: EEG shuffled across trials, only the predicted class, the true caption)
    and is audited. The exit code is 1 if a row fails, and 3 if an audit does.
    """
    from eegrecon import api
    from eegrecon.pipeline.progress import Console
    from eegrecon.reporting.terminal import narrow, plans, wide

    form = wide if in_full else narrow
    console = Console(quiet=quiet, debug=debug)
    request = api.resolved(options.options_of(benchmark, values))
    if dry_run:
        planned = api.planned(request, console)
        cost = api.cost(request, planned, console)
        click.echo(printable(plans.plan_as_json(planned, cost))) if as_json else form.print_plan(planned, cost)
        return
    result = api.run(request, console)
    if as_json:
        click.echo(printable(result.model_dump_json(by_alias=True, indent=1)))
    else:
        form.print_result(result)
    failed = [row.label for row in result.rows if row.failed]
    if failed:
        raise EegreconError(f"these rows failed: {'; '.join(failed)}; the reasons are below the table; {RESUME}")
    if any(record.verdict == "FAIL" for record in result.audits):
        sys.exit(3)
