"""The entry point: the group of all commands, with exit codes for errors and signals.

Commands import everything but click when they run, so that ``--help`` is quick.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback

import click

from eegrecon import __version__
from eegrecon.cli import bench, cache, data, inventory, results
from eegrecon.errors import EegreconError

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


@click.group(context_settings=CONTEXT)
@click.version_option(__version__, prog_name="eegrecon")
def cli() -> None:
    """Find out what really works in EEG-to-image reconstruction.

    Start with: eegrecon bench brainvis --ablate freq
    """


for command in (bench.bench, results.audit, inventory.list_, inventory.show, data.data, cache.cache, inventory.doctor):
    cli.add_command(command)


def main() -> None:
    """Run the command line; an error is printed as one message and sets the exit code."""
    debug = "--debug" in sys.argv
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        code = _fail(f"interrupted; {bench.RESUME}", 130)
    except _Terminated:
        code = _fail(f"terminated; {bench.RESUME}", 143)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except EegreconError as error:
        if debug:
            traceback.print_exc()
        code = _fail(str(error), error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:
        if debug:
            raise
        code = _fail(f"{type(error).__name__}: {error} (unexpected; run again with --debug for a traceback)", 1)
    sys.exit(code if isinstance(code, int) else 0)


class _Terminated(BaseException):
    """SIGTERM was received; an exception lets the stack unwind, so that no incomplete file remains."""


def _terminate(_number: int, _frame: object) -> None:
    raise _Terminated


def _fail(message: str, code: int) -> int:
    click.secho(f"error: {message}", fg="red", err=True, color=False if os.environ.get("NO_COLOR") else None)
    return code
