from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import Any

import pytest
from explanations import Explains
from jobs import TOY

from eegrecon import InvalidConfiguration, UnknownName, UsageError
from eegrecon.benchmark.builder import Benchmark, build, parse_set
from eegrecon.benchmark.definition import definition as defined
from eegrecon.benchmark.definition import read
from eegrecon.registry.catalog import Catalog, Entry
from eegrecon.registry.discovery import find


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return find([TOY / "toy.py"])


def built(catalog: Catalog, *texts: str, profile: str = "small") -> Benchmark:
    return build(catalog, read(TOY / "toy.toml"), profile, [parse_set(text) for text in texts])


def test_a_profile_overrides_the_base(catalog: Catalog) -> None:
    large = built(catalog, profile="large")
    assert large.encoder.widths == (3, 4)  # type: ignore[attr-defined]
    assert large.dataset.tape.trials == 90  # type: ignore[attr-defined]


def test_a_dotted_path_reaches_a_nested_component(catalog: Catalog) -> None:
    benchmark = built(catalog, "encoder.power.gain.strength=3")
    assert benchmark.encoder.power.gain.strength == 3.0  # type: ignore[attr-defined]


def test_none_removes_a_nested_component(catalog: Catalog) -> None:
    assert built(catalog, "encoder.power=none").encoder.power is None  # type: ignore[attr-defined]


def test_a_value_inside_a_removed_component_is_refused(catalog: Catalog) -> None:
    with pytest.raises(InvalidConfiguration, match=r"encoder.power.gain.*encoder.power\b.*removed"):
        built(catalog, "encoder.power=none", "encoder.power.gain.strength=2")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("encoder.slope=steep", r"--set encoder.slope=steep, encoder.slope: .*a number.*'steep'"),
        ("encoder.slope=true", "encoder.slope: .*a number.*True"),
        ("encoder.widths=3", "encoder.widths: .*a list.*a whole number.*3"),
        ("encoder.slop=1", r"encoder.mean.*'slop' .*--set encoder.slop=1.*'slope'"),
        ("encoder=men", r"'men' .*--set encoder=men.*'mean'"),
        ("encoder.power=gain", "learner.gain.*a Branch or none"),
        ("encoder.slope.x=1", "encoder.slope: .*a number.*a table"),
        ("dataset.tape=none", "dataset.tape: .*none"),
        ("decoder.x=1", r"'decoder' .*--set decoder.x=1"),
        ("samples=0", "samples: .*from 1 .*0"),
        ("seed=18446744073709551616", "seed: .*from 0 .*18446744073709551616"),
        ("metric.righ.judge=eye", "'righ'"),
    ],
)
def test_a_wrong_value_is_reported_with_its_origin_and_what_was_expected(
    catalog: Catalog, text: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        built(catalog, text)


def test_a_text_is_converted_to_the_type_of_its_field(catalog: Catalog) -> None:
    assert built(catalog, "generator.tokens=false").generator.tokens is False  # type: ignore[union-attr]


def test_an_override_without_a_value_is_refused() -> None:
    with pytest.raises(UsageError, match=r"encoder.slope: .*=value"):
        parse_set("encoder.slope")


def test_the_shipped_benchmark_builds_in_every_profile() -> None:
    catalog = find()
    definition = read(catalog.benchmark("brainvis"))
    for profile in definition.profiles:
        assert build(catalog, definition, profile).name == "brainvis"


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("encoder.epochs=-1", "at least 1"),
        ("encoder.time.pretrain.batch=0", "at least 1"),
        ("encoder.rate=nan", "a number above 0"),
        ("encoder.decay=inf", "a number of at least 0"),
        ("encoder.time.dropout=2", "from 0 to 1"),
        ("encoder.time.heads=0", "at least 1"),
        ("encoder.microbatch=-1", "at least 0"),
        ("aligner.widths=[256,0]", "at least 1"),
        ("generator.steps=0", "at least 1"),
        ("generator.guidance=inf", "a number of at least 0"),
        ("dataset.recording.snr=nan", "a number of at least 0"),
        ("metric.identification.k=0", "at least 1"),
    ],
)
def test_a_value_out_of_bounds_is_refused_with_the_bounds(text: str, bound: str) -> None:
    catalog = find()
    path = text.partition("=")[0]
    with pytest.raises(InvalidConfiguration, match=rf"--set {re.escape(text)}, {path}: .*{bound}"):
        build(catalog, read(catalog.benchmark("brainvis")), "demo", [parse_set(text)])


def test_infinity_and_nan_are_refused_in_a_field_without_bounds(catalog: Catalog, explains: Explains) -> None:
    for value in ("inf", "-inf", "nan"):
        with pytest.raises(InvalidConfiguration, match=f"encoder.slope: .*a number.*{value}") as raised:
            built(catalog, f"encoder.slope={value}")
    explains("Usage", "`eegrecon bench --set encoder.slope=nan`", raised.value)


def test_a_class_that_cannot_be_built_from_its_values_is_named_with_the_reason(catalog: Catalog, toy: Any) -> None:
    @dataclass(frozen=True)
    class Divided(toy.MeanEncoder):  # type: ignore[misc]
        parts: int = 1

        def __post_init__(self) -> None:
            _ = 1 // self.parts

    catalog.components["encoder.divided"] = [Entry(Divided, "toy")]
    with pytest.raises(InvalidConfiguration, match=r"encoder.divided.*ZeroDivisionError"):
        built(catalog, "encoder=divided", "encoder.parts=0")


def test_a_profile_sets_fields_of_a_component_wherever_it_is_used(catalog: Catalog) -> None:
    tree = tomllib.loads((TOY / "toy.toml").read_text())
    small = {"component": {"encoder": {"drawn": {"slope": 0.25, "widths": [7]}, "mean": {"slope": 0.5}}}}
    profiles = {"small": small, "smaller": {"extends": "small"}, "large": tree["profile"]["large"]}
    definition = defined({**tree, "profile": profiles}, "b.toml")

    def slope(profile: str, *texts: str) -> float:
        encoder = build(catalog, definition, profile, [parse_set(text) for text in texts]).encoder
        return encoder.slope  # type: ignore[attr-defined, no-any-return]

    assert slope("small") == slope("smaller") == 0.5  # of the component that the file names
    assert slope("small", "encoder=drawn") == slope("smaller", "encoder=drawn") == 0.25
    assert slope("small", "encoder=drawn", "encoder.slope=2") == 2.0
    assert slope("large", "encoder=drawn") not in (0.25, 0.5)
    misspelt = defined({**tree, "profile": {"small": {"component": {"encoder": {"mean": {"slop": 1.0}}}}}}, "b.toml")
    with pytest.raises(UnknownName, match=r"'slop' .*b\.toml, profile\.small.*'slope'"):
        build(catalog, misspelt, "small")
