"""Shell completion: names of benchmarks, profiles, tables, parts, controls and audits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click


def benchmarks(_context: click.Context, _option: click.Parameter, incomplete: str) -> list[str]:
    """Return the names of installed benchmarks; paths are completed by the shell."""
    from eegrecon.registry.discovery import find

    return _starting(find().benchmarks, incomplete)


def profiles(context: click.Context, _option: click.Parameter, incomplete: str) -> list[str]:
    """Return the profiles of the benchmark on the command line."""
    return _starting(_selection(context).definition.profiles, incomplete)


def tables(context: click.Context, _option: click.Parameter, incomplete: str) -> list[str]:
    """Return the table presets of the benchmark on the command line."""
    return _starting(_selection(context).definition.tables, incomplete)


def parts(context: click.Context, _option: click.Parameter, incomplete: str) -> list[str]:
    """Return completions of the part after the last comma or plus: parts of the benchmark on the command line."""
    from eegrecon.benchmark.variants import parts as parts_of

    cut = max(incomplete.rfind(","), incomplete.rfind("+")) + 1
    names = ["all", *(part.path.partition(".")[2] for part in parts_of(_selection(context).build()))]
    return [incomplete[:cut] + name for name in _starting(names, incomplete[cut:])]


def controls(_context: click.Context, _option: click.Parameter, incomplete: str) -> list[str]:
    """Return completions of the control after the last comma."""
    from eegrecon.benchmark.controls import CONTROLS

    return _listed([*CONTROLS, "all", "none"], incomplete)


def audits(_context: click.Context, _option: click.Parameter, incomplete: str) -> list[str]:
    """Return completions of the audit after the last comma."""
    from eegrecon.registry.discovery import find

    return _listed([*find().names("audit"), "all", "none"], incomplete)


def _listed(names: Iterable[str], incomplete: str) -> list[str]:
    cut = incomplete.rfind(",") + 1
    return [incomplete[:cut] + name for name in _starting(names, incomplete[cut:])]


def _selection(context: click.Context) -> Any:
    from pathlib import Path

    from eegrecon.benchmark.options import Options
    from eegrecon.benchmark.request import select
    from eegrecon.registry.discovery import find

    values = context.params
    name = values.get("benchmark") or next(iter(context.args), "")  # not parsed while an option lacks its value
    options = Options(name, profile=values.get("profile"), plugins=tuple(values.get("plugins") or ()))
    return select(options, find(map(Path, options.plugins)))


def _starting(names: Iterable[str], incomplete: str) -> list[str]:
    return sorted(name for name in names if name.startswith(incomplete))
