"""The ``data`` commands: check, simulate, caption, import-checkpoint."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from eegrecon.cli import completion, options
from eegrecon.errors import printable


@click.group()
def data() -> None:
    """Check data sets, caption their pictures, import checkpoints, and write simulated data."""


@data.command()
@click.argument("folder", metavar="DIR", type=click.Path())
@click.option("--trust-pickle", is_flag=True, help="Read data files that are pickles; no code in them is run.")
@click.option("--null", is_flag=True, help="Test the design on EEG without a brain, which must score chance.")
@click.option("--rest", metavar="FILE", type=click.Path(), help="For --null: a recording of rest, beside noise.")
@click.option("--protocol", help="For --null: how the data are split.")
@click.option("--subjects", callback=options.subjects, help="For --null: 1,2 or all.  [default: the first]")
@options.plugins
def check(
    folder: str,
    trust_pickle: bool,
    null: bool,
    rest: str | None,
    protocol: str | None,
    subjects: tuple[int, ...] | None,
    plugins: tuple[str, ...],
) -> None:
    """Check a data folder and print which files are present and which are missing.

    With --null, EEG without a brain takes the place of the recorded one: noise with its spectrum, correlation and slow
    changes, and a recording of rest where one is named. Under the real labels and splits linear readers must then find
    nothing; if they do, the design leaks, and the exit code is 3.
    """
    from eegrecon.errors import UsageError
    from eegrecon.pipeline.tools import datasets
    from eegrecon.registry.discovery import find

    if not null and (rest or protocol or subjects is not None):
        raise UsageError("--rest, --protocol and --subjects are for the test of the design; add --null")
    overrides = ["trust_pickle=true"] if trust_pickle else []
    overrides += [f"protocol={protocol}"] if protocol else []
    catalog, sound = find(map(Path, plugins)), True
    for finding in datasets.check(catalog, folder, overrides):
        click.echo(printable(f"{'ok     ' if finding.ok else 'MISSING'}  {finding.text}"))
        sound &= finding.ok
    if null and not sound:
        click.echo("the design is tested on EEG without a brain when nothing is missing")
    for finding in datasets.null(catalog, folder, overrides, subjects, rest) if null and sound else ():
        click.echo(printable(f"{'ok     ' if finding.ok else 'LEAK   '}  {finding.text}"))
        sound &= finding.ok
    if not sound:
        sys.exit(3)


@data.command()
@click.argument("folder", metavar="DIR", type=click.Path())
@click.option("--format", "form", required=True, help="Format to write, for instance eegcvpr40.")
@options.fields
@options.plugins
def simulate(folder: str, form: str, set_: tuple[str, ...], plugins: tuple[str, ...]) -> None:
    """Write simulated recordings in the format of a real data set."""
    from eegrecon.pipeline.tools import datasets
    from eegrecon.registry.discovery import find

    click.echo(printable(datasets.simulate(find(map(Path, plugins)), folder, form, set_)))


@data.command()
@click.argument("folder", metavar="DIR", type=click.Path())
@click.option("--model", help="Id or folder of an image-to-text model.  [default: BLIP-2, opt-2.7b]")
@click.option("--batch", type=click.IntRange(min=1), help="Number of pictures captioned together.")
@click.option("--with", "use", default="image-to-text", show_default=True, help="Name of the captioner.")
@options.device
@options.precision
@options.plugins
def caption(folder: str, use: str, device: str, precision: Any, plugins: tuple[str, ...], **fields: Any) -> None:
    """Caption the pictures of a data folder, and write the captions into its captions.csv.

    Pictures that have a caption are skipped, so an interrupted command resumes. With your own captions.csv (columns
    image, caption) in the folder, this command is not needed.
    """
    from eegrecon.pipeline.tools import datasets
    from eegrecon.registry.discovery import find
    from eegrecon.registry.settings import settings

    values = {"use": use, **{name: value for name, value in fields.items() if value is not None}}
    written = datasets.caption(
        find(map(Path, plugins)), folder, settings(values, "the command line"), device, precision
    )
    click.echo(printable(written))


@data.command("import-checkpoint")
@click.argument("benchmark", metavar="NAME|FILE.toml", shell_complete=completion.benchmarks)
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path())
@click.option(
    "--subject", "subjects", required=True, callback=options.subjects, help="Subject of the encoder and aligner."
)
@click.option("--profile", default="paper", show_default=True, shell_complete=completion.profiles)
@click.option("--data", metavar="DIR", type=click.Path(), help="The folder of the data set.")
@click.option("--protocol", help="How the data are split.")
@options.fields
@options.precision
@options.plugins
@click.option("--replace", is_flag=True, help="Overwrite stages that are already in the store.")
def import_checkpoint(
    benchmark: str, files: tuple[str, ...], set_: tuple[str, ...], replace: bool, **values: Any
) -> None:
    """Import published checkpoints into the store, in place of the stages that a benchmark would train."""
    from eegrecon import api
    from eegrecon.benchmark.options import Options
    from eegrecon.pipeline.progress import Console
    from eegrecon.pipeline.tools.checkpoints import import_checkpoints

    request = api.resolved(Options(benchmark=benchmark, set=set_, control=("none",), audit=("none",), **values))
    for line in import_checkpoints(request, api.open_store(Console()), files, replace=replace):
        click.echo(printable(line))
