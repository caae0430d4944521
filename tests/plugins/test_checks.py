"""Every shipped component passes the checks of the kit, or they need files that are not there."""

from __future__ import annotations

import pytest

from eegrecon.registry.discovery import find
from eegrecon.testing import check_component

OURS = {plugin.name for plugin in find().plugins if plugin.distribution == "eegrecon"}
SHIPPED = sorted(key for key, entries in find().components.items() if {entry.plugin for entry in entries} <= OURS)


@pytest.mark.parametrize("key", SHIPPED)
@pytest.mark.filterwarnings("default")  # of the libraries behind a component; the checks are about its results
def test_a_shipped_component_passes_its_checks(key: str) -> None:
    kind, _, name = key.partition(".")
    outcomes = check_component(find().get(kind, name), kind=kind)
    assert [str(outcome) for outcome in outcomes.values() if isinstance(outcome, Exception)] == []
    assert outcomes["contract"] == outcomes["light-import"] == "passed"
    assert outcomes.get("hand-cases", "passed") == outcomes.get("positive-control", "passed") == "passed"
