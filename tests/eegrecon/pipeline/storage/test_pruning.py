from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from explanations import Explains

from eegrecon import UsageError
from eegrecon.pipeline.storage.layout import META
from eegrecon.pipeline.storage.store import Store
from eegrecon.registry.resources import STORE_MARKER

OLD, NEW, BUSY = "0" * 32, "1" * 32, "2" * 32
DAY = 86_400.0


@pytest.fixture
def filled(tmp_path: Path) -> Store:
    """A store with two artifacts of different age and the scratch files of two stages."""
    store = Store(tmp_path / "store")
    for key in (OLD, NEW):
        store.put("fit", key, {"w": np.zeros(10)}, {})
        (store.scratch("generate", key) / "pictures.u8").write_bytes(b"1234")
    make_old(store.path("fit", OLD))
    make_old(store.root / "scratch" / "generate" / OLD)
    return store


def make_old(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (1, 1))


def kept(root: Path) -> set[str]:
    """Return the files below a folder, without the marker."""
    files = {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir() or path.is_symlink()}
    return files - {STORE_MARKER}


def test_pruning_removes_older_artifacts_and_counts_them(filled: Store) -> None:
    count, freed = filled.prune(older_than=3600)
    assert count == 1
    assert freed > 80
    assert [key for _, key, _, _ in filled.entries()] == [NEW]


def test_an_artifact_whose_description_is_a_folder_is_not_the_stores(filled: Store) -> None:
    meta = filled.path("fit", NEW) / META
    meta.unlink()
    meta.mkdir()
    assert NEW not in [key for _, key, _, _ in filled.entries()]


def test_scratch_files_have_an_age_too(filled: Store) -> None:
    filled.prune(older_than=3600)
    assert [path.name for path in (filled.root / "scratch" / "generate").iterdir()] == [NEW]


def test_pruning_everything_leaves_the_mark_and_the_ledger(filled: Store) -> None:
    filled.append("ledger/ab12.jsonl", ["{}"])
    with filled.lock("fit", OLD):
        pass
    assert filled.prune()[0] == 2
    assert kept(filled.root) == {"ledger/ab12.jsonl"}
    assert {path.name for path in filled.root.iterdir()} == {"ledger", STORE_MARKER}


def test_a_stage_that_a_run_is_computing_is_left(filled: Store) -> None:
    filled.scratch("fit", BUSY)
    with filled.lock("fit", BUSY):
        filled.prune()
        assert (filled.root / "scratch" / "fit" / BUSY).is_dir()
        assert (filled.root / "locks" / f"fit-{BUSY}.lock").exists()
    filled.prune()
    assert kept(filled.root) == set()


def test_a_half_written_artifact_is_left_for_a_day(filled: Store) -> None:
    for name in (f".{'3' * 8}-new", f".{'3' * 8}-old"):
        (filled.root / "fit" / name).mkdir()
    os.utime(filled.root / "fit" / f".{'3' * 8}-old", (time.time() - 2 * DAY,) * 2)
    filled.prune()
    assert [path.name for path in (filled.root / "fit").iterdir()] == [f".{'3' * 8}-new"]


def strangers(root: Path) -> Iterator[Path]:
    """Yield files of somebody else in a store, where a careless pruning would look."""
    yield root / "work" / ".venv-main" / "python"
    yield root / "work" / "project" / META
    yield root / "scratch" / "mywork" / "thesis.tex"
    yield root / "scratch" / "fit" / "mywork" / "thesis.tex"
    yield root / "damaged" / "photo.jpg"
    yield root / "locks" / "door.lock"
    yield root / "fit" / ("4" * 32) / META  # describes nothing of ours
    yield root / "fit" / ("5" * 32) / "notes.txt"
    yield root / "fit" / f".{'6' * 8}-mine" / "notes.txt"
    yield root / "notes.txt"


def test_pruning_a_store_leaves_what_is_not_its_own(filled: Store) -> None:
    for path in strangers(filled.root):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
        os.utime(path, (1, 1))
        os.utime(path.parent, (1, 1))
    expected = {str(path.relative_to(filled.root)) for path in strangers(filled.root)}
    assert filled.prune()[0] == 2
    assert kept(filled.root) == expected


def test_pruning_follows_no_symbolic_link(filled: Store, tmp_path: Path) -> None:
    elsewhere = Store(tmp_path / "elsewhere")
    elsewhere.put("look", OLD, {"w": np.zeros(1)}, {})
    elsewhere.scratch("look", OLD)
    places = ("look", "scratch/look", f"scratch/fit/{OLD}", f"align/{OLD}", "damaged")
    for place, target in zip(places, ("look", "scratch/look", "look", f"look/{OLD}", "scratch"), strict=True):
        link = filled.root / place
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(elsewhere.root / target, target_is_directory=True)
    before = kept(elsewhere.root)
    filled.prune()
    assert kept(elsewhere.root) == before
    assert (elsewhere.root / "scratch" / "look" / OLD).is_dir()
    assert kept(filled.root) == set(places)


def test_a_folder_of_somebody_else_can_be_used_but_is_not_pruned(tmp_path: Path, explains: Explains) -> None:
    (tmp_path / "thesis.tex").write_text("")
    store = Store(tmp_path)
    store.put("fit", OLD, {"w": np.zeros(1)}, {})
    with pytest.raises(UsageError, match=r"thesis\.tex") as error:
        Store(tmp_path).prune()
    explains("The store", "a folder that is not a store is pruned", error.value)
    assert Store(tmp_path).get("fit", OLD) is not None


def test_a_store_of_an_earlier_version_is_adopted(filled: Store) -> None:
    (filled.root / STORE_MARKER).unlink()
    Store(filled.root).put("fit", BUSY, {"w": np.zeros(1)}, {})
    assert (filled.root / STORE_MARKER).is_file()
    (filled.root / STORE_MARKER).unlink()
    assert Store(filled.root).prune()[0] == 3


def test_a_store_that_does_not_exist_is_pruned_without_a_word(tmp_path: Path) -> None:
    assert Store(tmp_path / "nothing").prune() == (0, 0)
    assert not (tmp_path / "nothing").exists()
