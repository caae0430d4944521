"""Each method has its components, its source, and a file whose demo builds."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from typing import Any

import pytest
from jobs import Job

from eegrecon.benchmark.options import Options
from eegrecon.registry.catalog import KINDS
from eegrecon_peers import eegrecon_components

METHODS = eegrecon_components()
PARTS = {
    "gwit": {"prompt", "control"},
    "unclip": {"prior", "image"},
    "dreamdiffusion": {"pretrain", "clip", "attention"},
}
SOME: dict[str, Any] = {"control": ("none",), "audit": ("none",), "subjects": (1,)}


@pytest.mark.parametrize("key", METHODS)
def test_a_component_cites_its_source_and_says_what_differs(key: str) -> None:
    module, _, name = METHODS[key].partition(":")
    cls = getattr(import_module(module), name)
    assert issubclass(cls, KINDS[key.partition(".")[0]])
    said = inspect.getdoc(cls) or ""
    assert re.search(r"^Source: .*arXiv:\d{4}\.\d{5}", said, re.MULTILINE | re.DOTALL)
    assert "Differs from the source" in said


@pytest.mark.parametrize("name", PARTS)
def test_every_part_of_a_demo_can_be_removed(name: str) -> None:
    job = Job(Options(name, ablate=("all",), **SOME))
    assert {variant.removed[0].rpartition(".")[2] for variant in job.variants if variant.removed} == PARTS[name]
    assert [variant.refused for variant in job.variants] == [""] * len(job.variants)


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("profile", ["demo", "paper"])
def test_a_profile_builds_the_method_and_published_scores_name_its_columns(name: str, profile: str) -> None:
    request = Job(Options(name, profile=profile, set=("dataset=shapes",), **SOME)).request
    columns = {f"{metric}.{column.name}" for metric, one in request.full.metrics for column in one.columns}
    published = request.selection.definition.published
    assert published
    for row in published if profile == "paper" else ():
        assert set(row.scores) <= columns
