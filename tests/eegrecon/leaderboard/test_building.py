"""The site of boards: what it shows, what it refuses, and what of others it never lets through."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from submissions import contents, edited, sealed, zipped

from eegrecon import MissingFiles, UsageError
from eegrecon.leaderboard.site import building
from eegrecon.leaderboard.site.boards import Board
from eegrecon.leaderboard.site.building import build
from eegrecon.leaderboard.verification.truth import Verifier
from eegrecon.leaderboard.verification.verifying import verify


def copied(source: Path, folder: Path, name: str, **manifest: Any) -> Path:
    """Return a copy of a submission under another name."""
    target = folder / name
    shutil.copytree(source, target)
    return sealed(target, name=name, **manifest)


def moved(submission: Path, metric: str, by: float) -> Path:
    """Move the claims of a metric in the first row, with their intervals; for boards alone, not to be re-scored."""

    def edit(value: dict[str, Any]) -> None:
        row = value["rows"][0]
        for score in row["scores"]:
            if score["metric"] == metric:
                score["value"] += by
        for summary in row["summaries"]:
            if summary["metric"] == metric:
                own = [s["value"] for s in row["scores"] if (s["metric"], s["column"]) == (metric, summary["column"])]
                summary["value"] = float(np.mean(own))
                summary["interval"] = [end + by for end in summary["interval"]]

    edited(submission / "result.json", edit)
    return sealed(submission)


def without(submission: Path, metric: str) -> Path:
    """Leave the claims of a metric out of the first row."""

    def edit(value: dict[str, Any]) -> None:
        row = value["rows"][0]
        for name in ("scores", "summaries"):
            row[name] = [each for each in row[name] if each["metric"] != metric]
        for other in value["rows"][1:]:
            for summary in other["summaries"]:
                summary.update(difference=None, p=None, p_corrected=None)

    edited(submission / "result.json", edit)
    return sealed(submission)


@pytest.fixture
def several(toy_folder: Path, tmp_path: Path) -> Path:
    """A folder with three submissions, of which one lacks FID and one is clearly better in it."""
    folder, source = tmp_path / "submissions", toy_folder / "submission"
    folder.mkdir()
    copied(source, folder, "plain")
    moved(copied(source, folder, "better"), "fid", -1e7)
    without(copied(source, folder, "lacking"), "fid")
    return folder


def board_of(site: Path) -> Board:
    record = json.loads((site / "leaderboard.json").read_text())
    assert record["schema"] == "eegrecon.leaderboard/1"
    (board,) = record["boards"]
    return Board.model_validate(board)


def test_a_board_has_ranks_by_interval_and_missing_values_without_one(several: Path, tmp_path: Path) -> None:
    build([several], tmp_path / "site")
    board = board_of(tmp_path / "site")
    place = [column.column for column in board.columns].index("FID")
    found = {entry.name: entry.values[place] for entry in board.entries}
    assert {name: value.rank if value else None for name, value in found.items()} == {
        "better": 1, "plain": 2, "lacking": None
    }  # fmt: skip
    other = [column.column for column in board.columns].index("top-1")
    assert {entry.name: entry.values[other].rank for entry in board.entries if entry.values[other]} == {
        "better": 1, "plain": 1, "lacking": 1
    }  # fmt: skip


def test_controls_stand_as_lines_and_a_score_beside_them_is_marked(several: Path, tmp_path: Path) -> None:
    def edit(value: dict[str, Any]) -> None:
        for summary in value["rows"][1]["summaries"]:  # the EEG shuffled; three pictures alone allow no such test
            summary.update(p_corrected=0.01 if summary["column"] == "right" else 0.06)

    edited(several / "plain" / "result.json", edit)
    sealed(several / "plain")
    build([several], tmp_path / "site")
    board = board_of(tmp_path / "site")
    lines = {line.label: line for line in board.lines}
    assert {"chance", "only the predicted class", "EEG shuffled across test trials"} <= set(lines)
    assert lines["only the predicted class"].of == 3
    columns = [column.column for column in board.columns]
    plain = next(entry for entry in board.entries if entry.name == "plain")
    colour, right = (plain.values[columns.index(name)] for name in ("same colour", "right"))
    assert colour is not None
    assert right is not None
    assert colour.not_above == ("EEG shuffled", "predicted class only")
    assert right.not_above == ()
    page = (tmp_path / "site" / "index.html").read_text()
    body = page[page.index("<tbody>") :]
    assert body.index("plain") < body.index("EEG shuffled across test trials")  # by the first column, top-1


def test_numbers_of_other_identities_have_columns_of_their_own(several: Path, tmp_path: Path) -> None:
    def edit(value: dict[str, Any]) -> None:
        for name in ("scores", "summaries"):
            for each in value["rows"][0][name]:
                if each["metric"] == "fid":
                    each["identity"] = "fid@another-judge/n48v48"

    edited(several / "plain" / "result.json", edit)
    sealed(several / "plain")
    build([several], tmp_path / "site")
    board = board_of(tmp_path / "site")
    assert sorted(column.identity for column in board.columns if column.column == "FID") == [
        "fid@another-judge/n48v48", "fid@eye/n24v24"
    ]  # fmt: skip


def test_profiles_and_protocols_have_boards_of_their_own(several: Path, tmp_path: Path) -> None:
    edited(several / "plain" / "result.json", lambda value: value.update(profile="large"))
    sealed(several / "plain")
    found = build([several], tmp_path / "site")
    assert [(board.key.profile, len(board.entries)) for board in found.boards] == [("large", 1), ("small", 2)]


def test_only_the_verifiers_record_makes_a_submission_re_scored(
    several: Path, verifier: Verifier, tmp_path: Path
) -> None:
    found = verify(several / "plain", verifier)
    assert found.state == "re-scored"
    records = tmp_path / "records"
    records.mkdir()
    (records / f"{found.submission}.json").write_text(found.model_dump_json(by_alias=True))
    build([several], tmp_path / "site", records)
    board = board_of(tmp_path / "site")
    states = {entry.name: entry.state for entry in board.entries}
    assert states == {"plain": "re-scored", "better": "consistent", "lacking": "consistent"}
    rescored = {entry.name: [value and value.rescored for value in entry.values] for entry in board.entries}
    assert all(rescored["plain"])
    assert not any(rescored["better"])
    (several / "plain" / "verification.json").write_text(found.model_dump_json(by_alias=True))  # by its author
    assert [one.name for one in build([several], tmp_path / "site", records).not_shown] == ["plain"]


def test_a_submission_whose_record_failed_is_not_shown(several: Path, verifier: Verifier, tmp_path: Path) -> None:
    found = verify(several / "better", verifier)
    assert found.state == "failed"
    records = tmp_path / "records"
    records.mkdir()
    (records / "any.json").write_text(found.model_dump_json(by_alias=True))
    (shown,) = build([several], tmp_path / "site", records).not_shown
    assert shown.name == "better"
    assert any("FID" in reason for reason in shown.reasons)


def test_equal_submissions_give_equal_files_and_a_former_site_is_replaced(several: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        build([several], tmp_path / name)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    shutil.rmtree(several / "plain")
    build([several], tmp_path / "two")
    assert {path.name for path in (tmp_path / "two" / "submissions").iterdir()} == {"better.html", "lacking.html"}
    assert {path.name for path in tmp_path.iterdir()} == {"one", "two", "submissions"}


def test_several_processes_build_the_same_site(several: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "several"
    shutil.copytree(several, source)
    (source / "broken").mkdir()
    alone = build([source], tmp_path / "alone")
    monkeypatch.setattr(building, "EACH", 1)
    started: list[int] = []
    pool = building.ProcessPoolExecutor
    monkeypatch.setattr(building, "ProcessPoolExecutor", lambda n, *how: started.append(n) or pool(n, *how))
    assert build([source], tmp_path / "together", processes=2) == alone
    assert started == [2]
    assert [one.name for one in alone.not_shown] == ["broken"]
    for file in (tmp_path / "alone").rglob("*.*"):
        assert (tmp_path / "together" / file.relative_to(tmp_path / "alone")).read_bytes() == file.read_bytes()


def test_a_folder_that_holds_something_else_is_not_replaced(several: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"mine\.txt"):
        build([several], site)
    (site / "mine.txt").unlink()
    build([several], site)
    (site / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"mine\.txt"):
        build([several], site)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFiles, match="nowhere"):
        build([tmp_path / "nowhere"], tmp_path / "site")


def test_what_is_refused_is_listed_and_prevents_nothing(several: Path, tmp_path: Path) -> None:
    (several / "bomb.zip").write_bytes(b"PK")
    (several / "link").symlink_to(several / "plain")
    (several / "empty").mkdir()
    edited(several / "lacking" / "result.json", lambda value: value["rows"][0].update(summaries=[{"x": 1}]))
    sealed(several / "lacking")
    told: list[str] = []
    found = build([several], tmp_path / "site", tell=told.append)
    assert {one.name for one in found.not_shown} == {"bomb.zip", "link", "empty", "lacking"}
    assert len(told) == 4
    assert {entry.name for entry in board_of(tmp_path / "site").entries} == {"plain", "better"}
    page = (tmp_path / "site" / "index.html").read_text()
    assert "Not shown" in page
    assert "symbolic link" in page


def test_zip_files_and_folders_are_the_same_on_a_board(several: Path, tmp_path: Path) -> None:
    build([several / "plain"], tmp_path / "one")
    zipped(several / "plain", tmp_path / "plain.zip")
    build([tmp_path / "plain.zip"], tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


class Active(HTMLParser):
    """What of a page could do something: elements with code, attributes with code, and everything that is fetched."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.scripts = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        for name, value in attributes:
            text = (value or "").strip().lower()
            if name.startswith("on") or text.startswith(("javascript:", "data:text", "http")):
                self.found.append(f"{tag} {name}={text}")
            fetched = tag in ("img", "script", "link", "iframe", "object", "embed") and name in ("src", "href", "data")
            if fetched and not text.startswith(("data:image/png;base64,", "data:,")):
                self.found.append(f"{tag} {name}={text}")
        if tag in ("iframe", "object", "embed", "form", "base", "math", "use", "foreignobject", "animate", "set"):
            self.found.append(tag)


SCRIPT = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror=alert(2)>'


def test_a_script_in_a_caption_is_neutralised(toy_folder: Path, tmp_path: Path) -> None:
    """A script in every text that the author of a submission chooses: names, labels, notes, evidence, class names."""
    hostile = copied(toy_folder / "submission", tmp_path, "hostile", disclosures={
        "samples_per_trial": 1, "trials_averaged": 1, "calibration": "none", "channels": SCRIPT, "extra_data": IMAGE,
    })  # fmt: skip

    def edit(value: dict[str, Any]) -> None:
        for name in ("title", "command", "source"):
            value[name] = f"{SCRIPT}{IMAGE}"
        value["notes"] = [SCRIPT, "javascript:alert(3)", "\u202e\x1b[31m"]
        value["rows"][1]["notes"] = [IMAGE]
        value["audits"] = [
            {
                "name": SCRIPT,
                "question": IMAGE,
                "verdict": "WARN",
                "evidence": f"{SCRIPT}: 0.5; {IMAGE}",
                "concerns": [],
            }
        ]
        for row in value["rows"]:
            for each in (*row["scores"], *row["summaries"]):
                if each["metric"] == "fid":
                    each["identity"] = SCRIPT

    edited(hostile / "result.json", edit)
    trials = hostile / "trials.csv"
    trials.write_text(
        re.sub(r"\bred\b", "<script>alert(4)</script>", trials.read_text())
    )  # a class's name is a caption
    sealed(hostile, name=f"{SCRIPT} ![x](javascript:alert(5))", url="https://example.org/?q=%3Cscript%3E")
    site = tmp_path / "site"
    assert not build([hostile], site).not_shown
    for file in (site / "index.html", site / "submissions" / "hostile.html"):
        page = file.read_text()
        assert "alert(1)" in page  # it is shown, as text
        active = Active(page)
        assert active.found == (["a href=https://example.org/?q=%3cscript%3e"] if "submissions" in str(file) else [])
        assert active.scripts == (0 if "submissions" in str(file) else 1)
        assert "script-src 'sha256-" in page
        assert not re.search("[\x1b\u202e]", page)
    markdown = (site / "leaderboard.md").read_text()
    assert f"`{SCRIPT} ![x](javascript:alert(5))`" in markdown  # as code
    assert "<script>" not in re.sub("`[^`]*`", "", markdown)
