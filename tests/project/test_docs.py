"""Promises of the documentation: set-up commands, hooks, links, docstrings; and the sizes of modules."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pytest
from jobs import ROOT, Command

from eegrecon import Montage, Training, Trials
from eegrecon.interfaces import hooks
from eegrecon.registry.catalog import KINDS
from eegrecon.registry.discovery import find
from eegrecon.testing import PlainRun
from eegrecon.testing.checking import CHECKS

SOURCES = [file for folder in ("eegrecon", "plugins", "benchmarks") for file in sorted((ROOT / folder).rglob("*.py"))]
GUIDE = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
TEXTS = [path for path in ROOT.rglob("*.md") if ".venv" not in path.parts and "runs" not in path.parts]


def test_the_readme_has_exactly_the_two_set_up_commands() -> None:
    lines = [line.strip() for line in (ROOT / "README.md").read_text().splitlines() if "-m venv" in line]
    assert lines == [
        "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/eegrecon bench brainvis --ablate freq",
        "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest",
    ]


def test_the_ci_script_takes_its_commands_from_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert "README.md" in script
    assert "bench brainvis" not in script
    assert ".venv/bin/pytest" not in script


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_targets_of_links_exist(text: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", text.read_text()):
        assert target.startswith("http") or (text.parent / target).exists(), f"{target} does not exist"


def test_the_encoder_of_the_documentation_gives_an_aligner_numbers_of_order_one(tmp_path: Path, run: PlainRun) -> None:
    """Larger ones saturate the aligner of the reference method: its tokens are then the same for every trial."""
    code = re.search(r"```python\n(# log_power\.py\n.*?)```", (ROOT / "docs" / "plugins.md").read_text(), re.DOTALL)
    assert code is not None
    (tmp_path / "log_power.py").write_text(code[1])
    encoder = find([tmp_path / "log_power.py"]).get("encoder", "log-power")()
    eeg = np.random.default_rng(0).standard_normal((60, 4, 100)) * np.geomspace(1, 1e3, 4)[:, None]
    rows = np.arange(60)
    trials = Trials(eeg, np.ones(60, int), rows, rows % 3, rows)
    data = Training(trials, trials, [], None, ("a", "b", "c"), Montage(("1", "2", "3", "4"), 200.0, 0.0, "uV"))
    features = encoder.encode(encoder.fit(data, run), trials.signals(), run)
    assert features.embedding.mean(axis=0) == pytest.approx(0, abs=1e-9)
    assert features.embedding.std(axis=0) == pytest.approx(1)
    assert np.abs(features.logits).max() < 10


def test_the_encoder_of_the_documentation_passes_the_checks(tmp_path: Path, command: Command) -> None:
    code = re.search(r"```python\n(# log_power\.py\n.*?)```", GUIDE, re.DOTALL)
    assert code is not None
    (tmp_path / "log_power.py").write_text(code[1])
    assert ", 0 failed" in command("plugin", "check", "log_power.py").stdout


def test_the_benchmark_file_of_the_documentation_can_be_run(tmp_path: Path, command: Command) -> None:
    code = re.search(r"```toml\n(name = .*?)```", GUIDE, re.DOTALL)
    assert code is not None
    (tmp_path / "mine.toml").write_text(code[1])
    assert "to run" in command("bench", "mine.toml", "--dry-run").stdout


def test_every_check_of_the_kit_is_in_the_table_of_the_documentation() -> None:
    for check in CHECKS:
        about = check.about.replace("``", "`")
        line = rf"^\| `{check.name}` \| [\w ,]+ \| {re.escape(about)} \|$"
        assert re.search(line, GUIDE, re.MULTILINE), f"docs/plugins.md lacks: | `{check.name}` | … | {about} |"


def test_every_hook_and_every_kind_is_in_the_documentation_of_plugins() -> None:
    for name in (*(name for name in vars(hooks) if name.startswith("eegrecon_")), *KINDS):
        assert f"`{name}" in GUIDE, f"docs/plugins.md lacks {name}"


def test_every_hook_is_documented_and_implemented_or_tested() -> None:
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))
    names = [name for name in vars(hooks) if name.startswith("eegrecon_")]
    assert len(names) == 6
    for name in names:
        assert getattr(hooks, name).__doc__, f"{name} has no docstring"
        assert f"def {name}" in tests or f'"{name}"' in tests, f"{name} is not tested"


def test_every_registered_component_has_a_docstring_of_its_own() -> None:
    catalog = find()
    for key in catalog.components:
        cls = catalog.get(*key.split(".", 1))
        assert cls.__doc__, f"{key} has no docstring"
        assert not cls.__doc__.startswith(f"{cls.__name__}("), f"{key} has only the docstring that dataclass makes"


@pytest.mark.parametrize("file", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_modules_and_functions_stay_readable(file: Path) -> None:
    text = file.read_text()
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            documentation = len((ast.get_docstring(node, clean=False) or "").splitlines())
            assert (node.end_lineno or 0) - node.lineno - documentation < 50, node.name
