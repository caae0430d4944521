"""The documentation as a site: its reference is complete, every page has a place, and it is built without a warning."""

from __future__ import annotations

import importlib.util
import os
import posixpath
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import click
import pytest
from jobs import LIMIT, ROOT

import eegrecon
from eegrecon import datasets, preprocessing, resources, statistics, testing, training
from eegrecon.benchmark import keys
from eegrecon.cli.main import cli
from eegrecon.interfaces import hooks
from eegrecon.interfaces.records import ResultRecord

REFERENCE = ROOT / "docs" / "reference"
DOCUMENTED = [
    name
    for page in sorted(REFERENCE.glob("*.md"))
    for name in re.findall(r"^::: (\S+)$", page.read_text(), re.MULTILINE)
]


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    """The hooks of mkdocs, which need no mkdocs to be imported."""
    spec = importlib.util.spec_from_file_location("pages", REFERENCE / "pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def public_names() -> set[str]:
    """Return everything that a script or a plugin may import, and every hook."""
    own = [
        name
        for name, value in vars(preprocessing).items()
        if getattr(value, "__module__", "") == preprocessing.__name__
    ]
    names = {f"{preprocessing.__name__}.{name}" for name in own if not name.startswith("_")}
    for module in (eegrecon, datasets, resources, statistics, testing, training):
        names |= {f"{module.__name__}.{name}" for name in module.__all__}
    return names | {f"{hooks.__name__}.{name}" for name in vars(hooks) if name.startswith("eegrecon_")}


def test_the_reference_has_every_public_name_and_every_hook_once() -> None:
    assert set(DOCUMENTED) == public_names()
    assert len(DOCUMENTED) == len(set(DOCUMENTED))


def commands(command: click.Command, path: str) -> dict[str, click.Command]:
    """Return a command and those below it by what is typed."""
    inner = command.commands if isinstance(command, click.Group) else {}
    return {path: command} | {
        key: value for name in inner for key, value in commands(inner[name], f"{path} {name}").items()
    }


def test_the_reference_has_every_command_with_every_option(pages: ModuleType) -> None:
    text = pages.filled((REFERENCE / "commands.md").read_text())
    for path, command in commands(cli, "eegrecon").items():
        found = re.search(rf"^## {path}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        assert found, f"{path} is missing"
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                assert option.opts[-1] in found[1], f"{path} lacks {option.opts[-1]}"


def test_the_reference_has_every_key_of_a_benchmark_file(pages: ModuleType) -> None:
    text = pages.filled((REFERENCE / "benchmark-file.md").read_text())
    tables = [value for name, value in vars(keys).items() if name.isupper()]
    assert len(tables) == 7
    for table in tables:
        for name, key in table.items():
            assert f"| `{name}` | {pages.KINDS[key.kind]} | {key.about}" in text


def test_the_reference_has_every_field_of_the_result(pages: ModuleType) -> None:
    text = pages.filled((REFERENCE / "result.md").read_text())
    for field in ResultRecord.model_json_schema(by_alias=True)["properties"]:
        assert f"| `{field}` |" in text
    assert "None" not in text


def test_every_page_has_its_place_in_the_site(pages: ModuleType) -> None:
    listed = set(re.findall(r"([\w./-]+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE))
    own = {file.relative_to(ROOT).as_posix() for file in (ROOT / "docs").rglob("*.md")}
    outside = {path for path in pages.outside() if path.endswith(".md")}
    assert listed == {pages.in_site(path) for path in own | outside}


def test_links_lead_to_the_same_file_in_the_repository_and_in_the_site(pages: ModuleType) -> None:
    """A link from any page to any page, through the site's folders, where a file of docs/ has lost that folder."""
    written = pages.rewritten("docs/reference/result.md", "[a](../../eegrecon/result-1.schema.json) [b](python.md#x)")
    assert written == "[a](../eegrecon/result-1.schema.json) [b](python.md#x)"
    written = pages.rewritten(
        "plugins/eegrecon_shapes/README.md", "[c](../../docs/validity.md) [d](https://x.org/a.md)"
    )
    assert written == "[c](../../validity.md) [d](https://x.org/a.md)"
    for path in ("docs/index.md", *pages.outside()):
        if path.endswith(".md"):
            text = (ROOT / path).read_text()
            there = {pages.in_site(target) for target in pages.linked(path, text)}
            folder = posixpath.dirname(pages.in_site(path))
            after = re.findall(r"\]\(([^)#\s:]+)", pages.rewritten(path, text))
            assert there <= {posixpath.normpath(posixpath.join(folder, target)) for target in after}


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    for package in ("mkdocs", "material", "mkdocstrings"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed; pip install -e '.[docs]'")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(build, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    written = "".join(page.read_text() for page in (tmp_path / "site" / "reference").rglob("index.html"))
    for name in DOCUMENTED:
        assert f'id="{name}"' in written, f"{name} has no entry"
    assert "<!-- generated" not in written
