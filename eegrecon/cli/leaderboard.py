"""The ``leaderboard`` commands: pack, verify, build, check."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from eegrecon.cli import options
from eegrecon.errors import printable


@click.group()
def leaderboard() -> None:
    """Submit runs, verify those of others, build the site of a board, and check a run against a baseline."""


@leaderboard.command()
@click.argument("run", metavar="RUN", type=click.Path())
@click.option("--name", required=True, metavar="TEXT", help="Name of the method, as a board shows it.")
@click.option(
    "--calibration", required=True, type=click.Choice(["none", "inductive", "transductive"]),
    help="Use of test recordings before the scores: none; of each trial by itself or of those before it; of all.",
)  # fmt: skip
@click.option(
    "--extra-data", required=True, metavar="TEXT", help="Data and weights beyond those of the benchmark, or none."
)
@click.option(
    "--trials-averaged", type=click.IntRange(min=1), default=1, show_default=True,
    help="Recorded trials averaged into one test trial.",
)  # fmt: skip
@click.option("--channels", default="all", show_default=True, metavar="TEXT", help="Channels used.")
@click.option("--url", default="", metavar="URL", help="Page of the code or paper, https://….")
@click.option("--only-first", is_flag=True, help="Leave out the pictures of all rows but the first.")
@click.option("--out", metavar="PATH", help="Folder or zip file to write.  [default: NAME.zip]")
def pack(run: str, out: str | None, **about: Any) -> None:
    """Pack a finished run as a submission: its result, class scores of every test trial, and its pictures.

    The options say what a reader has to know to compare the scores; they are shown beside them.
    """
    import re

    import eegrecon
    from eegrecon.leaderboard.submission.packing import About
    from eegrecon.leaderboard.submission.packing import pack as packed
    from eegrecon.pipeline.storage.store import Store, home

    target = out or f"{re.sub('[^a-z0-9]+', '-', about['name'].lower()).strip('-') or 'submission'}.zip"
    manifest = packed(run, target, About(**about), Store(home(), _warn), eegrecon.__version__)
    said, total = manifest.disclosures, sum(record.bytes for record in manifest.files.values())
    click.echo(printable(f"wrote {target}: {manifest.name}, {len(manifest.files)} files, {total / 1e6:.1f} MB"))
    for name, value in said.model_dump().items():
        click.echo(printable(f"  {name.replace('_', ' ')}: {value}"))
    click.echo(printable(f"next: eegrecon leaderboard verify {target}"))


def _warn(message: str) -> None:
    click.echo(printable(f"warning: {message}"), err=True)


@leaderboard.command()
@click.argument("submission", metavar="SUBMISSION", type=click.Path())
@click.option("--data", metavar="DIR", help="Folder of the data set; without one that is needed, nothing is re-scored.")
@click.option("--benchmark", metavar="FILE.toml", help="The benchmark file, if it is not an installed one.")
@click.option("--no-rescore", is_flag=True, help="Check the submission against itself alone.")
@click.option(
    "--record", metavar="DIR",
    help="Keep what was found in this folder, for build --verified; what is there already is not computed again.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print it as Markdown, for a comment.")
@options.device
@options.plugins
@options.quiet
def verify(submission: str, no_rescore: bool, record: str | None, **values: Any) -> None:
    """Verify a submission of others, and compute its scores again. The exit code is 3 if it fails.

    Files, hashes, schema, trials and claims are checked against each other, then the trials against the benchmark's
    declared ones, then every score that class scores and pictures give is computed again with the benchmark's metrics
    and judges. Nothing of the submission is executed or written.
    """
    from eegrecon.leaderboard.verification.records import keep, kept
    from eegrecon.leaderboard.verification.truth import Verifier
    from eegrecon.leaderboard.verification.verifying import verify as verified
    from eegrecon.pipeline.progress import Console
    from eegrecon.pipeline.storage.store import Store, home

    as_json, as_markdown = values.pop("as_json"), values.pop("as_markdown")
    console = Console(quiet=values.pop("quiet"))
    verifier = None if no_rescore else Verifier(Store(home(), console.warn), console, **values)
    found = record and verifier and kept(submission, Path(record))
    if not found:
        found = verified(submission, verifier)
        if record:
            keep(found, Path(record))
    if as_json:
        click.echo(printable(found.model_dump_json(by_alias=True, indent=1)))
    else:
        from eegrecon.leaderboard.verification import printed

        click.echo((printed.markdown if as_markdown else printed.text)(found, submission))
    if found.state == "failed":
        sys.exit(3)


@leaderboard.command()
@click.argument("folders", metavar="DIR…", nargs=-1, required=True, type=click.Path())
@click.option("--out", required=True, metavar="SITE", help="Folder of the site; one built there before is replaced.")
@click.option("--verified", metavar="DIR", help="Folder of the records of verify --record.")
def build(folders: tuple[str, ...], out: str, verified: str | None) -> None:
    """Build the static site of the submissions in folders: pages, leaderboard.json and Markdown.

    There is one board for each benchmark version, profile and protocol. A submission that does not agree with itself,
    or whose record of verification failed, is listed with the reason; the exit code is then 3.
    """
    from eegrecon.leaderboard.site.building import build as built

    found = built(folders, out, verified, lambda line: click.echo(printable(line), err=True), os.cpu_count() or 1)
    for board in found.boards:
        count = f"{len(board.entries)} submission{'' if len(board.entries) == 1 else 's'}"
        click.echo(printable(f"{board.key.benchmark}, {board.key.profile or 'default'}: {count}"))
    click.echo(printable(f"wrote {out}: index.html, leaderboard.json, leaderboard.md"))
    if found.not_shown:
        sys.exit(3)


@leaderboard.command()
@click.argument("run", metavar="RUN", type=click.Path())
@click.option("--against", required=True, metavar="RUN|FILE", help="The baseline: a run's folder or result.json.")
@click.option(
    "--max-drop", "drops", multiple=True, metavar="METRIC=DROP",
    help="Allow this drop of a metric, or of METRIC.COLUMN; without it, none is.",
)  # fmt: skip
@click.option("--junit", metavar="FILE", help="Write the outcome as JUnit XML.")
def check(run: str, against: str, drops: tuple[str, ...], junit: str | None) -> None:
    """Check a run's first row against a baseline. The exit code is 3 if a column has a significant regression.

    Numbers are compared by their intervals, never digit by digit: another processor gives other last digits and, after
    training, other second decimals. A column that is missing, or has another identity, fails as well. Where
    GITHUB_STEP_SUMMARY names a file, the table is added to it.
    """
    import os

    from eegrecon.reporting.comparison import logs, regression
    from eegrecon.reporting.comparison.recorded import recorded

    new, baseline = recorded(run), recorded(against)
    found = regression.check(new, baseline, dict(_drop(text) for text in drops))
    click.echo(logs.text(found, new, baseline))
    if junit:
        Path(junit).write_text(logs.junit(found, new, baseline), encoding="utf-8")
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(logs.markdown(found, new, baseline))
    if regression.failures(found):
        sys.exit(3)


def _drop(text: str) -> tuple[str, float]:
    name, equals, value = text.rpartition("=")
    try:
        if not equals:
            raise ValueError
        return name.strip(), float(value)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is not METRIC=DROP, for instance accuracy=0.02", param_hint="--max-drop"
        ) from None
