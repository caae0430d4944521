"""The command line: parse, call, print. Nothing is decided here.

Everything but click is imported inside the commands, so that ``--help`` is there at once.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from typing import TYPE_CHECKING, Any

import click

from eegrecon import __version__, completion
from eegrecon.errors import EegreconError

if TYPE_CHECKING:
    from eegrecon.plugins import Catalog

_GO_ON = "what was finished is in the store, run the same command again to go on"
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


def _comma(_context: click.Context, _option: click.Parameter, value: Any) -> tuple[str, ...]:
    texts = value if isinstance(value, tuple) else (value or "",)
    return tuple(item.strip() for text in texts for item in text.split(",") if item.strip())


def _subjects(_context: click.Context, _option: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    if value is None or value == "all":
        return None if value is None else ()
    try:
        return tuple(int(item) for item in value.split(","))
    except ValueError:
        raise click.BadParameter(f"{value!r} is not 'all' nor whole numbers such as 1,2") from None


@click.group(context_settings=CONTEXT)
@click.version_option(__version__, prog_name="eegrecon")
def cli() -> None:
    """Find out what really works in EEG-to-image reconstruction.

    Start with: eegrecon bench brainvis --ablate freq
    """


_plugins = click.option("--plugin", "plugins", multiple=True, metavar="FILE.py", help="A plugin in one file.")


@cli.command()
@click.argument("benchmark", metavar="NAME|FILE.toml", shell_complete=completion.benchmarks)
@click.option(
    "--profile", shell_complete=completion.profiles, help="A profile of the benchmark's file.  [default: its first]"
)
@click.option(
    "--table", metavar="ID", shell_complete=completion.tables, help="A table of the paper: its rows and its columns."
)
@click.option(
    "--ablate",
    multiple=True,
    callback=_comma,
    shell_complete=completion.parts,
    help="Parts to remove: a,b (a row each), a+b (one row), all.",
)
@click.option(
    "--grid",
    multiple=True,
    metavar="A,B",
    help="An axis of parts; given twice, a row for every combination of nothing or one of each axis.",
)
@click.option("--sweep", multiple=True, metavar="A.B=V,W", help="A row for each value of a field.")
@click.option("--set", "set_", multiple=True, metavar="A.B=V", help="Set a field, for instance encoder.time.width=64.")
@click.option(
    "--control",
    default="shuffle,predicted-label,oracle",
    callback=_comma,
    show_default=True,
    shell_complete=completion.controls,
    help="Control rows, all or none.",
)
@click.option(
    "--audit",
    default="all",
    callback=_comma,
    show_default=True,
    shell_complete=completion.audits,
    help="Audits of the run, all or none.",
)
@click.option("--subjects", callback=_subjects, help="Whom to evaluate: 1,2 or all.  [default: as the benchmark says]")
@click.option("--seeds", type=click.IntRange(min=1), default=1, show_default=True, help="How many runs, a seed each.")
@click.option("--protocol", help="How the data are divided; one of the data set's protocols.")
@click.option("--data", metavar="DIR", type=click.Path(), help="Read a data set from this folder.")
@click.option(
    "--allow-missing-pictures", is_flag=True, help="Leave out trials whose picture is missing or broken, and say so."
)
@click.option("--out", metavar="DIR", help="Where the result goes.  [default: runs/NAME-PROFILE-TIME]")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda …")
@click.option("--precision", type=click.Choice(["fp32", "bf16", "fp16"]), default="fp32", show_default=True)
@click.option(
    "--fresh", multiple=True, callback=_comma, metavar="STAGE", help="Make a stage and all that reads it anew."
)
@_plugins
@click.option("--dry-run", is_flag=True, help="Say which stages would run and which are in the store.")
@click.option("--json", "as_json", is_flag=True, help="Print the result, or the plan of a dry run, as JSON.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@click.option("--debug", is_flag=True, help="Show details, and tracebacks of errors.")
def bench(
    benchmark: str, set_: tuple[str, ...], dry_run: bool, as_json: bool, quiet: bool, debug: bool, **asked: Any
) -> None:
    """Run a benchmark and print its table.

    Every run has control rows besides (the EEG shuffled across trials, only the predicted class, the true caption), and
    is audited.
    """
    from eegrecon import printing
    from eegrecon.api import Session
    from eegrecon.console import Console
    from eegrecon.request import Request

    session = Session(Request(benchmark=benchmark, set=set_, **asked), Console(quiet=quiet, debug=debug))
    if dry_run:
        planned = session.steps()
        click.echo(printing.steps_as_json(planned)) if as_json else printing.steps(planned)
        return
    result = session.run()
    if as_json:
        click.echo(result.model_dump_json(by_alias=True, indent=1))
    else:
        printing.result(result)
    failed = [row.label for row in result.rows if row.failed]
    if failed:
        raise EegreconError(f"these rows failed, and say why in the table: {'; '.join(failed)}; {_GO_ON}")


@cli.command()
@click.argument("run", metavar="RUN", type=click.Path())
@click.option("--twice", is_flag=True, help="Make the first subject and seed a second time, and compare.")
@click.option("--json", "as_json", is_flag=True, help="Print the audits as JSON.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@click.option("--debug", is_flag=True, help="Show details, and tracebacks of errors.")
def audit(run: str, twice: bool, as_json: bool, quiet: bool, debug: bool) -> None:
    """Audit a finished run again, and say whether its numbers can be trusted. Exit code 3 if an audit fails."""
    from eegrecon import api, printing

    result = api.audit(run, twice=twice, quiet=quiet, debug=debug)
    if as_json:
        click.echo(json.dumps([one.model_dump() for one in result.audits], indent=1))
    else:
        printing.audits(result)
    if any(one.verdict == "FAIL" for one in result.audits):
        sys.exit(3)


@cli.command("list")
@click.argument("what", required=False, default="all")
@click.argument("name", required=False, shell_complete=completion.benchmarks)
@_plugins
def list_(what: str, name: str | None, plugins: tuple[str, ...]) -> None:
    """List what is installed: plugins, encoders, aligners … benchmarks, or the parts of a benchmark (parts NAME)."""
    from eegrecon import listing

    click.echo(listing.listing(_catalog(plugins), what, name))


@cli.command()
@click.argument("name", shell_complete=completion.benchmarks)
@_plugins
def show(name: str, plugins: tuple[str, ...]) -> None:
    """Show what a component or benchmark is: fields, parts, source, published numbers."""
    from eegrecon import listing

    click.echo(listing.show(_catalog(plugins), name))


@cli.group()
def data() -> None:
    """Check data sets, describe their pictures, import checkpoints, and write simulated data."""


@data.command()
@click.argument("folder", metavar="DIR", type=click.Path())
def check(folder: str) -> None:
    """Say in plain words what a data folder holds and lacks."""
    from eegrecon import dataset_tools

    findings = dataset_tools.check(_catalog(), folder)
    for finding in findings:
        click.echo(f"{'ok     ' if finding.ok else 'MISSING'}  {finding.text}")
    if not all(finding.ok for finding in findings):
        sys.exit(3)


@data.command()
@click.argument("folder", metavar="DIR", type=click.Path())
@click.option("--format", "form", required=True, help="The format to write, for instance eegcvpr40.")
@click.option("--set", "set_", multiple=True, metavar="A.B=V", help="Set a field of the simulated data set.")
def simulate(folder: str, form: str, set_: tuple[str, ...]) -> None:
    """Write simulated recordings in the format of a real data set."""
    from eegrecon import dataset_tools

    click.echo(dataset_tools.simulate(_catalog(), folder, form, set_))


@data.command()
@click.argument("folder", metavar="DIR", type=click.Path())
@click.option("--model", help="Id or folder of an image-to-text model.  [default: BLIP-2, opt-2.7b]")
@click.option("--batch", type=click.IntRange(min=1), help="Pictures described together.")
@click.option("--with", "use", default="image-to-text", show_default=True, help="Who describes: a captioner's name.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda …")
@click.option("--precision", type=click.Choice(["fp32", "bf16", "fp16"]), default="fp32", show_default=True)
def caption(folder: str, use: str, device: str, precision: Any, **fields: Any) -> None:
    """Write a caption for each picture of a data folder into its captions.csv, once per picture.

    It goes on where it was interrupted. Where the folder has a captions.csv of yours (columns image, caption), that is
    used and this is not needed.
    """
    from eegrecon import dataset_tools
    from eegrecon.building import settings

    given = {"use": use, **{name: value for name, value in fields.items() if value is not None}}
    click.echo(dataset_tools.caption(_catalog(), folder, settings(given, "the command line"), device, precision))


@data.command("import-checkpoint")
@click.argument("benchmark", metavar="NAME|FILE.toml", shell_complete=completion.benchmarks)
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path())
@click.option("--subject", "subjects", required=True, callback=_subjects, help="Whose encoder and aligner they are.")
@click.option("--profile", default="paper", show_default=True, shell_complete=completion.profiles)
@click.option("--data", metavar="DIR", type=click.Path(), help="The folder of the data set.")
@click.option("--protocol", help="How the data are divided.")
@click.option("--set", "set_", multiple=True, metavar="A.B=V", help="Set a field, as in the runs that will use them.")
@click.option("--precision", type=click.Choice(["fp32", "bf16", "fp16"]), default="fp32", show_default=True)
@click.option("--replace", is_flag=True, help="Put them in the place of what the store has.")
def import_checkpoint(
    benchmark: str, files: tuple[str, ...], set_: tuple[str, ...], replace: bool, **asked: Any
) -> None:
    """Put published checkpoints in the place of the stages that a benchmark would train."""
    from eegrecon.api import Session
    from eegrecon.importing import import_checkpoints
    from eegrecon.request import Request

    quiet: dict[str, Any] = {"control": ("none",), "audit": ("none",)}
    request = Request(benchmark=benchmark, set=set_, **quiet, **asked)
    for line in import_checkpoints(Session(request), files, replace=replace):
        click.echo(line)


@cli.group()
def cache() -> None:
    """Look after the store of finished stages."""


@cache.command("list")
def cache_list() -> None:
    """List what the store holds, by kind of stage."""
    from eegrecon import listing

    click.echo(listing.stored())


@cache.command()
@click.option("--older-than", type=click.FloatRange(min=0), default=0.0, metavar="DAYS", help="Only what is older.")
@click.confirmation_option(prompt="Remove finished stages from the store?")
def prune(older_than: float) -> None:
    """Remove finished stages; they are made again when needed."""
    from eegrecon.store import Store, home

    count, freed = Store(home()).prune(older_than * 86400)
    click.echo(f"removed {count} artefacts, {freed / 1e6:.1f} MB, from {home()}")


@cli.command()
@click.option("--profile", help="Also check what a profile of the benchmarks needs.")
@click.option("--data", metavar="DIR", type=click.Path(), help="The folder of the profile's data set.")
@click.option("--set", "set_", multiple=True, metavar="A.B=V", help="Set a field, for instance generator.model=DIR.")
def doctor(profile: str | None, data: str | None, set_: tuple[str, ...]) -> None:
    """Say what is installed, found and missing, and the command that mends it."""
    from eegrecon import doctor as checks

    findings = checks.examine(_catalog(), profile, data, set_)
    for finding in findings:
        click.echo(f"{'ok     ' if finding.ok else 'PROBLEM'}  {finding.text}")
    if not all(finding.ok for finding in findings):
        sys.exit(3)


def _catalog(plugins: tuple[str, ...] = ()) -> Catalog:
    from pathlib import Path

    from eegrecon.plugins import find

    return find(map(Path, plugins))


def main() -> None:
    """Run the command line; every error that eegrecon knows ends in one message and its exit code."""
    debug = "--debug" in sys.argv
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        code = _end(f"interrupted; {_GO_ON}", 130)
    except _Terminated:
        code = _end(f"terminated; {_GO_ON}", 143)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except EegreconError as error:
        if debug:
            traceback.print_exc()
        code = _end(str(error), error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:  # a mistake of ours: say so, and how to see more
        if debug:
            raise
        code = _end(f"{type(error).__name__}: {error} (this should not happen; --debug shows where)", 1)
    sys.exit(code if isinstance(code, int) else 0)


class _Terminated(BaseException):
    """SIGTERM was received: unwind, so that nothing half written is left, and end."""


def _terminate(_number: int, _frame: object) -> None:
    raise _Terminated


def _end(message: str, code: int) -> int:
    click.secho(f"error: {message}", fg="red", err=True, color=False if os.environ.get("NO_COLOR") else None)
    return code
