from __future__ import annotations

import math
import tomllib
from datetime import date
from pathlib import Path

import pytest
from jobs import TOY

from eegrecon import InvalidConfiguration, MissingFiles, UnknownName, UsageError
from eegrecon.benchmark.definition import definition, read


def test_the_first_profile_is_the_default() -> None:
    assert read(TOY / "toy.toml").profile(None) == "small"


def test_an_unknown_profile_is_reported_with_the_nearest_name() -> None:
    with pytest.raises(UnknownName, match=r"'larg' .*toy.toml.*'large'"):
        read(TOY / "toy.toml").profile("larg")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nam": "x"}, r"'nam' .*b.toml.*'name'"),
        ({"version": 1}, "b.toml, version: .*1"),
        ({"encoder": {}}, r"b.toml: .*encoder.*use"),
        ({"profile": {"p": {"encodr": {}}}}, r"'encodr' .*b.toml, profile.p"),
        ({"headline": ["colour"]}, "b.toml, headline: .*'colour'"),
        ({"headline": ["color.same colour"]}, "'color' .*b.toml, headline.*'colour'"),
        ({"published": [{"label": "x", "source": "y", "score": {}}]}, "'score'"),
        ({"published": [{"label": "x", "source": "y"}]}, "b.toml, published: scores"),
        ({"published": [5]}, "b.toml, published: .*5"),
        ({"published": [{"label": "x", "source": "y", "scores": {"m": 3}}]}, "b.toml, published, x, scores.m: .*3"),
        ({"published": [{"label": "x", "source": "y", "scores": {"m": {"c": "?"}}}]}, r"scores.m.c: .*'\?'"),
        ({"published": [{"label": "x", "source": "y", "scores": {}, "without": 1}]}, "x, without: .*1"),
        ({"profile": {"a": 5}}, "b.toml, profile.a: .*5"),
        ({"profile": {"a": {"table": 5}}}, "b.toml, profile.a.table: .*5"),
        ({"profile": {"a": {"table": {"4": 5}}}}, "b.toml, profile.a.table.4: .*5"),
        ({"profile": {"a": {"comparable": "no"}}}, "b.toml, profile.a.comparable: .*'no'"),
        ({"table": {"4": 5}}, "b.toml, table.4: .*5"),
        ({"encoder": {"use": "mean", "slope": math.nan}}, "b.toml, encoder.slope: .*nan"),
        ({"encoder": {"use": "mean", "widths": [1, math.inf]}}, "b.toml, encoder.widths: .*inf"),
        ({"encoder": {"use": "mean", "kind": date(2024, 1, 1)}}, "b.toml, encoder.kind: 2024-01-01"),
        ({"baseline": {"label": "x"}}, r"b.toml, baseline: .*list"),
        ({"baseline": [{"label": "x"}]}, r"b.toml, baseline: .*label.*set.*'x'"),
    ],
)
def test_a_mistake_in_a_benchmark_file_is_reported_with_file_and_key(change: dict[str, object], message: str) -> None:
    tree = tomllib.loads((TOY / "toy.toml").read_text())
    with pytest.raises(UsageError, match=message):
        definition({**tree, **change}, "b.toml")


def test_the_headline_changes_no_digest() -> None:
    tree = tomllib.loads((TOY / "toy.toml").read_text())
    plain, changed = definition(tree, "b.toml"), definition({**tree, "headline": ["colour.same colour"]}, "b.toml")
    assert changed.headline == ("colour.same colour",)
    assert changed.digest == plain.digest


@pytest.mark.parametrize("text", ["name = ", "x = " + "[" * 100_000, "x = " + "9" * 5_000])
def test_a_file_that_is_not_toml_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(text)
    with pytest.raises(InvalidConfiguration, match=r"x.toml is not TOML"):
        read(tmp_path / "x.toml")


def test_the_mark_that_some_editors_write_is_no_part_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "toy.toml").write_text((TOY / "toy.toml").read_text(), encoding="utf-8-sig")
    assert read(tmp_path / "toy.toml") == read(TOY / "toy.toml")


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text('title = "f\u00fcr"', encoding="latin-1")
    with pytest.raises(InvalidConfiguration, match=r"x.toml.*UTF-8"):
        read(tmp_path / "x.toml")


def test_a_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFiles, match=r"x.toml"):
        read(tmp_path / "x.toml")


def test_baselines_and_published_numbers_leave_the_digest_of_the_benchmark() -> None:
    tree = tomllib.loads((TOY / "toy.toml").read_text())
    row = {"label": "gentle", "set": {"encoder.slope": 0.25}}
    assert (
        definition({**tree, "baseline": [row], "published": []}, "b.toml").digest == definition(tree, "b.toml").digest
    )


def extending(folder: Path, text: str = "", extends: str = "toy") -> Path:
    """Return a file beside the toy's that extends it."""
    (folder / "toy.toml").write_text((TOY / "toy.toml").read_text())
    file = folder / "more.toml"
    file.write_text(f'name = "more"\nversion = "2"\nextends = "{extends}"\n{text}')
    return file


def test_a_file_that_extends_another_has_its_places_metrics_and_profiles_and_not_its_published_numbers(
    tmp_path: Path,
) -> None:
    toy, more = read(TOY / "toy.toml"), read(extending(tmp_path, "[profile.large.encoder]\nslope = 0.5\n"))
    assert more.name == "more"
    assert set(more.base) == set(toy.base)
    assert list(more.profiles) == ["small", "large"]
    encoder = more.profiles["large"]["encoder"]
    assert set(encoder) == {"widths", "slope"}  # type: ignore[arg-type]
    assert more.published == ()
    assert more.digest != toy.digest


def test_a_change_of_the_extended_file_changes_the_digest(tmp_path: Path) -> None:
    before = read(extending(tmp_path)).digest
    toy = tmp_path / "toy.toml"
    toy.write_text(toy.read_text().replace("trials = 90", "trials = 60"))
    assert read(tmp_path / "more.toml").digest != before


def test_a_component_that_is_named_anew_has_nothing_of_the_one_before(tmp_path: Path) -> None:
    file = extending(tmp_path, '[profile.large.encoder]\nuse = "other"\n')
    assert set(read(file).profiles["large"]["encoder"]) == {"use"}  # type: ignore[arg-type]


def test_only_one_file_is_extended_and_it_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(MissingFiles, match="nothing.toml"):
        read(extending(tmp_path, extends="nothing"))
    with pytest.raises(InvalidConfiguration, match=r"more\.toml .*extends.*directly"):
        read(extending(tmp_path, extends="more"))


@pytest.mark.parametrize(
    ("component", "message"),
    [
        ({"encodr": {}}, r"'encodr' .*b.toml, profile.p.component"),
        ({"encoder": 3}, "b.toml, profile.p.component.encoder: .*3"),
        ({"encoder": {"mean": 3}}, "b.toml, profile.p.component.encoder.mean: .*3"),
    ],
)
def test_fields_of_components_are_tables_by_place_and_name(component: object, message: str) -> None:
    tree = tomllib.loads((TOY / "toy.toml").read_text())
    with pytest.raises(UsageError, match=message):
        definition({**tree, "profile": {"p": {"component": component}}}, "b.toml")
