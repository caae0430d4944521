from __future__ import annotations

import json

import numpy as np
import pytest
from jobs import Job, MakeJob

from eegrecon.evaluation import ledger
from eegrecon.pipeline.storage.store import Store


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


def test_a_page_is_named_by_the_content_of_the_test_set_in_any_order() -> None:
    assert ledger.page(truth(), DATA) == ledger.page(truth(3, 1, 0, 2), DATA)
    assert ledger.page(truth(), DATA) != ledger.page(truth() | {"label": np.array([0, 1, 1, 1])}, DATA)


def test_other_code_and_another_protocol_share_a_page_and_other_files_do_not() -> None:
    edited = {"use": "dataset.x@1", "source": "b2", "fields": {"protocol": "q", "file": {"reads": "f1"}, "tape": {}}}
    assert ledger.page(truth(), edited) == ledger.page(truth(), DATA)
    other = {**DATA, "fields": {"protocol": "p", "file": {"reads": "f2"}, "tape": {}}}
    assert ledger.page(truth(), other) != ledger.page(truth(), DATA)


def test_a_configuration_is_recorded_once(make_job: MakeJob) -> None:
    store = make_job().store
    for name in ("a", "b", "a"):
        ledger.enter(store, "page", [{"configuration": name, "row": "Full"}])
    assert ledger.configurations(store, "page") == {"a", "b"}
    assert ledger.configurations(store, "other") == frozenset()
    assert [json.loads(line)["configuration"] for line in store.lines("ledger/page.jsonl")] == ["a", "b"]


def test_an_unreadable_line_counts_as_a_configuration(make_job: MakeJob) -> None:
    store = make_job().store
    store.append("ledger/page.jsonl", ['{"configuration": "a"}', "{torn"])
    assert len(ledger.configurations(store, "page")) == 2


def entries(store: Store) -> list[dict[str, str]]:
    (page,) = {file.name for file in (store.root / "ledger").iterdir()}
    return [json.loads(line) for line in store.lines(f"ledger/{page}")]


def test_a_run_records_its_configurations_without_controls_and_once_for_all_seeds(make_job: MakeJob) -> None:
    job = make_job(ablate=("slope",), control=("all",), subjects=(1,), seeds=2)
    job.run()
    assert [entry["row"] for entry in entries(job.store)] == ["Full", "w/o slope"]
    make_job(subjects=(1,)).run()
    assert len(entries(job.store)) == 2


def test_pruning_the_store_leaves_the_ledger(make_job: MakeJob) -> None:
    job = make_job(subjects=(1,))
    job.run()
    job.store.prune()
    assert len(entries(job.store)) == 1


def evidence(job: Job) -> str:
    return next(audit.evidence for audit in job.run().audits if audit.name == "test-touches")


@pytest.mark.parametrize(("asked", "count"), [({}, "1"), ({"ablate": ("slope", "power")}, "3")])
def test_the_audit_of_test_touches_reports_the_number_of_configurations(
    make_job: MakeJob, asked: dict[str, object], count: str
) -> None:
    make_job(**asked).run()
    assert evidence(make_job()).startswith(f"{count} ")
