"""The digest of a component's source changes with everything that its results depend on, and with nothing else."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from eegrecon.registry.source import _version, closure, source_digest

Write = Callable[[str, str], None]
MAIN = """
from pack.near import f
import pack.far
from eegrecon import Encoder
import numpy

def g():
    import helper
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a file of a package that lies on the path, and of a helper beside it."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def put(name: str, text: str) -> None:
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")

    put("pack/__init__.py", "")
    put("pack/main.py", MAIN)
    put("pack/near.py", "def f():\n    from pack import deep\n")
    put("pack/far.py", "A = 1\n")
    put("pack/deep.py", "B = 1\n")
    put("pack/other.py", "C = 1\n")
    put("helper.py", "D = 1\n")
    return put


def digest() -> str:
    return source_digest(["pack.main"])


def test_the_closure_follows_imports_also_inside_functions_and_into_local_helpers(write: Write) -> None:
    code, foreign = closure(["pack.main"])
    assert set(code) == {"pack.main", "pack.near", "pack.far", "pack", "pack.deep", "helper"}
    assert foreign == {"numpy"}
    assert not {"pack.main", "pack.deep"} & set(sys.modules), "the closure is read, not imported"


def test_what_a_class_declares_for_its_checks_does_not_change_the_digest(write: Write) -> None:
    written = "class A:\n    width = 1\n{}    def fit(self):\n        return 1\n"
    write("pack/main.py", written.format(""))
    before = digest()
    write("pack/main.py", written.format("    exempt = {'resume': 'it is quick'}\n"))
    assert digest() == before
    write("pack/main.py", written.format("    exempt: dict = {'resume': 'it is quick'}\n"))
    assert digest() == before
    write("pack/main.py", written.format("    height = 2\n"))
    assert digest() != before


@pytest.mark.parametrize("name", ["pack/main.py", "pack/near.py", "pack/far.py", "pack/deep.py", "helper.py"])
def test_an_edit_anywhere_in_the_closure_changes_the_digest(name: str, write: Write, tmp_path: Path) -> None:
    before = digest()
    write(name, (tmp_path / name).read_text() + "CHANGED = 2\n")
    assert digest() != before


def test_an_edit_outside_of_the_closure_changes_nothing(write: Write) -> None:
    before = digest()
    write("pack/other.py", "C = 2\n")
    assert digest() == before


def test_comments_docstrings_and_layout_change_nothing(write: Write) -> None:
    before = digest()
    write("pack/far.py", '"""What it is."""\n\n# why\nA = (\n    1\n)\n')
    assert digest() == before


CLASS = """
class Method:
    def fit(self):
        return {fit}

    def imported(self, path):
        from pack import reader
        return {imported}

    def check(self):
        return {check}
"""


@pytest.mark.parametrize(("part", "counts"), [("fit", True), ("imported", False), ("check", False)])
def test_methods_that_compute_no_product_do_not_count(part: str, counts: bool, write: Write) -> None:
    values = {"fit": 1, "imported": 1, "check": 1}
    write("pack/main.py", CLASS.format(**values))
    write("pack/reader.py", "E = 1\n")
    assert "pack.reader" not in closure(["pack.main"])[0]
    before = digest()
    write("pack/main.py", CLASS.format(**{**values, part: 2}))
    assert (digest() != before) == counts


def test_another_version_of_an_imported_distribution_changes_the_digest(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = digest()
    real = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "99" if name == "numpy" else real(name))
    assert digest() == before  # looked up once in a process, whose imported modules do not change either
    _version.cache_clear()
    assert digest() != before
    _version.cache_clear()


def test_what_eegrecon_computes_for_plugins_counts_and_its_contract_does_not(write: Write) -> None:
    write("pack/main.py", "from eegrecon import Encoder, fitted_to\nfrom eegrecon.statistics import Sample\n")
    names = set(closure(["pack.main"])[0])
    assert {"eegrecon.interfaces.pictures", "eegrecon.evaluation.statistics"} <= names
    assert not {name for name in names if name.startswith(("eegrecon.interfaces.data", "eegrecon.errors"))}


def test_relative_imports_are_followed(write: Write) -> None:
    write("pack/main.py", "from .far import A\nfrom . import other\n")
    assert {"pack.far", "pack.other"} <= set(closure(["pack.main"])[0])


def test_the_mark_that_some_editors_write_is_no_part_of_the_code(write: Write, tmp_path: Path) -> None:
    before = digest()
    (tmp_path / "helper.py").write_text("D = 1\n", encoding="utf-8-sig")
    assert digest() == before
