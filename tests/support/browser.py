"""Pages opened from disk in a real browser without a network, and axe-core, which finds what keeps people out.

Chromium is that of the system (Debian: ``apt-get install chromium``) or the one that ``$CHROMIUM`` names; axe-core is
from npm (``npm install axe-core``), in ``node_modules`` of the repository or where ``$AXE_CORE`` says. Without them
these tests are skipped, with the reason.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jobs import ROOT

PHONE, DESKTOP = 390, 1280  # pixels
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_PATIENCE = 120_000  # ms, on a loaded machine


def chromium() -> str:
    """Return the path of the browser; skip the test where there is none."""
    pytest.importorskip("playwright", reason="Playwright's Python client is not installed (extra test)")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if not found:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium; or name one with CHROMIUM)")
    return found


def axe_core() -> str:
    """Return the source of axe-core; skip the test where it is not installed."""
    file = Path(os.environ.get("AXE_CORE") or ROOT / "node_modules" / "axe-core" / "axe.min.js")
    if not file.is_file():
        pytest.skip("axe-core is not installed (npm install axe-core; or name its axe.min.js with AXE_CORE)")
    return file.read_text(encoding="utf-8")


@dataclass
class Opened:
    """A page in the browser.

    Attributes:
        page: Playwright's page.
        requests: addresses that were asked for, without those of data that the page itself holds.
        problems: what the console showed, errors of scripts, and questions of dialogs.
    """

    page: Any
    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def violations(self) -> list[str]:
        """Return the serious findings of axe-core, each with the elements that it concerns."""
        self.page.evaluate(axe_core())
        found = self.page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        return [
            f"{one['id']}: {one['help']}: {node['html'][:200]} {node['failureSummary']}"
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]

    @property
    def overflows(self) -> bool:
        """Whether the page is wider than its window, so that it has to be moved sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A running browser, shared by the tests of one worker."""
    path = chromium()
    from playwright.sync_api import sync_playwright

    arguments = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=arguments, timeout=_PATIENCE)
        yield running
        running.close()


@contextmanager
def opened(browser: Any, file: Path, width: int = DESKTOP, **more: Any) -> Iterator[Opened]:
    """Open a file from disk with the network off.

    Args:
        browser: the browser.
        file: the page.
        width: of the window, pixels.
        more: options of Playwright's context, for instance ``color_scheme="dark"``.
    """
    context = browser.new_context(viewport={"width": width, "height": 900}, offline=True, **more)
    context.set_default_timeout(_PATIENCE)
    found = Opened(context.new_page())
    found.page.on("console", lambda message: found.problems.append(message.text))
    found.page.on("pageerror", lambda error: found.problems.append(str(error)))
    found.page.on("dialog", lambda asked: (found.problems.append(asked.message), asked.dismiss()))
    found.page.on("request", lambda asked: asked.url.startswith("data:") or found.requests.append(asked.url))
    try:
        found.page.goto(file.absolute().as_uri())
        yield found
    finally:
        context.close()


@contextmanager
def page_of(browser: Any, file: Path, width: int = DESKTOP, **more: Any) -> Iterator[Opened]:
    """Open a page of a site; afterwards it may have asked for files beside it only, and reported no problem."""
    with opened(browser, file, width, **more) as found:
        yield found
        fetched = [url for url in found.requests if not url.startswith("file:")]
        assert not fetched, fetched
        assert not found.problems, found.problems
