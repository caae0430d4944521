from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from jobs import MakeJob

from eegrecon.pipeline.fingerprints import describe, source_digest


def imported(folder: Path, name: str, code: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Import code from a file ``plugin.py`` in a folder of its own as a module of this name, and return the name."""
    file = folder / name / "plugin.py"
    file.parent.mkdir()
    file.write_text(code)
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return name


def test_comments_docstrings_and_layout_do_not_change_the_digest_of_a_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = {
        "source_plain": "def f(x):\n    return x + 1\n",
        "source_documented": '"""Module."""\n# why\ndef f(x):\n    """What."""\n    return (x + 1)  # more\n',
        "source_changed": "def f(x):\n    return x + 2\n",
    }
    plain, documented, other = (
        source_digest(imported(tmp_path, name, code, monkeypatch)) for name, code in sources.items()
    )
    assert plain == documented
    assert plain != other


def test_a_resource_enters_by_the_digest_of_its_content(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    job = make_job()
    encoder = job.request.full.encoder
    monkeypatch.setattr(type(encoder), "reads", lambda self: {"kind": "digest-of-content"})
    described = describe(encoder, job.catalog.name_of, lambda nested: None)
    assert described["fields"]["kind"] == {"reads": "digest-of-content"}
