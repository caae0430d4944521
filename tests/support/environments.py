"""A fresh virtual environment with the wheel of this project, in which distributions are installed by pip."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from jobs import LIMIT, ROOT

BUILDS = ("--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet")


@dataclass(frozen=True)
class Environment:
    """A virtual environment, with the dependencies of the environment that the tests run in.

    Attributes:
        folder: where it lies.
    """

    folder: Path

    @classmethod
    def fresh(cls, folder: Path) -> Environment:
        """Return a new one, in which the project is installed from a wheel that is built now."""
        venv.create(folder / "venv", symlinks=True)
        found = cls(folder / "venv")
        (site,) = found.folder.glob("lib/python*/site-packages")
        others = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
        (site / "dependencies.pth").write_text("\n".join(others))
        pip = [sys.executable, "-m", "pip"]
        found._run([*pip, "wheel", *BUILDS, "--wheel-dir", str(folder / "wheels"), str(ROOT)], folder)
        (wheel,) = (folder / "wheels").glob("*.whl")
        found.install([str(wheel)], folder)
        return found

    def install(self, words: list[str], folder: Path) -> None:
        """Run ``pip install`` in a folder."""
        pip = [sys.executable, "-m", "pip", "--python", str(self.folder / "bin" / "python")]
        self._run([*pip, "install", *BUILDS, *words], folder)

    def command(self, words: list[str], folder: Path, code: int = 0) -> str:
        """Run a command of the environment (``python``, ``eegrecon``) in a folder, and return what it prints."""
        return self._run([str(self.folder / "bin" / words[0]), *words[1:]], folder, code)

    def _run(self, command: list[str], folder: Path, code: int = 0) -> str:
        mine = {"EEGRECON_HOME": str(folder / "store"), "COLUMNS": "200"}
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | mine
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=folder, env=environment, timeout=LIMIT, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout
