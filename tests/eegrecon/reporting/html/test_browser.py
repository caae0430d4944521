"""The report in a real browser, from disk and without a network, with all that it can show and hostile texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser import DESKTOP, PHONE, opened
from jobs import LIMIT, MakeJob
from reports import HOSTILE, lines, material, page_file, whole

from eegrecon.reporting.html.page import page_of, render

pytestmark = pytest.mark.timeout(2 * LIMIT)
LABELS = ("Full", f"w/o {HOSTILE}", "a baseline", "control: only the predicted class")
VIEWS = [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light"), (PHONE, "dark")]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    html = render(page_of(whole(), lines(LABELS), material(LABELS)))
    return page_file(tmp_path_factory.mktemp("report"), html)


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_it_opens_without_a_request_an_error_or_a_script_and_fits_its_window(
    browser: Any, report: Path, width: int, scheme: str
) -> None:
    with opened(browser, report, width, color_scheme=scheme) as found:
        assert found.requests == [report.as_uri()]
        assert found.problems == []
        assert "owned" not in found.page.title()
        assert found.page.evaluate("document.scripts.length") == 0
        assert not found.overflows
        broken = "[...document.images].filter(one => !one.complete || !one.naturalWidth).length"
        assert found.page.evaluate(broken) == 0
        assert found.page.locator("img").count() == 3 * (1 + len(LABELS)) + 3
        assert found.page.locator("table").count() >= 6
        background = found.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(16, 21, 27)"}[scheme]


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_axe_finds_nothing_serious(browser: Any, report: Path, width: int, scheme: str) -> None:
    with opened(browser, report, width, color_scheme=scheme) as found:
        found.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert found.violations() == []


def test_axe_finds_what_is_wrong(browser: Any, report: Path, tmp_path: Path) -> None:
    """The check itself can fail: a picture without words, and a text that is hardly there."""
    spoiled = report.read_text().replace(' alt="', ' data-alt="').replace("--muted: #525c67", "--muted: #e0e0e0")
    with opened(browser, page_file(tmp_path, spoiled)) as found:
        rules = {text.partition(":")[0] for text in found.violations()}
    assert {"image-alt", "color-contrast"} <= rules


def test_a_picture_is_chosen_by_keyboard_and_shows_its_caption_class_and_scores(browser: Any, report: Path) -> None:
    with opened(browser, report) as found:
        page = found.page
        page.locator("#t1-1-1").focus()
        assert page.locator("#t1-1-1-about").is_visible()
        page.keyboard.press("ArrowRight")
        shown = page.locator(".about:visible")
        assert shown.count() == 1
        text = shown.inner_text()
        for part in (
            "Full",
            "subject 1, trial 0",
            f"a caption {HOSTILE}",
            "predicted class",
            "identification",
            "1.000",
        ):
            assert part in text
        box = shown.bounding_box()
        assert box["y"] + box["height"] <= 901  # within the window
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id").startswith("t2-")  # one stop of Tab for each group


def test_a_picture_is_chosen_by_a_finger(browser: Any, report: Path) -> None:
    with opened(browser, report, PHONE, has_touch=True, is_mobile=True) as found:
        found.page.locator("#t3-2-1").tap()
        assert "subject 1, trial 2" in found.page.locator(".about:visible").inner_text()


def test_every_part_is_reached_by_the_contents_and_the_keyboard(browser: Any, report: Path) -> None:
    with opened(browser, report) as found:
        page = found.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the results"
        links = page.locator("nav a")
        for place in range(links.count()):
            links.nth(place).click()
            target = page.evaluate("location.hash")
            assert page.locator(target).bounding_box()["y"] < 900
        page.locator("details summary").first.focus()
        page.keyboard.press("Enter")
        assert page.locator("details[open]").count() == 1


def test_it_is_printed_on_white_without_what_is_for_a_screen(browser: Any, report: Path) -> None:
    with opened(browser, report, color_scheme="dark") as found:
        found.page.emulate_media(media="print")
        assert not found.page.locator("nav").is_visible()
        background = "getComputedStyle(document.documentElement).backgroundColor"
        assert found.page.evaluate(background) == "rgb(255, 255, 255)"
        assert found.page.pdf(format="A4").startswith(b"%PDF")


def test_the_report_of_a_run_opens(browser: Any, make_job: MakeJob, tmp_path: Path) -> None:
    make_job(ablate=("power",), seeds=2).run()
    with opened(browser, tmp_path / "run" / "report.html") as found:
        assert found.problems == []
        assert len(found.requests) == 1
        assert found.page.locator("h2").all_inner_texts() == [
            "What this run shows", "Scores", "Does the EEG matter?", "Pictures", "Confusion matrix",
            "Each subject: right", "Scores against seeds", "The EEG", "Audits of Full", "Stages", "How to reproduce it",
            "Not in this report",
        ]  # fmt: skip
        assert found.violations() == []
