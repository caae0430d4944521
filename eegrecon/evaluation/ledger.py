"""The ledger of test sets: which configurations have ever been scored on a set of test trials.

The best of many configurations on one test set owes part of its score to selection. The store therefore records each
scored configuration on a page named by the content of the test set, which is the same for another benchmark file or an
edited data set plugin. Pruning the store does not remove the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from eegrecon.benchmark.builder import Benchmark
from eegrecon.benchmark.variants import PLACES
from eegrecon.interfaces.components import Component
from eegrecon.pipeline.context import Artifacts
from eegrecon.pipeline.fingerprints import describe
from eegrecon.pipeline.graph import Graph
from eegrecon.pipeline.storage.store import Store
from eegrecon.registry.digests import digest

NameOf = Callable[[type[Component]], str]


def enter_run(graph: Graph, artifacts: Artifacts, full: Benchmark, name_of: NameOf, command: str) -> int:
    """Record the scored configurations of a run; controls are not recorded.

    Args:
        graph: the executed graph, without unavailable stages.
        artifacts: products of the stages; the ledger is in their store.
        full: the complete configuration, which has the data set.
        name_of: returns the registered name of a component's class.
        command: the command line of the run.

    Returns:
        The number of configurations that have ever been scored on these test trials.
    """
    description = describe(full.dataset, name_of)
    page_of = {key: page(artifacts[key].arrays, description) for key in {cell.test for cell in graph.cells}}
    pages: dict[str, dict[str, dict[str, str]]] = {}
    for cell in graph.cells:
        benchmark = cell.variant.benchmark
        if cell.variant.control or not cell.scores or benchmark is None:
            continue
        components = [component for component in map(benchmark.place, PLACES) if component is not None]
        configuration = digest([describe(component, name_of) for component in components])
        entry = {
            "configuration": configuration,
            "benchmark": benchmark.name,
            "row": cell.variant.label,
            "command": command,
        }
        pages.setdefault(page_of[cell.test], {})[configuration] = entry
    for name, entries in pages.items():
        enter(artifacts.store, name, entries.values())
    return len(frozenset().union(*(configurations(artifacts.store, name) for name in page_of.values())))


def page(truth: Mapping[str, Any], dataset: Any) -> str:
    """Return the name of the page of one subject's test trials.

    Args:
        truth: ``subject``, ``picture`` and ``label`` (n,) of the test trials, in any order.
        dataset: description of the data set (`describe`). Its source and protocol are ignored, so that trials keep
            their page however they are read and split; the digests of its files are not.
    """
    columns = (truth[name].tolist() for name in ("subject", "picture", "label"))
    return digest([sorted(zip(*columns, strict=True)), _of_data(dataset)])


def _of_data(description: Any) -> Any:
    if not isinstance(description, dict):
        return description
    return {name: _of_data(value) for name, value in description.items() if name not in ("source", "protocol")}


def enter(store: Store, name: str, entries: Iterable[Mapping[str, str]]) -> None:
    """Add the configurations to a page that are not on it yet.

    Args:
        store: the store of the ledger.
        name: name of the page.
        entries: each has a ``configuration``; further values describe it.

    Raises:
        EegreconError: the store cannot be written.
    """
    entries = [entry for entry in entries if entry["configuration"] not in configurations(store, name)]
    if not entries:  # so that a read-only store can be used
        return
    with store.lock("ledger", name):
        known = configurations(store, name)
        missing = {entry["configuration"]: entry for entry in entries if entry["configuration"] not in known}
        store.append(_file(name), (json.dumps(entry, sort_keys=True) for entry in missing.values()))


def configurations(store: Store, name: str) -> frozenset[str]:
    """Return the configurations on a page; an unreadable line counts as a configuration of its own."""
    return frozenset(_configuration(line) for line in store.lines(_file(name)) if line.strip())


def _configuration(line: str) -> str:
    try:
        return str(json.loads(line)["configuration"])
    except (ValueError, KeyError, TypeError):
        return line


def _file(name: str) -> str:
    return f"ledger/{name}.jsonl"
