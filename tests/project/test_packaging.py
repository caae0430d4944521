from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from jobs import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = [file.parent for file in (*ROOT.glob("plugins/*/__init__.py"), *ROOT.glob("benchmarks/*/__init__.py"))]


@pytest.mark.parametrize("folder", PACKAGES, ids=lambda folder: folder.name)
def test_every_package_is_packaged_typed_and_has_its_entry_point(folder: Path) -> None:
    listed = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert folder.relative_to(ROOT).as_posix() in listed
    assert PROJECT["project"]["entry-points"]["eegrecon"][folder.name] == folder.name
    assert (folder / "py.typed").is_file()


def test_every_listed_package_exists() -> None:
    for path in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        assert (ROOT / path / "__init__.py").is_file()


def test_the_version_is_the_same_everywhere() -> None:
    import eegrecon

    version = PROJECT["project"]["version"]
    assert eegrecon.__version__ == version
    assert re.search(rf"^## \[(Unreleased|{re.escape(version)})\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


def test_every_dependency_has_its_reason() -> None:
    reasons = (ROOT / "CONTRIBUTING.md").read_text()
    extras = [name for group in PROJECT["project"]["optional-dependencies"].values() for name in group]
    for requirement in (*PROJECT["project"]["dependencies"], *extras):
        name = re.split(r"[<>=\[ ]", requirement)[0]
        assert name == "eegrecon" or f"`{name}`" in reasons, f"{name} has no reason in CONTRIBUTING.md"
