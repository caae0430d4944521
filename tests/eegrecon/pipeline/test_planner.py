from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from eegrecon import keys
from jobs import MakeJob
from eegrecon.stages import plan



def stage_keys(job: Job, precision: str = "fp32") -> dict[str, str]:
    """Key by stage name, of Full, subject 1."""
    graph = plan(job.variants[:1], (1,), (0,), precision, job.catalog.name_of)  # type: ignore[arg-type]
    return {stage.name: stage.key for stage in graph.stages.values()}


def changed(first: dict[str, str], second: dict[str, str]) -> set[str]:
    return {name for name in first if first[name] != second[name]}


ALL = {
    "data.tape", "test", "encoder.power.gain", "encoder.power", "encoder", "features", "targets", "aligner", "tokens",
    "generated", "score.right", "reference", "reference_views", "generated_views", "score.colour",
}  # fmt: skip
AFTER_ENCODER = {"encoder", "features", "aligner", "tokens", "generated", "score.right", "generated_views", "score.colour"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("encoder.slope=0.25", AFTER_ENCODER),
        ("encoder.power.gain.strength=2", AFTER_ENCODER | {"encoder.power", "encoder.power.gain"}),
        ("aligner.loose=false", {"aligner", "tokens", "generated", "generated_views", "score.colour"}),
        ("generator.label=false", {"generated", "generated_views", "score.colour"}),
        ("generator.height=8", {"generated", "reference", "reference_views", "generated_views", "score.colour"}),
        ("metric.colour.judge.gamma=2", {"reference_views", "generated_views", "score.colour"}),
        ("samples=2", {"generated", "generated_views", "score.colour"}),
        ("dataset.tape.trials=90", ALL),
    ],
)
def test_a_value_changes_the_keys_of_what_depends_on_it_and_no_others(
    make_job: MakeJob, text: str, expected: set[str]
) -> None:
    first = stage_keys(make_job())
    assert set(first) == ALL
    assert changed(first, stage_keys(make_job(set=(text,)))) == expected


def test_data_and_targets_have_no_seed(make_job: MakeJob) -> None:
    job = make_job()
    first = plan(job.variants[:1], (1,), (0,), "fp32", job.catalog.name_of)
    second = plan(job.variants[:1], (1,), (1,), "fp32", job.catalog.name_of)
    same = {stage.name for key, stage in first.stages.items() if key in second.stages}
    assert same == {"data.tape", "test", "targets", "reference", "reference_views"}


def test_precision_is_in_the_keys_of_what_networks_make(make_job: MakeJob) -> None:
    job = make_job()
    same = ALL - changed(stage_keys(job), stage_keys(job, "bf16"))
    assert same == {"data.tape", "test", "targets", "reference", "reference_views"}


def test_a_pool_learner_is_shared_by_subjects(make_job: MakeJob) -> None:
    job = make_job()
    graph = plan(job.variants[:1], (1, 2), (0,), "fp32", job.catalog.name_of)
    names = [stage.name for stage in graph.stages.values()]
    assert names.count("encoder.power") == 1
    assert names.count("encoder") == 2


def test_a_digest_is_that_of_canonical_json() -> None:
    text = b'{"a":null,"b":[1,2.5]}'
    expected = hashlib.blake2b(text, digest_size=16).hexdigest()
    assert keys.digest({"b": (1, 2.5), "a": None}) == expected


def test_comments_and_docstrings_do_not_change_a_source_digest(tmp_path: Path) -> None:
    plain = keys._bare("def f(x):\n    return x + 1\n")
    told = keys._bare('"""Module."""\n# why\ndef f(x):\n    """What."""\n    return (x + 1)  # more\n')
    other = keys._bare("def f(x):\n    return x + 2\n")
    assert plain == told
    assert plain != other


def test_an_address_enters_by_what_it_points_to(
    tmp_path: Path, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job()
    encoder = job.request.full.encoder
    monkeypatch.setattr(type(encoder), "reads", lambda self: {"kind": "digest-of-content"})
    here = keys.describe(encoder, job.catalog.name_of, lambda nested: None)
    assert here["fields"]["kind"] == {"reads": "digest-of-content"}
