"""Exemptions of components that are registered by name, and of none else anything is imported."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from eegrecon.registry.catalog import Catalog, Entry
from eegrecon.reporting.inventory.exemptions import exempt

ENCODER = "from eegrecon.testing import ToyEncoder\n\n\nclass Mine(ToyEncoder):\n    {}\n"


@pytest.mark.parametrize(
    ("package", "body", "found"),
    [
        ("declares_one", 'exempt = {"resume": "it is quick", "subset": "as published"}', True),
        (
            "declares_typed",
            'exempt: ClassVar[Mapping[str, str]] = {"resume": "it is quick", "subset": "as published"}',
            True,
        ),
        ("speaks_of_it", '"""Is exempt = from nothing."""', False),
    ],
)
def test_only_a_package_that_declares_exemptions_is_imported(
    package: str, body: str, found: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").touch()
    text = "from collections.abc import Mapping\nfrom typing import ClassVar\n" + ENCODER.format(body)
    (tmp_path / package / "encoder.py").write_text(text)
    catalog = Catalog()
    catalog.components["encoder.mine"].append(Entry(f"{package}.encoder:Mine", package))
    expected = {"mine": ["resume: it is quick", "subset: as published"]} if found else {}
    assert exempt(catalog, "encoder") == expected
    assert (f"{package}.encoder" in sys.modules) is found


def test_a_component_that_cannot_be_imported_does_not_end_the_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "single_exempt.py").write_text(ENCODER.format('exempt = {"resume": "it is quick"}'))
    catalog = Catalog()
    catalog.components["encoder.mine"].append(Entry("single_exempt:Mine", "single_exempt"))
    catalog.components["encoder.other"].append(Entry("single_exempt:Misspelt", "single_exempt"))
    assert exempt(catalog, "encoder") == {"mine": ["resume: it is quick"]}
