from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eegrecon.api import Session
from eegrecon.console import Console
from eegrecon.request import Request
from eegrecon.testing import PlainRun

sys.path.insert(0, str(Path(__file__).parent))
import answers

TOY = Path(__file__).parent / "toy"


@pytest.fixture
def run(tmp_path: Path) -> PlainRun:
    return PlainRun(tmp_path)


@pytest.fixture
def toy_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Session]:
    """A session on the toy benchmark, with a store of its own."""
    monkeypatch.setenv("EEGRECON_HOME", str(tmp_path / "store"))

    def make(**asked: Any) -> Session:
        asked = {"benchmark": str(TOY / "toy.toml"), "plugins": (str(TOY / "toy.py"),), **asked}
        asked.setdefault("out", str(tmp_path / "run"))
        return Session(Request(**asked), Console(quiet=True))

    return make


@pytest.fixture
def calls(toy_session: Callable[..., Session]) -> list[str]:
    """What the toy's components were called for; cleared at the start."""
    _ = toy_session().catalog
    found: list[str] = sys.modules["eegrecon_file_toy"].CALLS
    found.clear()
    return found


@pytest.fixture
def answered(tmp_path: Path) -> Callable[[str, str, object], None]:
    """Check that ``docs/errors.md`` has the message that answers a situation; or collect it to write the file."""

    def check(group: str, situation: str, message: object) -> None:
        said = answers.plain(str(message), tmp_path)
        if answers.WRITE:
            answers.rows[group, situation] = said
        else:
            assert answers.line(situation, said) in answers.FILE.read_text().splitlines()

    return check


def pytest_sessionfinish() -> None:
    if answers.rows:
        answers.FILE.write_text(answers.page(), encoding="utf-8")
