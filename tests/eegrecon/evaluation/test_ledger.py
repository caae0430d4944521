from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from eegrecon import ledger
from eegrecon.api import Session
from eegrecon.store import Store

Make = Callable[..., Session]


def truth(*order: int) -> dict[str, np.ndarray]:
    rows = np.asarray(order or range(4))
    return {
        "subject": np.ones(4, int)[rows], "picture": np.array([9, 8, 8, 7])[rows], "label": np.array([0, 1, 1, 0])[rows]
    }  # fmt: skip


DATA = {
    "use": "dataset.x@1",
    "source": "a1",
    "fields": {"protocol": "p", "file": {"reads": "f1"}, "tape": {"source": 1}},
}


def test_a_page_is_named_by_what_the_test_set_holds_in_whatever_order() -> None:
    assert ledger.page(truth(), DATA) == ledger.page(truth(3, 1, 0, 2), DATA)
    assert ledger.page(truth(), DATA) != ledger.page(truth() | {"label": np.array([0, 1, 1, 1])}, DATA)


def test_other_code_or_another_protocol_is_the_same_page_and_other_files_are_not() -> None:
    edited = {"use": "dataset.x@1", "source": "b2", "fields": {"protocol": "q", "file": {"reads": "f1"}, "tape": {}}}
    assert ledger.page(truth(), edited) == ledger.page(truth(), DATA)
    other = {**DATA, "fields": {"protocol": "p", "file": {"reads": "f2"}, "tape": {}}}
    assert ledger.page(truth(), other) != ledger.page(truth(), DATA)


def test_a_configuration_is_entered_once(toy_session: Make) -> None:
    store = toy_session().store
    for name in ("a", "b", "a"):
        ledger.enter(store, "page", [{"configuration": name, "row": "Full"}])
    assert ledger.configurations(store, "page") == {"a", "b"}
    assert ledger.configurations(store, "other") == frozenset()
    assert [json.loads(line)["configuration"] for line in store.lines("ledger/page.jsonl")] == ["a", "b"]


def test_a_line_that_cannot_be_read_still_counts(toy_session: Make) -> None:
    store = toy_session().store
    store.append("ledger/page.jsonl", ['{"configuration": "a"}', "{torn"])
    assert len(ledger.configurations(store, "page")) == 2


def entries(store: Store) -> list[dict[str, str]]:
    (page,) = {file.name for file in (store.root / "ledger").iterdir()}
    return [json.loads(line) for line in store.lines(f"ledger/{page}")]


def test_a_run_enters_its_configurations_but_no_control_and_no_second_seed(toy_session: Make) -> None:
    session = toy_session(ablate=("slope",), control=("all",), subjects=(1,), seeds=2)
    session.run()
    assert [entry["row"] for entry in entries(session.store)] == ["Full", "w/o slope"]
    toy_session(subjects=(1,)).run()
    assert len(entries(session.store)) == 2


def test_clearing_the_store_leaves_the_ledger(toy_session: Make) -> None:
    session = toy_session(subjects=(1,))
    session.run()
    session.store.prune()
    assert len(entries(session.store)) == 1


def touches(session: Session) -> str:
    return next(audit.evidence for audit in session.run().audits if audit.name == "test-touches")


@pytest.mark.parametrize(("asked", "count"), [({}, "1"), ({"ablate": ("slope", "power")}, "3")])
def test_the_audit_reads_how_many_there_were(toy_session: Make, asked: dict[str, object], count: str) -> None:
    toy_session(**asked).run()
    assert touches(toy_session()).startswith(f"{count} in this store's ledger")
