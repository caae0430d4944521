from __future__ import annotations

import resource
from pathlib import Path

import numpy as np
import pytest
from explanations import Explains
from jobs import MakeJob

from eegrecon import EegreconError
from eegrecon.pipeline.storage.store import Store
from eegrecon.registry.resources import named_path
from eegrecon.resources import content_digest, disk_array


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two files, one of them in a folder behind a symbolic link that leads back as well."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b").write_text("two")
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a").write_text("one")
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to(folder)
    return folder


@pytest.mark.parametrize("file", ["data/a", "elsewhere/b", "elsewhere/new"])
def test_the_digest_of_a_folder_depends_on_every_file_also_behind_links(
    folder: Path, tmp_path: Path, file: str
) -> None:
    before = content_digest(folder)
    (tmp_path / file).write_text("six")
    assert content_digest(folder) != before


def test_the_digest_of_a_folder_does_not_depend_on_a_store_and_results_inside(
    folder: Path, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content_digest(folder)
    for place in (folder, folder / "store"):
        monkeypatch.setenv("EEGRECON_HOME", str(place))
        make_job(control=("none",), out=str(folder / "runs" / place.name)).run()
        Store(place).scratch("fit", "0" * 32).joinpath("weights").touch()
        assert content_digest(folder) == before
    for own in ("runs/mine", f"images/{'0' * 32}/a.png", "locks/b.lock"):
        (folder / own).parent.mkdir(parents=True, exist_ok=True)
        (folder / own).write_text("not eegrecon's")
        assert content_digest(folder) != before
        (folder / own).unlink()


@pytest.mark.parametrize("value", ["", ".", "/", "..", "absent", "x" * 5000, "a\0b", 5, None, ("a",)])
def test_a_value_that_names_no_file_is_no_path(value: object, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert named_path(value) is None
    assert named_path("a") == Path("a")


def test_the_space_of_an_array_on_the_disk_is_reserved(tmp_path: Path) -> None:
    array = disk_array(tmp_path / "a", np.float16, (1000, 300))
    assert (tmp_path / "a").stat().st_blocks * 512 >= 600_000
    array[-1] = 1
    array.flush()
    read = np.fromfile(tmp_path / "a", np.float16)
    assert read.size == 300_000
    assert read.sum() == 300


def test_an_array_that_the_disk_has_no_space_for_is_an_error_at_once(tmp_path: Path, explains: Explains) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(EegreconError, match=rf"{tmp_path}/fine.*EEGRECON_HOME") as error:
            disk_array(tmp_path / "fine", np.float16, (1000, 1000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "2.0 MB" in str(error.value)
    assert not (tmp_path / "fine").exists()
    explains("The store", "there is no space for the pictures or tokens of a stage", error.value)
