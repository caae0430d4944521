from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from explanations import Explains
from jobs import TOY, MakeJob

from eegrecon import ComponentError, UsageError, load
from eegrecon.reporting.run_folder import reserved

FEW: dict[str, Any] = {"control": ("none",), "audit": ("none",), "subjects": (1,)}


def test_the_folder_of_a_run_has_tables_trials_pictures_and_the_record(make_job: MakeJob, tmp_path: Path) -> None:
    result = make_job(ablate=("power",)).run()
    folder = tmp_path / "run"
    assert {path.name for path in folder.iterdir()} == {
        "result.json", "table.md", "table.tex", "table.csv", "trials.csv", "pictures.png", "report.json", "report.html",
    }  # fmt: skip
    assert load(folder) == result
    lines = (folder / "trials.csv").read_text().splitlines()
    assert len(lines) == 1 + 5 * 2 * 24  # rows of the table, subjects, test trials
    record = json.loads((folder / "result.json").read_text())
    assert record["schema"] == "eegrecon.result/1"
    assert record["command"].endswith(f"--plugin {TOY / 'toy.py'}")


def content_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def other_files(folder: Path) -> None:
    folder.mkdir()
    (folder / "table.tex").write_text("a table of mine")


def linked(folder: Path) -> None:
    (folder.parent / "elsewhere").mkdir()
    folder.symlink_to(folder.parent / "elsewhere")


def file(folder: Path) -> None:
    folder.write_text("a file")


def linked_result(folder: Path) -> None:
    other_files(folder)
    (folder / "result.json").symlink_to(folder / "table.tex")


def below_a_file(folder: Path) -> None:
    folder.parent.rmdir()
    folder.parent.write_text("a file")


@pytest.mark.parametrize(
    ("prepare", "situation"),
    [
        (other_files, "`--out` names a folder with other files"),
        (linked, "`--out` names a symbolic link"),
        (file, "`--out` names a file"),
        (linked_result, "`--out` names a folder whose result is a symbolic link"),
        (below_a_file, "`--out` names a folder that cannot be created"),
    ],
)
def test_a_folder_that_is_not_for_results_is_refused_before_the_work(
    prepare: Callable[[Path], None], situation: str, make_job: MakeJob, calls: list[str], tmp_path: Path,
    explains: Explains,
) -> None:  # fmt: skip
    (tmp_path / "out").mkdir()
    prepare(tmp_path / "out" / "run")
    before = content_of(tmp_path)
    with pytest.raises(UsageError, match="--out|name the folder itself") as error:
        make_job(**FEW, out=str(tmp_path / "out" / "run")).run()
    assert str(tmp_path / "out") in str(error.value)
    assert content_of(tmp_path) == before
    assert calls == []
    explains("Usage", situation, error.value)


def test_the_result_of_another_run_is_kept_and_that_of_the_same_run_is_replaced(
    make_job: MakeJob, tmp_path: Path, explains: Explains
) -> None:
    out = str(tmp_path / "run")
    make_job(**FEW, out=out).run()
    (tmp_path / "run" / "notes.txt").write_text("mine")
    before = content_of(tmp_path / "run")
    with pytest.raises(UsageError, match="another run.*eegrecon bench") as error:
        make_job(**{**FEW, "subjects": (2,)}, out=out).run()
    assert content_of(tmp_path / "run") == before
    (tmp_path / "run" / "table.md").write_text("")
    make_job(**FEW, out=out).run()
    after = content_of(tmp_path / "run")
    assert (after["table.md"], after["notes.txt"]) == (before["table.md"], b"mine")
    explains("Usage", "`--out` names a folder with the result of another run", error.value)


def test_a_link_inside_the_folder_of_a_run_is_replaced_and_not_followed(make_job: MakeJob, tmp_path: Path) -> None:
    out, decoy = tmp_path / "run", tmp_path / "decoy"
    make_job(**FEW, out=str(out)).run()
    decoy.write_text("not to be touched")
    for name in ("table.md", "trials.csv", ".result.json.part"):
        (out / name).unlink(missing_ok=True)
        (out / name).symlink_to(decoy)
    make_job(**FEW, out=str(out)).run()
    assert decoy.read_text() == "not to be touched"
    assert not (out / "table.md").is_symlink()
    assert not (out / "trials.csv").is_symlink()


def test_what_an_interrupted_run_left_is_replaced(make_job: MakeJob, tmp_path: Path) -> None:
    make_job(**FEW).run()
    whole = tmp_path / "run"
    (tmp_path / "run2" / ".unfinished").mkdir(parents=True)
    (tmp_path / "run2" / ".unfinished" / "trials.csv").write_text("half a l")
    shutil.copy(whole / "table.md", tmp_path / "run2")
    make_job(**FEW).run()
    assert content_of(tmp_path / "run2").keys() == content_of(whole).keys()
    assert (tmp_path / "run2" / "trials.csv").read_text() == (whole / "trials.csv").read_text()


def test_a_run_that_fails_leaves_no_folder(make_job: MakeJob, toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toy.MeanEncoder, "encode", lambda *a: 1 / 0)
    job = make_job(**FEW)
    with pytest.raises(ComponentError):
        job.run()
    assert not Path(str(job.options.out)).exists()


def test_runs_that_start_at_once_have_folders_of_their_own(
    make_job: MakeJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with ExitStack() as stack:
        folders = {stack.enter_context(reserved(make_job(out=None).request)) for _ in range(3)}
        assert len(folders) == 3


def test_a_benchmark_of_any_name_writes_below_runs(
    make_job: MakeJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here" / "there").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here" / "there")
    for name in ("../../x", "/etc/passwd", "..", "a b/c"):
        text = (TOY / "toy.toml").read_text().replace('name = "toy"', f'name = "{name}"')
        (tmp_path / "named.toml").write_text(text.replace("[profile.small]", '[profile."../../small"]'))
        folder = Path(make_job(**FEW, benchmark=str(tmp_path / "named.toml"), out=None).run().folder)
        assert folder.parent == Path("runs")
        assert (folder / "result.json").is_file()
    assert {path.name for path in tmp_path.iterdir()} == {"here", "named.toml", "store"}
    assert os.listdir(tmp_path / "here") == ["there"]
