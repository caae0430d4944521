"""The entry point: the group of all commands, with exit codes for errors and signals.

Commands import everything but click when they run, so that ``--help`` is quick.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from eegrecon import __version__
from eegrecon.cli import bench, cache, data, inventory, leaderboard, plugin, results
from eegrecon.errors import EegreconError, printable

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


class _OutputClosed(Exception):
    """Nobody reads standard output any more: ``eegrecon list | head -1``."""


class _Commands(click.Group):
    """The group of all commands; it sees a closed output before click and rich, which would exit with code 1."""

    def make_context(self, *arguments: Any, **more: Any) -> click.Context:
        """Parse the command line, and print the help."""
        with _recognising_closed_output():
            return super().make_context(*arguments, **more)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _recognising_closed_output():
            return super().invoke(ctx)


@contextmanager
def _recognising_closed_output() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise _OutputClosed from error
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):
            raise _OutputClosed from end
        raise


@click.group(cls=_Commands, context_settings=CONTEXT)
@click.version_option(__version__, prog_name="eegrecon")
def cli() -> None:
    """Find out what really works in EEG-to-image reconstruction.

    Start with: eegrecon bench brainvis --ablate freq
    """


for command in (
    *(bench.bench, results.audit, results.report, results.compare, inventory.list_, inventory.show, inventory.doctor),
    *(data.data, plugin.plugin, leaderboard.leaderboard, cache.cache),
):
    cli.add_command(command)


def main() -> None:
    """Run the command line; an error is printed as one message and sets the exit code."""
    signal.signal(signal.SIGTERM, _terminate)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a character that the locale lacks is no reason to lose a table
    try:
        code = _exit_code("--debug" in sys.argv)
        if sys.stdout is not None:  # closed from the start
            sys.stdout.flush()
    except (_OutputClosed, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # standard output, whose buffer is flushed at the end
        code = 0
    sys.exit(code)


def _exit_code(debug: bool) -> int:
    try:
        code = cli.main(standalone_mode=False)
    except SystemExit as end:
        code = end.code
    except click.exceptions.Abort:
        code = _fail(f"interrupted; {bench.RESUME}", 130)
    except _Terminated:
        code = _fail(f"terminated; {bench.RESUME}", 143)
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        click.echo(printable(shown.getvalue()), nl=False, err=True)
        code = error.exit_code
    except _OutputClosed:
        raise
    except Exception as error:
        if debug:
            click.echo(printable(traceback.format_exc()), err=True)
        if isinstance(error, EegreconError):
            return _fail(str(error), error.exit_code)
        code = _fail(f"{type(error).__name__}: {error} (unexpected; run again with --debug for a traceback)", 1)
    return code if isinstance(code, int) else 0


class _Terminated(BaseException):
    """SIGTERM was received; an exception lets the stack unwind, so that no incomplete file remains."""


def _terminate(_number: int, _frame: object) -> None:
    raise _Terminated


def _fail(message: str, code: int) -> int:
    click.secho(printable(f"error: {message}"), fg="red", err=True, color=False if os.environ.get("NO_COLOR") else None)
    return code
