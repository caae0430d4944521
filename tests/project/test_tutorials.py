"""Tutorials, followed literally: every file and every command of a page, in the order in which they stand there.

They are followed in a fresh virtual environment with the project's wheel, in which pip installs the new distributions.
"""

from __future__ import annotations

import importlib
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from environments import Environment
from jobs import ROOT, Command, built_once
from small import METHOD_ALONE
from tutorials import STEP, TUTORIALS


def forget() -> None:
    """Import a plugin again when it is used next, as another process does."""
    for name in list(sys.modules):
        if name.startswith("my_"):
            del sys.modules[name]
    importlib.invalidate_caches()


@pytest.fixture
def forgotten() -> Iterator[None]:
    """What the test imports is not imported for the next one."""
    yield
    forget()


def write(file: Path, text: str, *, line: bool) -> None:
    """Replace a file, or the only line of it that begins like the given one."""
    if not line:
        file.write_text(text)
        return
    lines = file.read_text().splitlines(keepends=True)
    (place,) = [number for number, old in enumerate(lines) if old.startswith(text.partition("=")[0])]
    assert lines[place] != text
    lines[place] = text
    file.write_text("".join(lines))


def install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a distribution importable and its entry point known, as pip does, without pip."""
    module = folder.name.replace("-", "_")
    info = folder / f"{module}-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {folder.name}\nVersion: 0.1.0\n")
    points = re.search(
        r"^\[project\.entry-points\.eegrecon\]\n(\w+) = \"(\w+)\"", (folder / "pyproject.toml").read_text(), re.M
    )
    assert points is not None
    (info / "entry_points.txt").write_text(f"[eegrecon]\n{points[1]} = {points[2]}\n")
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A fresh virtual environment with the project's wheel, shared by the tutorials."""
    for name in ("pip", "hatchling", "editables"):
        pytest.importorskip(name)

    def build(folder: Path) -> None:
        Environment.fresh(folder)

    return Environment(built_once(tmp_path_factory, "environment", build) / "venv")


def test_the_environment_has_the_wheel_and_not_the_checkout(environment: Environment, tmp_path: Path) -> None:
    code = "import eegrecon, eegrecon_shapes; print(eegrecon.__file__, eegrecon_shapes.__file__)"
    files = environment.command(["python", "-c", code], tmp_path).split()
    assert all(Path(file).is_relative_to(environment.folder) for file in files), files


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_a_tutorial_can_be_followed(page: Path, tmp_path: Path, environment: Environment) -> None:
    done = []
    for step in STEP.finditer(page.read_text()):
        if step["file"]:
            write(tmp_path / step["file"], step["text"], line=bool(step["line"]))
            continue
        words = shlex.split(step["command"])
        done.append(" ".join(words[:3]))
        match words:
            case ["pip", "install", *what]:
                environment.install(what, tmp_path)
            case ["eegrecon", "bench", *_]:  # what it computes is tested elsewhere
                dry = ["--dry-run"] * ("--dry-run" not in words)
                assert "to run" in environment.command([*words, *dry], tmp_path)
            case ["eegrecon", "plugin", "check", _]:
                assert ", 0 failed" in environment.command(words, tmp_path)
            case ["python" | "eegrecon", *_]:
                environment.command(words, tmp_path)
            case _:
                pytest.fail(f"{page.name} has a command that the test does not know: {step['command']}")
    assert {"pip install -e", "eegrecon plugin new", "eegrecon plugin check", "eegrecon bench brainvis"} <= {*done}


def test_the_first_page_gives_a_row_in_ten_minutes(tmp_path: Path, environment: Environment) -> None:
    text = (ROOT / "docs" / "plugins.md").read_text()
    commands = [shlex.split(step["command"]) for step in STEP.finditer(text) if step["command"]]
    (new, install, bench, check, *_) = (words for words in commands if words[0] in ("eegrecon", "pip"))
    assert new == ["eegrecon", "plugin", "new", "my-encoder", "--kind", "encoder"]
    assert install == ["pip", "install", "-e", "my-encoder"]
    assert check == ["eegrecon", "plugin", "check", "my-encoder"]
    environment.command(new, tmp_path)
    environment.install(install[2:], tmp_path)
    printed = environment.command([*bench, *METHOD_ALONE, "--out", "run"], tmp_path)
    assert "Full (encoder = my-encoder" in printed
    assert "my_encoder" in (tmp_path / "run" / "result.json").read_text()
    assert ", 0 failed" in environment.command(check, tmp_path)
    environment.command(["python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "my-encoder"], tmp_path)


def follow_to_check(page: str, old: str, new: str, folder: Path, monkeypatch: pytest.MonkeyPatch, run: Command) -> str:
    """Follow a tutorial as far as its file, with one change; return what the check prints."""
    kind = page.removesuffix(".md")
    run("plugin", "new", f"my-{kind}", "--kind", kind)
    install(folder / f"my-{kind}", monkeypatch)
    (step,) = [step for step in STEP.finditer((ROOT / "docs" / "tutorials" / page).read_text()) if step["file"]]
    assert step["text"].count(old) == 1
    (folder / step["file"]).write_text(step["text"].replace(old, new))
    return run("plugin", "check", f"my-{kind}", code=3).stdout


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize(
    ("page", "old", "new", "check"),
    [
        ("metric.md", 'Column("colour error", "lower")', 'Column("colour error", "higher")', "direction"),
        ("audit.md", "least: Fraction = 0.5", "least: Fraction = 0.0", "positive-control"),
    ],
)
def test_the_change_that_a_tutorial_suggests_fails_the_check_that_it_names(
    page: str, old: str, new: str, check: str, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "docs" / "tutorials" / page).read_text()
    assert f"`{new}`" in text
    assert f"`{check}` fails" in " ".join(text.split())
    printed = follow_to_check(page, old, new, tmp_path, monkeypatch, command)
    assert re.search(rf"FAILED +{check}$", printed, re.MULTILINE)
