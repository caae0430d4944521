from __future__ import annotations

import csv
import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from submissions import contents, edited

import eegrecon
from eegrecon import DataError, MissingFiles, UsageError
from eegrecon.leaderboard.submission.manifest import schema
from eegrecon.leaderboard.submission.opened import opened
from eegrecon.leaderboard.submission.packing import About, pack
from eegrecon.pipeline.storage.store import Store

ABOUT = About("A method", "none", "none")


def test_the_shipped_schema_is_that_of_the_manifest() -> None:
    shipped = Path(eegrecon.__file__).parent / "submission-1.schema.json"
    assert shipped.read_text() == schema()


def test_a_submission_has_the_pictures_and_class_scores_of_the_run(toy_folder: Path) -> None:
    result = eegrecon.load(toy_folder / "run")
    store = Store(toy_folder / "store")
    keys = [key for key in result.rows[0].stages if result.stages[key].kind == "generate"]
    logits = [key for key in result.rows[0].stages if result.stages[key].kind == "encode"]
    with opened(toy_folder / "submission") as found:
        record = found.pictures_of(0)
        assert record is not None
        for place, subject in enumerate(result.subjects):
            generated, features = store.get("generate", keys[place]), store.get("encode", logits[place])
            assert generated is not None
            assert features is not None
            np.testing.assert_array_equal(found.pictures(record, subject, 0), generated.arrays["pictures"])
            scores = found.trials["Full", subject, 0].logits(("red", "green", "blue"))
            np.testing.assert_allclose(scores, features.arrays["logits"], rtol=1e-7)
        assert found.trials[result.rows[1].label, 1, 0].classes  # the EEG shuffled is decoded
        assert not found.trials[result.rows[2].label, 1, 0].classes  # only the predicted class: nothing is


def test_a_sheet_is_a_picture_that_any_program_reads(toy_folder: Path) -> None:
    with Image.open(toy_folder / "submission" / "pictures" / "0-1-0-0.png") as sheet:
        assert (sheet.mode, sheet.size) == ("RGB", (5 * 8, 5 * 6))  # 24 pictures of 8 x 6 in five columns
        tile = np.asarray(sheet.crop((8, 6, 16, 12)))  # of the seventh trial
    with opened(toy_folder / "submission") as found:
        record = found.pictures_of(0)
        assert record is not None
        np.testing.assert_array_equal(found.pictures(record, 1, 0)[6, 0], tile)


def test_a_folder_and_a_zip_file_have_the_same_files_and_packing_again_the_same_bytes(
    toy_folder: Path, tmp_path: Path
) -> None:
    store = Store(toy_folder / "store")
    for name in ("one.zip", "two.zip"):
        pack(toy_folder / "run", tmp_path / name, ABOUT, store, "0.1.0")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}
    assert packed == contents(toy_folder / "submission")
    assert {path.name for path in tmp_path.iterdir()} == {"one.zip", "two.zip"}


def test_a_submission_names_no_folder_of_the_machine_that_packed_it(toy_folder: Path) -> None:
    record = (toy_folder / "submission" / "result.json").read_text()
    assert str(toy_folder) not in record
    assert json.loads(record)["command"].startswith("eegrecon bench toy.toml")


def test_without_the_pictures_of_other_rows_the_first_row_has_them(toy_folder: Path, tmp_path: Path) -> None:
    pack(toy_folder / "run", tmp_path / "s", replace(ABOUT, only_first=True), Store(toy_folder / "store"), "0.1.0")
    with opened(tmp_path / "s") as found:
        assert [record.row for record in found.manifest.pictures] == [0]


def test_nothing_that_exists_is_replaced(toy_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(UsageError, match=r"exists.*--out"):
        pack(toy_folder / "run", tmp_path / "mine", ABOUT, Store(toy_folder / "store"), "0.1.0")


@pytest.mark.parametrize(
    ("change", "option"),
    [
        ({"name": ""}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"extra_data": "x" * 201}, "extra-data"),
        ({"channels": "\u202e"}, "channels"),
    ],
)
def test_a_disclosure_that_is_no_plain_line_is_refused_by_its_option(
    change: dict[str, str], option: str, toy_folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=f"--{option}"):
        pack(toy_folder / "run", tmp_path / "s", replace(ABOUT, **change), Store(toy_folder / "store"), "0.1.0")
    assert not list(tmp_path.iterdir())


def test_a_run_whose_stages_are_gone_is_not_packed(toy_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingFiles, match=r"not in the store.*eegrecon bench"):
        pack(toy_folder / "run", tmp_path / "s", ABOUT, Store(tmp_path / "empty"), "0.1.0")
    assert not (tmp_path / "s").exists()


def test_a_result_that_was_edited_is_not_packed(toy_folder: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(toy_folder / "run", tmp_path / "run"))
    edited(run / "result.json", lambda value: value["rows"][0]["scores"][0].update(value=0.99))
    with pytest.raises(DataError, match="changed after the run"):
        pack(run, tmp_path / "s", ABOUT, Store(toy_folder / "store"), "0.1.0")


def test_the_trials_of_a_submission_are_those_of_the_run_with_class_scores(toy_folder: Path) -> None:
    run, packed = (
        list(csv.DictReader((toy_folder / name / "trials.csv").read_text().splitlines()))
        for name in ("run", "submission")
    )
    assert [{name: line[name] for name in run[0]} for line in packed] == run
    assert "picture" in run[0]
    assert {name for name in packed[0] if name not in run[0]} == {"class/red", "class/green", "class/blue"}
