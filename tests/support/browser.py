"""A headless Chromium that opens a page from disk with the network off, and axe-core for accessibility.

Tests that use it are skipped, with the reason, where Playwright, Chromium or axe-core are missing. ``EEGRECON_AXE`` may
name an ``axe.min.js``; otherwise npm fetches it once for a test run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jobs import built_once

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
GRAVE = ("serious", "critical")  # findings of axe-core that fail a test
LIMIT = 120  # seconds of npm


@contextmanager
def page_of(
    file: Path, *, width: int = 1280, height: int = 900, dark: bool = False, script: bool = True
) -> Iterator[Any]:
    """Open a file and yield its page; afterwards nothing may have been requested, asked or reported as an error."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed; pip install playwright"
    )
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        pytest.skip("Chromium is not installed; apt-get install chromium")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if dark else "light",
                offline=True,
                java_script_enabled=script,
                bypass_csp=False,
            )
            page, unwanted = context.new_page(), list[str]()
            page.on("request", lambda request: _of_others(request.url, unwanted))
            page.on("console", lambda message: unwanted.append(message.text) if message.type == "error" else None)
            page.on("pageerror", lambda error: unwanted.append(str(error)))
            page.on("dialog", lambda dialog: (unwanted.append(dialog.message), dialog.dismiss()))
            page.goto(file.as_uri())
            yield page
            assert unwanted == [], unwanted
        finally:
            browser.close()


def _of_others(url: str, unwanted: list[str]) -> None:
    if not url.startswith(("file:", "data:image/")):
        unwanted.append(url)


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The source of axe-core."""
    if named := os.environ.get("EEGRECON_AXE"):
        return Path(named).read_text(encoding="utf-8")

    def fetch(folder: Path) -> None:
        program = shutil.which("npm")
        if program is None:
            pytest.skip("npm is not installed, which fetches axe-core; apt-get install npm")
        done = subprocess.run(
            [program, "pack", "axe-core@4", "--silent"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        packed = next(folder.glob("axe-core-*.tgz"), None)
        if packed is None:
            pytest.skip(f"npm cannot fetch axe-core: {done.stderr.strip()[-200:]}")
        with tarfile.open(packed) as archive:
            source = archive.extractfile("package/axe.min.js")
            assert source is not None
            (folder / "axe.min.js").write_bytes(source.read())

    return (built_once(tmp_path_factory, "axe", fetch) / "axe.min.js").read_text(encoding="utf-8")


def grave_findings(page: Any, source: str) -> list[str]:
    """Return what axe-core finds on a page that keeps people from reading it: rule and element."""
    page.evaluate(source)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {node['html'][:120]}"
        for violation in found["violations"]
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]
