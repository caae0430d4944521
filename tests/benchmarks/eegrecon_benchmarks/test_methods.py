"""The benchmark of methods: every baseline is a row, on the data and the metrics of the reference method."""

from __future__ import annotations

from typing import Any

import pytest
from jobs import Job

from eegrecon.benchmark.options import Options
from eegrecon_baselines import eegrecon_components

BASELINES = {key.partition(".")[2] for key in eegrecon_components() if not key.startswith("conditioner.")}

SOME: dict[str, Any] = {"set": ("dataset=shapes",), "control": ("none",), "audit": ("none",), "subjects": (1,)}


@pytest.fixture(scope="module", params=["demo", "paper"])
def methods(request: Any) -> Job:
    return Job(Options("methods", profile=request.param, **SOME))


def test_every_baseline_is_in_a_row_and_none_is_refused(methods: Job) -> None:
    table = Job(Options("methods", table="braindecode", **SOME))  # of a library that not every environment has
    used = {str(value) for job in (methods, table) for variant in job.variants for _, value in variant.settings}
    assert used >= BASELINES
    assert [variant.refused for variant in methods.variants] == [""] * len(methods.variants)


def test_the_first_row_is_the_reference_method_of_its_own_benchmark(methods: Job) -> None:
    options = Options("brainvis", profile=methods.request.selection.profile, **SOME)
    full, own = methods.variants[0].benchmark, Job(options).variants[0].benchmark
    assert full is not None
    assert own is not None
    for place in ("dataset", "encoder", "aligner", "generator"):
        assert full.place(place) == own.place(place)
    assert full.metrics == own.metrics


def test_rows_differ_in_the_method_alone(methods: Job) -> None:
    full, *others = (variant.benchmark for variant in methods.variants)
    assert full is not None
    for other in others:
        assert other is not None
        assert (other.dataset, other.metrics, other.samples) == (full.dataset, full.metrics, full.samples)
        assert other.generator is not None
        assert full.generator is not None
        assert other.generator.size == full.generator.size


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("gwit", "linear reader, gwit"),
        ("unclip", "evoked reader, diffusion prior, unclip"),
        ("dreamdiffusion", "dreamdiffusion"),
    ],
)
def test_a_published_method_has_in_the_demo_the_settings_of_its_own_file(name: str, label: str) -> None:
    row = next(one.benchmark for one in Job(Options("methods", **SOME)).variants if one.label == label)
    own = Job(Options(name, control=("none",), audit=("none",), subjects=(1,))).variants[0].benchmark
    assert row is not None
    assert own is not None
    for place in ("encoder", "generator", *(["aligner"] if own.aligner is not None else [])):
        assert row.place(place) == own.place(place)
