from __future__ import annotations

import importlib
import importlib.metadata
import json
import re
from pathlib import Path

import pytest
from explanations import Explains
from jobs import TOY

from eegrecon import ComponentError, UnknownName, UsageError
from eegrecon.registry.discovery import find
from eegrecon.reporting.inventory.doctor import examine
from eegrecon.reporting.inventory.listing import show
from eegrecon.testing.selection import check

TOY_PLUGIN = TOY / "toy.py"


def distribution(folder: Path, name: str, code: str, entry: str = "", package: str = "") -> None:
    """Write an installed distribution with one plugin package and its entry point."""
    package = package or name.replace("-", "_")
    (folder / package).mkdir(parents=True)
    (folder / package / "__init__.py").write_text(code)
    info = folder / f"{name.replace(chr(45), chr(95))}-1.0.dist-info"  # an escaped name, as wheels have it
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[eegrecon]\n{entry or package} = {package}\n")
    importlib.invalidate_caches()


def registering(key: str, target: str) -> str:
    return f"from eegrecon import hookimpl\n@hookimpl\ndef eegrecon_components():\n    return {{{key!r}: {target!r}}}\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_the_shipped_plugins_are_found_and_work() -> None:
    catalog = find()
    ours = {plugin.name: plugin.broken for plugin in catalog.plugins if plugin.distribution == "eegrecon"}
    assert {"eegrecon_shapes", "eegrecon_brainvis", "eegrecon_metrics", "eegrecon_datasets"} <= set(ours)
    assert set(ours.values()) == {""}


def test_every_registered_component_can_be_imported() -> None:
    catalog = find()
    for key in catalog.components:
        kind, _, name = key.partition(".")
        assert catalog.name_of(catalog.get(kind, name)) == key


def test_a_plugin_that_raises_on_import_is_listed_and_the_others_work(site: Path) -> None:
    distribution(site, "broken-one", "raise RuntimeError('no luck')")
    distribution(site, "sound-one", registering("encoder.sound", "nowhere:Sound"))
    catalog = find()
    reasons = {plugin.name: plugin.broken for plugin in catalog.plugins}
    assert reasons["broken_one"] == "RuntimeError: no luck (broken_one/__init__.py, line 1)"
    assert reasons["sound_one"] == ""
    assert "sound" in catalog.names("encoder")


@pytest.mark.parametrize("name", ["broken-one", "broken_one", "encoder.broken-one"])
def test_a_name_of_a_broken_plugin_is_refused_with_the_reason_and_without_a_list(
    site: Path, name: str, explains: Explains
) -> None:
    distribution(site, "broken-one", "\nimport no_such_module")
    for look_up in (lambda: find().get("encoder", name), lambda: check(name, None, (), ()), lambda: show(find(), name)):
        with pytest.raises(UnknownName, match=r"broken_one of broken-one .*no_such.*__init__.py, line 2") as raised:
            look_up()
        assert "did you mean" not in str(raised.value)
        assert "There are" not in str(raised.value)
        assert "pip install --upgrade broken-one" in str(raised.value)
    explains("Components", "a component or a plugin is named whose plugin cannot be imported", raised.value)


def test_an_unknown_name_is_refused_with_the_plugins_that_are_broken_too(site: Path) -> None:
    distribution(site, "of-no-kind", registering("encodr.mine", "x:X"))
    for look_up in (lambda: find().get("encoder", "mine"), lambda: check("mine", None, (), ())):
        with pytest.raises(UnknownName, match=r"'mine'.*of-no-kind .no kind called 'encodr' .*did you mean 'encoder'"):
            look_up()


def test_a_broken_plugin_that_is_installed_in_place_is_to_be_repaired_there(site: Path) -> None:
    distribution(site, "own-one", "raise RuntimeError('no luck')")
    origin = {"url": "file:///home/me/own%20one", "dir_info": {"editable": True}}
    (site / "own_one-1.0.dist-info" / "direct_url.json").write_text(json.dumps(origin))
    (finding,) = [found.text for found in examine(find(), "no-such-profile") if "own_one" in found.text]
    assert "repair it in /home/me/own one" in finding
    assert "pip install" not in finding


def test_a_plugin_with_a_misspelt_hook_is_listed_as_broken(site: Path) -> None:
    code = "from eegrecon import hookimpl\n@hookimpl\ndef eegrecon_componets():\n    return {}\n"
    distribution(site, "misspelt", code)
    (plugin,) = [plugin for plugin in find().plugins if plugin.name == "misspelt"]
    assert "no hook called 'eegrecon_componets' (misspelt); did you mean 'eegrecon_components'" in plugin.broken


def test_a_plugin_with_a_name_of_no_kind_is_listed_as_broken(site: Path) -> None:
    distribution(site, "kindless", registering("encodr.x", "x:X"))
    (plugin,) = [plugin for plugin in find().plugins if plugin.name == "kindless"]
    assert "encodr.x" in plugin.broken


def test_two_distributions_with_the_same_entry_point_are_both_refused_by_name(site: Path) -> None:
    distribution(site, "first", registering("encoder.first", "x:X"), entry="twice")
    distribution(site, "second", registering("encoder.second", "x:X"), entry="twice")
    catalog = find()
    reasons = [plugin.broken for plugin in catalog.plugins if plugin.name == "twice"]
    assert len(reasons) == 2
    assert all("first and second" in reason or "second and first" in reason for reason in reasons)
    assert not {"first", "second"} & set(catalog.names("encoder"))


def test_a_distribution_listed_twice_is_one_plugin(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    distribution(site, "once", registering("encoder.once", "x:X"))
    points = importlib.metadata.entry_points(group="eegrecon")
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [*points, *points])
    assert [plugin.broken for plugin in find().plugins if plugin.name == "once"] == [""]


def test_a_component_registered_by_two_plugins_is_refused_by_name(site: Path) -> None:
    distribution(site, "one-more", registering("encoder.same", "x:X"))
    distribution(site, "yet-another", registering("encoder.same", "y:Y"))
    with pytest.raises(UsageError, match=r"'same'.*one_more and yet_another"):
        find().get("encoder", "same")


def test_an_unknown_name_is_reported_with_the_nearest_and_all_names() -> None:
    with pytest.raises(UnknownName, match=r"encoder.*'brainviz'.*'brainvis'.*: .*brainvis"):
        find().get("encoder", "brainviz")


def test_a_component_whose_module_fails_is_named_with_its_plugin(site: Path) -> None:
    distribution(site, "lazy-one", registering("encoder.lazy", "no_such_module:X"))
    with pytest.raises(ComponentError, match=r"encoder\.lazy .*lazy_one.*no_such_module"):
        find().get("encoder", "lazy")


def test_a_component_of_the_wrong_kind_is_refused() -> None:
    catalog = find([TOY_PLUGIN])
    catalog.components["judge.wrong"] = catalog.components["encoder.mean"]
    with pytest.raises(ComponentError, match="judge.wrong.*Judge"):
        catalog.get("judge", "wrong")


BENCHMARKS = """
from importlib.resources import files
from eegrecon import hookimpl
@hookimpl
def eegrecon_benchmarks():
    return files(__name__)
"""


def test_a_plugin_registers_benchmark_files(site: Path) -> None:
    distribution(site, "registering-one", BENCHMARKS)
    (site / "registering_one" / "mine.toml").write_text("x = 1")
    assert find().benchmark("mine").read_text() == "x = 1"


def test_a_benchmark_registered_by_two_plugins_is_refused_by_name(site: Path) -> None:
    for name in ("registering-two", "registering-three"):
        distribution(site, name, BENCHMARKS)
        (site / name.replace("-", "_") / "same.toml").write_text("x = 1")
    with pytest.raises(UsageError, match="'same'.*registering_.*registering_"):
        find().benchmark("same")


def test_a_single_file_is_a_plugin() -> None:
    assert find([TOY_PLUGIN]).get("encoder", "mean").__name__ == "MeanEncoder"


def file_of(folder: Path, name: str, code: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(code)
    return folder / name


def test_a_single_file_that_does_not_exist_stops_the_run_and_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none.py"):
        find([tmp_path / "none.py"])


def test_a_single_file_that_cannot_be_imported_stops_the_run_with_its_reason(
    tmp_path: Path, explains: Explains
) -> None:
    with pytest.raises(ComponentError, match=r"mine.py.*no luck") as raised:
        find([file_of(tmp_path, "mine.py", "raise RuntimeError('no luck')")])
    explains("Components", "a file given with --plugin cannot be imported", raised.value)


def test_a_single_file_whose_class_does_not_fulfil_the_contract_stops_the_run(tmp_path: Path) -> None:
    code = "from eegrecon import Encoder\nclass Loose(Encoder):\n    pass\n"
    for target in ("Loose", "'eegrecon_file_loose:Loose'"):
        hook = f"def eegrecon_components():\n    return {{'encoder.loose': {target}}}\n"
        with pytest.raises(ComponentError, match=r"encoder.loose.*dataclass"):
            find([file_of(tmp_path, "loose.py", code + hook)])


def test_two_single_files_of_one_name_are_refused_by_their_paths(tmp_path: Path, explains: Explains) -> None:
    files = [file_of(tmp_path / folder, "mine.py", "") for folder in ("one", "two")]
    with pytest.raises(UsageError, match=r"one/mine.py and .*two/mine.py") as raised:
        find(files)
    explains("Usage", "two files of one name are given with --plugin", raised.value)
    assert [plugin.name for plugin in find([files[0], files[0]]).plugins].count("mine") == 1


def test_an_installed_plugin_with_a_faulty_class_is_listed_and_the_others_work(site: Path) -> None:
    code = "from eegrecon import Encoder\nclass Loose(Encoder):\n    pass\n"
    distribution(site, "loose-one", f"{code}def eegrecon_components():\n    return {{'encoder.loose': Loose}}\n")
    catalog = find([TOY_PLUGIN])
    (plugin,) = [plugin for plugin in catalog.plugins if plugin.name == "loose_one"]
    assert "encoder.loose" in plugin.broken
    assert "loose" not in catalog.names("encoder")
    assert "mean" in catalog.names("encoder")


@pytest.mark.parametrize("name", ["all", "none", "two words", "a,b", "a+b", "x.y"])
def test_a_name_that_cannot_be_written_on_the_command_line_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ComponentError, match=re.escape(f"encoder.{name}")):
        find([file_of(tmp_path, "misnamed.py", registering(f"encoder.{name}", "x:X"))])


def test_doctor_finds_a_faulty_class_that_a_plugin_names_as_text(site: Path) -> None:
    code = "from eegrecon import Encoder\nclass Loose(Encoder):\n    pass\n"
    distribution(site, "faulty-one", code + registering("encoder.faulty", "faulty_one:Loose"))
    wrong = [finding.text for finding in examine(find(), "no-such-profile") if not finding.ok]
    assert any("encoder.faulty of plugin faulty_one" in text for text in wrong)


def test_a_plugin_for_another_version_of_the_contract_is_refused_with_both_versions(
    site: Path, explains: Explains
) -> None:
    made_for = "\n@hookimpl\ndef eegrecon_contract():\n    return {}\n"
    distribution(site, "of-tomorrow", registering("encoder.late", "of_tomorrow:Late") + made_for.format(2))
    distribution(site, "of-today", registering("encoder.now", "of_today:Now") + made_for.format(1))
    catalog = find()
    reasons = {plugin.name: plugin.broken for plugin in catalog.plugins}
    assert re.search("of_tomorrow.*version 2.*eegrecon has version 1", reasons["of_tomorrow"])
    assert reasons["of_today"] == ""
    assert "late" not in catalog.names("encoder")
    assert "now" in catalog.names("encoder")
    explains("Components", "a plugin is made for another version of the contract", reasons["of_tomorrow"])
