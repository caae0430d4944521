"""The site in a real browser, opened from disk with the network off."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from browser import DESKTOP, PHONE, page_of
from jobs import built_once
from submissions import edited, sealed

from eegrecon.leaderboard.site.building import build

SCRIPT = "<script>alert('run')</script><img src=x onerror=alert('run')>"


@pytest.fixture(scope="session")
def site(toy_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with a submission that lacks FID, one that is far better in it, and a hostile one."""

    def without_fid(value: dict[str, Any]) -> None:
        for name in ("scores", "summaries"):
            value["rows"][0][name] = [each for each in value["rows"][0][name] if each["metric"] != "fid"]
        for row in value["rows"][1:]:
            for summary in row["summaries"]:
                summary.update(difference=None, p=None, p_corrected=None)

    def better(value: dict[str, Any]) -> None:
        row = value["rows"][0]
        for each in (*row["scores"], *row["summaries"]):
            if each["metric"] == "fid":
                each["value"] -= 1e6
                each["interval"] = each["interval"] and [end - 1e6 for end in each["interval"]]

    def make(folder: Path) -> None:
        names = {
            "plain": lambda value: None,
            "lacking": without_fid,
            "better": better,
            "hostile": lambda value: value.update(title=SCRIPT),
        }
        for name, edit in names.items():
            target = folder / "submissions" / name
            shutil.copytree(toy_folder / "submission", target)
            edited(target / "result.json", edit)
            sealed(target, name=SCRIPT[:80] if name == "hostile" else name)
        assert not build([folder / "submissions"], folder / "site").not_shown

    return built_once(tmp_path_factory, "site", make) / "site"


def methods(page: Any) -> list[str]:
    """Return the rows from top to bottom: names of submissions, and of the grey lines in brackets."""
    rows = page.locator("table.board tbody tr")
    found = []
    for place in range(rows.count()):
        row = rows.nth(place)
        link = row.locator("th a")
        found.append(link.inner_text() if link.count() else f"({row.locator('th').inner_text()})")
    return found


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_readable_and_fetch_nothing(browser: Any, site: Path, width: int, scheme: str) -> None:
    for file in (site / "index.html", site / "submissions" / "plain.html"):
        with page_of(browser, file, width, color_scheme=scheme) as found:
            assert found.page.locator("table").count() >= 1
            assert not found.overflows
            assert found.violations() == []


def test_a_column_sorts_by_click_and_by_key_with_missing_values_last(browser: Any, site: Path) -> None:
    with page_of(browser, site / "index.html") as found:
        page = found.page
        head = page.locator("th", has=page.locator("button", has_text="FID"))
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == "ascending"
        best = methods(page)
        assert best[0] == "better"
        assert best[-1] in ("lacking", "(chance)")
        head.locator("button").press("Enter")
        assert head.get_attribute("aria-sort") == "descending"
        worst = methods(page)
        assert worst[-3:].count("better") == 1  # the best, before the two that have no value
        assert {"lacking", "(chance)"} == set(worst[-2:])
        assert "missing values last" in page.locator("[role=status]").inner_text()
        assert page.locator("th[aria-sort]").count() == 1


def test_the_ranks_are_those_of_the_sorted_column(browser: Any, site: Path) -> None:
    with page_of(browser, site / "index.html") as found:
        page = found.page

        def ranks() -> dict[str, str]:
            names = methods(page)
            cells = page.locator("table.board tbody tr td:first-child")
            return {name: cells.nth(place).inner_text() for place, name in enumerate(names) if name[0] != "("}

        assert set(ranks().values()) == {"1"}  # of the first column, in which all are equal
        page.locator("button", has_text="FID").click()
        after = ranks()
        assert (after["better"], after["plain"], after["lacking"]) == ("1", "2", "-")


def test_without_scripts_the_table_stands_in_order_and_has_everything(browser: Any, site: Path) -> None:
    with page_of(browser, site / "index.html", java_script_enabled=False) as found:
        page = found.page
        assert {"plain", "better", "lacking"} <= set(methods(page))
        assert page.locator("button").count() == 0
        page.locator("a", has_text="better").click()
        assert page.locator("h1").inner_text() == "better"
        assert page.locator("ul.pictures img").count() == 10


def test_a_script_in_a_caption_does_not_run(browser: Any, site: Path) -> None:
    """``page_of`` fails for a dialog, a request, or a refused script, which is an error on the console."""
    for file in (site / "index.html", site / "submissions" / "hostile.html"):
        with page_of(browser, file) as found:
            page = found.page
            assert "alert('run')" in page.locator("body").inner_text()
            assert page.locator("img[onerror]").count() == 0


def test_an_injected_script_would_be_refused_by_the_page_itself(browser: Any, site: Path, tmp_path: Path) -> None:
    """The second line of defence: were a value not escaped, the policy of the page would still forbid its code."""
    page_text = (site / "index.html").read_text()
    (tmp_path / "index.html").write_text(page_text.replace("</main>", "<script>document.title = 'run'</script></main>"))
    refused = pytest.raises(AssertionError, match="Content Security Policy")
    with refused, page_of(browser, tmp_path / "index.html") as found:
        assert found.page.title() == "Leaderboard"
