from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from eegrecon import InvalidConfiguration, MissingFiles, UnknownName, UsageError, spec
from eegrecon.api import Session
from eegrecon.building import at, lay, settings
from eegrecon.plugins import Catalog, find

TOY = Path(__file__).parent / "toy"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return find([TOY / "toy.py"])


def built(catalog: Catalog, *texts: str, profile: str = "small") -> spec.Benchmark:
    return spec.build(catalog, spec.read(TOY / "toy.toml"), profile, [spec.parse_set(text) for text in texts])


def test_the_first_profile_is_the_default_and_lies_over_the_base(catalog: Catalog) -> None:
    declared = spec.read(TOY / "toy.toml")
    assert declared.profile(None) == "small"
    large = built(catalog, profile="large")
    assert large.encoder.widths == (3, 4)  # type: ignore[attr-defined]
    assert large.dataset.tape.trials == 90  # type: ignore[attr-defined]


def test_an_unknown_profile_is_answered_with_those_there_are() -> None:
    with pytest.raises(UnknownName, match=r"no profile called 'larg' \(toy.toml\); did you mean 'large'"):
        spec.read(TOY / "toy.toml").profile("larg")


def test_a_dotted_value_reaches_a_nested_component(catalog: Catalog) -> None:
    benchmark = built(catalog, "encoder.power.gain.strength=3")
    assert benchmark.encoder.power.gain.strength == 3.0  # type: ignore[attr-defined]


def test_none_removes_a_nested_component(catalog: Catalog) -> None:
    assert built(catalog, "encoder.power=none").encoder.power is None  # type: ignore[attr-defined]


def test_a_value_inside_something_removed_is_refused(catalog: Catalog) -> None:
    with pytest.raises(InvalidConfiguration, match=r"encoder.power.gain.*inside encoder.power, which is removed"):
        built(catalog, "encoder.power=none", "encoder.power.gain.strength=2")


def test_naming_another_component_drops_what_was_set_for_the_one_before() -> None:
    base = settings({"encoder": {"use": "a", "width": 3, "inner": {"x": 1}}}, "file")
    laid = lay(at("encoder", "b", "--set"), base)
    assert {name: setting.value for name, setting in laid["encoder"].items()} == {"use": "b"}  # type: ignore[union-attr]
    same = lay(at("encoder.use", "a", "--set"), base)
    assert set(same["encoder"]) == {"use", "width", "inner"}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("encoder.slope=steep", r"--set encoder.slope=steep, encoder.slope: expected a number, got 'steep'"),
        ("encoder.slope=true", "expected a number, got True"),
        ("encoder.widths=3", "expected a list, of a whole number each, got 3"),
        (
            "encoder.slop=1",
            r"no field of encoder.mean called 'slop' \(--set encoder.slop=1, encoder\); did you mean 'slope'",
        ),
        ("encoder=men", r"no encoder called 'men' \(--set encoder=men, encoder.use\); did you mean 'mean'"),
        ("encoder.power=gain", "learner.gain does not fit here; expected a Branch or none"),
        ("encoder.slope.x=1", "encoder.slope: expected a number, got a table"),
        ("dataset.tape=none", "dataset.tape: cannot be none"),
        ("decoder.x=1", r"no place called 'decoder' \(--set decoder.x=1\)"),
        ("samples=0", "samples: expected a whole number of at least 1, got 0"),
        ("metric.righ.judge=eye", "no metric called 'righ'"),
        ("generator.tokens=false", None),
    ],
)
def test_a_wrong_value_is_answered_with_place_key_and_what_was_expected(
    catalog: Catalog, text: str, message: str | None
) -> None:
    if message is None:
        assert built(catalog, text).generator.tokens is False  # type: ignore[union-attr]
        return
    with pytest.raises(UsageError, match=message):
        built(catalog, text)


def test_a_set_without_a_value_is_refused() -> None:
    with pytest.raises(UsageError, match="expected a.b=value"):
        spec.parse_set("encoder.slope")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nam": "x"}, r"no key called 'nam' \(b.toml\); did you mean 'name'"),
        ({"version": 1}, "b.toml, version: expected a str, got 1"),
        ({"encoder": {}}, r"b.toml: \[encoder\] with use"),
        ({"profile": {"p": {"encodr": {}}}}, r"no key called 'encodr' \(b.toml, profile.p\)"),
        ({"published": [{"label": "x", "source": "y", "score": {}}]}, "no key called 'score'"),
    ],
)
def test_a_mistake_in_a_benchmark_file_is_answered_with_file_and_key(change: dict[str, object], message: str) -> None:
    tree = tomllib.loads((TOY / "toy.toml").read_text())
    with pytest.raises(UsageError, match=message):
        spec.declaration({**tree, **change}, "b.toml")


def test_a_file_that_is_not_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("name = ")
    with pytest.raises(InvalidConfiguration, match=r"x.toml is not TOML"):
        spec.read(tmp_path / "x.toml")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFiles, match=r"no benchmark file .*x.toml"):
        spec.read(tmp_path / "x.toml")


def test_the_benchmark_that_ships_builds_in_every_profile() -> None:
    catalog = find()
    declared = spec.read(catalog.benchmark("brainvis"))
    for profile in declared.profiles:
        assert spec.build(catalog, declared, profile).name == "brainvis"


def test_a_data_folder_is_given_to_the_data_set_that_recognises_it(
    toy_session: Callable[..., Session], tmp_path: Path
) -> None:
    (tmp_path / "toy.txt").touch()
    assert toy_session(data=str(tmp_path)).full.dataset.folder == str(tmp_path)  # type: ignore[attr-defined]


def test_a_data_folder_that_nothing_recognises_is_answered_with_what_it_holds(
    toy_session: Callable[..., Session], tmp_path: Path
) -> None:
    (tmp_path / "else.txt").touch()
    with pytest.raises(Exception, match=r"no data set recognises .*; it holds else.txt"):
        _ = toy_session(data=str(tmp_path)).full


def test_a_data_folder_that_is_not_there_is_named(toy_session: Callable[..., Session], tmp_path: Path) -> None:
    with pytest.raises(MissingFiles, match="no folder"):
        _ = toy_session(data=str(tmp_path / "none")).full
