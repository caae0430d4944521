"""What the shell completes: names of benchmarks, profiles, parts, controls and audits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from eegrecon.api import Session


def benchmarks(_context: click.Context, _option: click.Parameter, incomplete: str) -> list[str]:
    """Names of installed benchmarks; a path is left to the shell."""
    from eegrecon.plugins import find

    return _starting(find().benchmarks, incomplete)


def profiles(context: click.Context, _option: click.Parameter, incomplete: str) -> list[str]:
    """Profiles of the benchmark that stands before."""
    return _starting(_session(context).declared.profiles, incomplete)


def tables(context: click.Context, _option: click.Parameter, incomplete: str) -> list[str]:
    """Tables of the paper that the benchmark that stands before declares."""
    return _starting(_session(context).declared.tables, incomplete)


def parts(context: click.Context, _option: click.Parameter, incomplete: str) -> list[str]:
    """Parts of that benchmark after the last comma or plus."""
    from eegrecon.ablation import parts as declared

    cut = max(incomplete.rfind(","), incomplete.rfind("+")) + 1
    names = ["all", *(part.path.partition(".")[2] for part in declared(_session(context).full))]
    return [incomplete[:cut] + name for name in _starting(names, incomplete[cut:])]


def controls(_context: click.Context, _option: click.Parameter, incomplete: str) -> list[str]:
    """Names of controls after the last comma."""
    from eegrecon.controls import CONTROLS

    return _listed([*CONTROLS, "all", "none"], incomplete)


def audits(_context: click.Context, _option: click.Parameter, incomplete: str) -> list[str]:
    """Names of audits after the last comma."""
    from eegrecon.plugins import find

    return _listed([*find().names("audit"), "all", "none"], incomplete)


def _listed(names: Iterable[str], incomplete: str) -> list[str]:
    cut = incomplete.rfind(",") + 1
    return [incomplete[:cut] + name for name in _starting(names, incomplete[cut:])]


def _session(context: click.Context) -> Session:
    from eegrecon.api import Session
    from eegrecon.request import Request

    given = context.params
    name = given.get("benchmark") or next(iter(context.args), "")  # not yet sorted in while an option lacks its value
    return Session(Request(name, profile=given.get("profile"), plugins=tuple(given.get("plugins") or ())))


def _starting(names: Iterable[str], incomplete: str) -> list[str]:
    return sorted(name for name in names if name.startswith(incomplete))
