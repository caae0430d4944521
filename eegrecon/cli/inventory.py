"""Commands that describe what is installed: list, show and doctor."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from eegrecon.cli import completion, options
from eegrecon.errors import printable


@click.command("list")
@click.argument("what", required=False, default="all")
@click.argument("name", required=False, shell_complete=completion.benchmarks)
@options.plugins
def list_(what: str, name: str | None, plugins: tuple[str, ...]) -> None:
    """List what is installed: plugins, encoders, aligners … benchmarks, or the parts of a benchmark (parts NAME)."""
    from eegrecon.registry.discovery import find
    from eegrecon.reporting.inventory import listing

    click.echo(printable(listing.listing(find(map(Path, plugins)), what, name)))


@click.command()
@click.argument("name", shell_complete=completion.benchmarks)
@options.plugins
def show(name: str, plugins: tuple[str, ...]) -> None:
    """Describe a component or benchmark: fields, parts, source, published numbers."""
    from eegrecon.registry.discovery import find
    from eegrecon.reporting.inventory import listing

    click.echo(printable(listing.show(find(map(Path, plugins)), name)))


@click.command()
@click.argument("name", required=False, shell_complete=completion.benchmarks)
@click.option("--profile", help="Check the benchmarks that have this profile.  [default: the first profile of each]")
@click.option("--data", metavar="DIR", type=click.Path(), help="The folder of the profile's data set.")
@options.fields
@options.plugins
def doctor(
    name: str | None, profile: str | None, data: str | None, set_: tuple[str, ...], plugins: tuple[str, ...]
) -> None:
    """Check the installation and the benchmark NAME, or all; print what is missing and the command that repairs it."""
    from eegrecon.registry.discovery import find
    from eegrecon.reporting.inventory import doctor as checks

    findings = checks.examine(find(map(Path, plugins)), profile, data, set_, name)
    for finding in findings:
        click.echo(printable(f"{'ok     ' if finding.ok else 'PROBLEM'}  {finding.text}"))
    if not all(finding.ok for finding in findings):
        sys.exit(3)
