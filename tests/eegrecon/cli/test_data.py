from __future__ import annotations

from pathlib import Path

import pytest
from jobs import TOY, Command

PLUGIN = ("--plugin", str(TOY / "toy.py"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that only the toy's data set recognises."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "toy.txt").touch()
    return folder


def test_a_data_set_of_a_plugin_file_checks_its_folder(command: Command, folder: Path) -> None:
    assert "format toy" in command("data", "check", str(folder), *PLUGIN).stdout
    assert "no data set recognises" in command("data", "check", str(folder), code=1).stderr


def test_every_data_command_takes_a_plugin_file(command: Command, folder: Path, tmp_path: Path) -> None:
    absent = str(tmp_path / "absent.py")
    commands = (
        ("data", "check", str(folder)),
        ("data", "simulate", str(tmp_path / "new"), "--format", "eegcvpr40"),
        ("data", "caption", str(folder)),
        ("data", "import-checkpoint", "brainvis", "a.pth", "--subject", "1"),
        ("doctor",),
    )
    for words in commands:
        assert absent in command(*words, "--plugin", absent, code=2).stderr


@pytest.mark.parametrize("error", ["MissingFiles", "DataError"])
def test_an_error_that_a_check_raises_is_a_finding(error: str, tmp_path: Path, folder: Path, command: Command) -> None:
    file = tmp_path / "raising.py"
    file.write_text(
        "from dataclasses import dataclass\nfrom eegrecon import Dataset, hookimpl\n"
        f"from eegrecon.errors import {error}\n@dataclass(frozen=True)\nclass Raising(Dataset):\n    folder: str = ''\n"
        "    protocol: str = 'within-image'\n    @classmethod\n    def recognises(cls, folder): return True\n"
        "    def subjects(self): return (1,)\n    def load(self, subject, run): ...\n"
        f"    def check(self): raise {error}('half of it is gone; copy it again')\n"
        "@hookimpl\ndef eegrecon_components(): return {'dataset.raising': Raising}\n"
    )
    printed = command("data", "check", str(folder), "--plugin", str(file), code=3).stdout.splitlines()
    assert printed[0].startswith("ok ")
    assert printed[1:] == ["MISSING  half of it is gone; copy it again"]
