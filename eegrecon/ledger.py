"""The ledger: which configurations have ever been scored on a set of test trials.

Who tries many configurations on one test set and reports the best reports luck too. The store therefore remembers each
configuration that was scored, by the content of the test set, so that neither another benchmark file nor an edited
data set plugin begins a new page. Clearing the store's stages leaves the ledger alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from eegrecon.keys import digest
from eegrecon.store import Store


def page(truth: Mapping[str, Any], recordings: Any) -> str:
    """Name the page of one subject's test trials.

    Args:
        truth: ``subject``, ``picture`` and ``label`` (n,) of the test trials, in any order.
        recordings: a data set's description (`keys.describe`). Its code and protocol are left out: the same trials are
            the same page, however they are read and divided; what its files hold stays in.
    """
    columns = (truth[name].tolist() for name in ("subject", "picture", "label"))
    return digest([sorted(zip(*columns, strict=True)), _of_data(recordings)])


def _of_data(described: Any) -> Any:
    if not isinstance(described, dict):
        return described
    return {name: _of_data(value) for name, value in described.items() if name not in ("source", "protocol")}


def enter(store: Store, name: str, entries: Iterable[Mapping[str, str]]) -> None:
    """Add to a page the configurations that are not on it yet.

    Args:
        store: where the ledger is kept.
        name: the page.
        entries: each with its ``configuration`` and whatever else helps to find it again.

    Raises:
        EegreconError: the store cannot be written.
    """
    entries = [entry for entry in entries if entry["configuration"] not in configurations(store, name)]
    if not entries:  # as in every run from a finished store, which may be one that cannot be written
        return
    with store.lock("ledger", name):
        known = configurations(store, name)
        fresh = {entry["configuration"]: entry for entry in entries if entry["configuration"] not in known}
        store.append(_file(name), (json.dumps(entry, sort_keys=True) for entry in fresh.values()))


def configurations(store: Store, name: str) -> frozenset[str]:
    """Return the configurations on a page; a line that cannot be read counts as one of its own."""
    return frozenset(_configuration(line) for line in store.lines(_file(name)) if line.strip())


def _configuration(line: str) -> str:
    try:
        return str(json.loads(line)["configuration"])
    except (ValueError, KeyError, TypeError):
        return line


def _file(name: str) -> str:
    return f"ledger/{name}.jsonl"
