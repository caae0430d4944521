"""A new plugin is a distribution that works as it is written, and nothing is overwritten."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from explanations import Explains
from jobs import LIMIT, Command, built_once
from small import METHOD_ALONE
from tutorials import write_code

from eegrecon import UsageError
from eegrecon.cli.plugin import KINDS
from eegrecon.testing.projects import TEMPLATES, write

NAMES = {**{f"kit-{kind}": kind for kind in KINDS}, "kit_network": "encoder"}  # a template each


@pytest.fixture(scope="session")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a distribution of every template, and what pip writes when each is installed."""

    def build(folder: Path) -> None:
        for name, kind in NAMES.items():
            write(name, kind, str(folder), with_torch=name == "kit_network")
            module = name.replace("-", "_")
            info = folder / name / f"{module}-0.1.0.dist-info"
            info.mkdir()
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n")
            (info / "entry_points.txt").write_text(f"[eegrecon]\n{module} = {module}\n")

    return built_once(tmp_path_factory, "projects", build)


@pytest.fixture
def installed(projects: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    before = set(sys.modules)
    for name in NAMES:
        monkeypatch.syspath_prepend(str(projects / name))
    importlib.invalidate_caches()
    yield projects
    for name in set(sys.modules) - before:
        if name.startswith("kit_"):
            del sys.modules[name]


@pytest.mark.parametrize("name", NAMES)
def test_a_new_plugin_passes_its_checks(name: str, installed: Path, command: Command) -> None:
    printed = command("plugin", "check", name).stdout
    assert printed.startswith(f"{NAMES[name]}.{name}\n")
    assert ", 0 failed" in printed.splitlines()[-1]


@pytest.mark.parametrize("name", NAMES)
def test_the_command_of_its_readme_works_at_once(name: str, installed: Path, command: Command) -> None:
    lines = (installed / name / "README.md").read_text().splitlines()
    (line,) = [line.strip() for line in lines if line.startswith("    eegrecon bench")]
    assert "to run" in command(*line.split()[1:], "--dry-run").stdout
    assert name in line


def test_a_new_encoder_gives_a_row(installed: Path, command: Command) -> None:
    printed = command("bench", "brainvis", "--set", "encoder=kit-encoder", *METHOD_ALONE, "--out", "run", "--quiet")
    assert "Full (encoder = kit-encoder)" in printed.stdout
    assert "encoder.kit-encoder" in (Path.cwd() / "run" / "result.json").read_text()


def test_a_new_plugin_is_clean_under_ruff(projects: Path) -> None:
    pytest.importorskip("ruff")
    for arguments in (["check", "--no-cache"], ["format", "--check", "--no-cache"]):
        for name in NAMES:
            _succeeds([sys.executable, "-m", "ruff", *arguments, "."], projects / name)


def test_the_code_of_tutorials_is_clean_under_ruff(tmp_path: Path) -> None:
    pytest.importorskip("ruff")
    options = ["--no-cache", "--isolated", "--line-length=120"]
    for arguments in (["check"], ["format", "--check"]):
        _succeeds([sys.executable, "-m", "ruff", *arguments, *options, *map(str, write_code(tmp_path))], tmp_path)


def test_a_new_plugin_and_the_code_of_tutorials_are_clean_under_strict_mypy(projects: Path, tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    options = ["--strict", "--follow-imports=silent", "--ignore-missing-imports", "--cache-dir", str(projects / "mypy")]
    light = [name for name in NAMES if name != "kit_network"]  # reading torch's types takes a minute
    packages = [str(projects / name / name.replace("-", "_")) for name in light]
    _succeeds([sys.executable, "-m", "mypy", *options, *packages, *map(str, write_code(tmp_path))], projects)


def _succeeds(arguments: list[str], folder: Path) -> None:
    done = subprocess.run(arguments, capture_output=True, text=True, cwd=folder, timeout=LIMIT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_its_module_is_at_most_forty_lines(name: str, projects: Path) -> None:
    module = projects / name / name.replace("-", "_") / f"{NAMES[name]}.py"
    assert len(module.read_text().splitlines()) <= 40


@pytest.mark.parametrize("name", NAMES)
def test_its_test_is_short_and_its_workflow_too(name: str, projects: Path) -> None:
    module = name.replace("-", "_")
    test = (projects / name / "tests" / f"test_{module}.py").read_text()
    assert sum(bool(line) for line in test.splitlines()) <= 6
    assert len((projects / name / ".github/workflows/check.yml").read_text().splitlines()) <= 15
    assert (projects / name / module / "py.typed").is_file()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("My-Encoder", "small letters.*hyphens or underscores"), ("my--encoder", "small letters"),
        ("my__encoder", "single hyphens or underscores"), ("my-_encoder", "small letters"), ("../up", "small letters"),
        ("lambda", "word of Python"), ("match", "word of Python"), ("signals", "word of eegrecon"),
        ("numpy", "installed package"), ("eegrecon", "installed package"), ("scikit-learn", "installed package"),
        ("brainvis", "registered encoder"),
    ],
)  # fmt: skip
def test_a_name_that_cannot_be_used_is_refused(name: str, reason: str, tmp_path: Path, explains: Explains) -> None:
    with pytest.raises(UsageError, match=reason) as raised:
        write(name, "encoder", str(tmp_path))
    assert not list(tmp_path.iterdir())
    explains("Usage", f"the name of a new plugin is that of … ({name})", raised.value)


@pytest.mark.parametrize("name", ["kit-own", "kit_own"])
def test_hyphens_and_underscores_are_both_for_names(name: str, tmp_path: Path) -> None:
    printed = write(name, "metric", str(tmp_path))
    assert (tmp_path / name / "kit_own" / "metric.py").is_file()
    assert f"metric.{name}" in (tmp_path / name / "kit_own" / "__init__.py").read_text()
    assert "--wide" in printed  # how its column is seen
    assert f'headline = ["{name}.{name}"]' in printed
    assert "--wide" not in write(f"{name}-too", "judge", str(tmp_path))


def test_an_existing_folder_is_not_overwritten(tmp_path: Path, explains: Explains) -> None:
    (tmp_path / "kit-mine").mkdir()
    (tmp_path / "kit-mine" / "notes").write_text("mine")
    with pytest.raises(UsageError, match="exists, and nothing of it is overwritten") as raised:
        write("kit-mine", "encoder", str(tmp_path))
    assert [file.name for file in (tmp_path / "kit-mine").iterdir()] == ["notes"]
    explains("Usage", "the folder of a new plugin exists", raised.value)


def test_a_network_is_offered_for_encoders_only(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--torch is for encoders"):
        write("kit-mine", "metric", str(tmp_path), with_torch=True)


def test_every_kind_that_is_offered_has_a_template() -> None:
    assert {f"{kind}.py.jinja" for kind in (*KINDS, "encoder_torch", "init", "test")} == {
        file.name for file in TEMPLATES.glob("*.py.jinja")
    }
