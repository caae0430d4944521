from __future__ import annotations

import importlib.util

import pytest
from jobs import MakeJob

from eegrecon.evaluation.stages import STAGES as EVALUATION_STAGES
from eegrecon.pipeline.fingerprints import CORE_CODE, describe
from eegrecon.pipeline.stages import STAGES


def test_a_resource_enters_by_the_digest_of_its_content(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    job = make_job()
    encoder = job.request.full.encoder
    monkeypatch.setattr(type(encoder), "reads", lambda self: {"kind": "digest-of-content"})
    described = describe(encoder, job.catalog.name_of, lambda nested: None)
    assert described["fields"]["kind"] == {"reads": "digest-of-content"}


def test_the_core_code_of_every_kind_of_stage_is_part_of_its_key() -> None:
    kinds = {**STAGES, **EVALUATION_STAGES}
    assert CORE_CODE.keys() == kinds.keys()
    for kind, stage in kinds.items():
        assert stage.compute.__module__.removeprefix("eegrecon.") in CORE_CODE[kind]
    for name in {name for names in CORE_CODE.values() for name in names}:
        assert importlib.util.find_spec(f"eegrecon.{name}") is not None
