"""Commands on the artifact store."""

from __future__ import annotations

import click

from eegrecon.errors import printable


@click.group()
def cache() -> None:
    """List and prune the store of finished stages."""


@cache.command("list")
def list_() -> None:
    """List what the store holds, by kind of stage."""
    from eegrecon.reporting.inventory import listing

    click.echo(printable(listing.stored()))


@cache.command()
@click.option("--older-than", type=click.FloatRange(min=0), default=0.0, metavar="DAYS", help="Keep newer stages.")
@click.confirmation_option(prompt="Remove finished stages from the store?")
def prune(older_than: float) -> None:
    """Remove finished stages from the store; they are recomputed when needed."""
    from eegrecon.pipeline.storage.store import Store, home

    count, freed = Store(home()).prune(older_than * 86400)
    click.echo(f"removed {count} artifacts, {freed / 1e6:.1f} MB, from {home()}")
