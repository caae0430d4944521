"""The report of a run that was computed: made by every run, and again from nothing but its folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from explanations import Explains
from jobs import TOY_OPTIONS, Command, MakeJob

import eegrecon
from eegrecon import DataError, MissingFiles, UsageError
from eegrecon.pipeline.storage.store import Store
from eegrecon.reporting import run_folder
from eegrecon.reporting.html import templating

BENCH = ("bench", *TOY_OPTIONS, "--audit", "trial-overlap")


@pytest.fixture
def folder(make_job: MakeJob, tmp_path: Path) -> Path:
    make_job(audit=("trial-overlap",)).run()
    return tmp_path / "run"


def test_the_report_is_the_same_wherever_the_folder_is_copied_and_needs_no_store(
    folder: Path, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = (folder / "report.html").read_text()
    shutil.move(folder, tmp_path / "elsewhere")
    shutil.rmtree(store)
    monkeypatch.setattr(Store, "get", lambda *given: pytest.fail("a report read the store"))
    (tmp_path / "elsewhere" / "report.html").unlink()
    assert eegrecon.report(tmp_path / "elsewhere") == tmp_path / "elsewhere" / "report.html"
    assert (tmp_path / "elsewhere" / "report.html").read_text() == made
    assert "right" in made
    assert (
        made.count("<img ") == 12 * 4
    )  # trials of the true pictures, Full and two controls; the oracle has no captions
    other = eegrecon.report(tmp_path / "elsewhere" / "result.json", out=tmp_path / "a.html")
    assert other.read_text() == made


def test_a_folder_without_trials_and_material_still_has_a_report(folder: Path) -> None:
    for name in ("trials.csv", "report.json", "pictures.png", "table.md"):
        (folder / name).unlink()
    text = eegrecon.report(folder).read_text()
    assert "<img " not in text
    assert "the run has no trials.csv" in text
    assert "the run has no report.json" in text


def test_an_audit_makes_the_report_again_with_its_verdict(command: Command, tmp_path: Path) -> None:
    command(*BENCH, "--out", "run")
    report = tmp_path / "run" / "report.html"
    assert "picture-overlap" not in report.read_text()
    command("audit", "run", *TOY_OPTIONS[1:], "--audit", "picture-overlap", code=3)
    assert "Failed audit" in report.read_text()


def test_the_command_prints_the_path_and_writes_where_it_is_told(command: Command, tmp_path: Path) -> None:
    printed = command(*BENCH, "--out", "run").stdout
    assert "report.html" in printed
    (tmp_path / "run" / "report.html").unlink()
    assert command("report", "run").stdout == "run/report.html\n"
    assert command("report", "run", "--out", "mine.html").stdout == "mine.html\n"
    assert command("report", "run", "--out", "mine.html").stdout == "mine.html\n"  # a report is replaced
    assert (tmp_path / "mine.html").read_text() == (tmp_path / "run" / "report.html").read_text()


def test_what_is_no_report_is_not_replaced(folder: Path, tmp_path: Path, explains: Explains) -> None:
    (tmp_path / "notes.html").write_text("mine")
    (tmp_path / "link.html").symlink_to(tmp_path / "decoy")
    for out in (tmp_path / "notes.html", tmp_path / "link.html", tmp_path):
        with pytest.raises(UsageError, match="not a report of eegrecon.*--out") as error:
            eegrecon.report(folder, out=out)
        if out.name == "notes.html":
            explains("Usage", "`eegrecon report RUN --out FILE` names a file that is no report", error.value)
    with pytest.raises(UsageError, match="cannot write.*--out"):
        eegrecon.report(folder, out=tmp_path / "no" / "such.html")
    assert (tmp_path / "notes.html").read_text() == "mine"
    assert not (tmp_path / "decoy").exists()


def test_a_link_in_the_place_of_the_report_of_a_run_is_replaced_and_not_followed(folder: Path, tmp_path: Path) -> None:
    (folder / "report.html").unlink()
    (folder / "report.html").symlink_to(tmp_path / "decoy")
    (folder / ".report.html.part").symlink_to(tmp_path / "decoy")
    eegrecon.report(folder)
    assert not (tmp_path / "decoy").exists()
    assert not (folder / "report.html").is_symlink()


def test_a_folder_without_a_result_has_no_report(tmp_path: Path) -> None:
    with pytest.raises(MissingFiles, match="no result at"):
        eegrecon.report(tmp_path)


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "row,subject,seed,index,label\nFull,one,0,0,cat\n", '"', "\x00"])
def test_trials_that_no_run_writes_are_refused(text: str, folder: Path) -> None:
    (folder / "trials.csv").write_text(text)
    with pytest.raises(DataError, match=r"trials\.csv.*; run again"):
        eegrecon.report(folder)


def test_a_fault_in_the_report_costs_no_run(make_job: MakeJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(folder: Path) -> str:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(run_folder, "report_of", broken)
    job = make_job(control=("none",), audit=("none",))
    result = job.run()
    assert eegrecon.load(tmp_path / "run") == result
    (warning,) = [text for text in job.console.warnings if "report" in text]
    assert "ZeroDivisionError: a fault" in warning
    assert "eegrecon report" in warning


def test_the_description_of_data_that_fails_costs_no_run(
    make_job: MakeJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from eegrecon import api
    from eegrecon.pipeline.context import Product, StageContext, StageKind

    def broken(context: StageContext) -> Product:
        raise ZeroDivisionError("a fault")

    monkeypatch.setitem(api.ALL_STAGES, "describe", StageKind(broken))
    result = make_job(control=("none",), audit=("none",)).run()
    assert not result.rows[0].failed
    text = (tmp_path / "run" / "report.html").read_text()
    assert "the description of the data failed" in text
    assert "<img " in text


def test_every_template_is_in_the_package() -> None:
    names = {file.name for file in templating.TEMPLATES.iterdir()}
    assert names == {
        "document.html.jinja", "report.html.jinja", "charts.html.jinja", "tables.html.jinja", "style.css", "report.css"
    }  # fmt: skip
