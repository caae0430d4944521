from __future__ import annotations

import errno
import json
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from damage import damage
from explanations import Explains
from jobs import MakeJob

from eegrecon import Arrays, EegreconError
from eegrecon.pipeline.storage import array_files
from eegrecon.pipeline.storage.layout import META
from eegrecon.pipeline.storage.store import OPEN, Store
from eegrecon.registry.resources import STORE_MARKER


def test_an_artifact_is_read_by_another_process(tmp_path: Path) -> None:
    Store(tmp_path).put("fit", "k1", {"w": np.arange(3.0)}, {"seconds": 1.5})
    found = Store(tmp_path).get("fit", "k1")
    assert found is not None
    np.testing.assert_array_equal(found.arrays["w"], [0, 1, 2])
    assert found.meta["seconds"] == 1.5


def test_an_absent_artifact_is_none(tmp_path: Path) -> None:
    assert Store(tmp_path).get("fit", "k1") is None


@pytest.mark.parametrize("how", ["flip", "truncate", "missing", "meta"])
def test_a_damaged_artifact_is_named_and_set_aside(tmp_path: Path, how: str) -> None:
    Store(tmp_path).put("fit", "k1", {"w": np.arange(300.0)}, {})
    damage(tmp_path / "fit" / "k1", how)
    warnings: list[str] = []
    store = Store(tmp_path, warnings.append)
    assert store.get("fit", "k1") is None
    (warning,) = warnings
    assert "fit/k1" in warning
    assert not (tmp_path / "fit" / "k1").exists()
    store.put("fit", "k1", {"w": np.ones(2)}, {})
    assert Store(tmp_path).get("fit", "k1") is not None


def test_of_two_processes_that_store_one_artifact_the_first_one_wins(tmp_path: Path) -> None:
    Store(tmp_path).put("fit", "k1", {"w": np.zeros(1)}, {"writer": "first"})
    second = Store(tmp_path).put("fit", "k1", {"w": np.zeros(1)}, {"writer": "second"})
    assert second.meta["writer"] == "first"
    assert [path.name for path in (tmp_path / "fit").iterdir()] == ["k1"]


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(EegreconError, match="dtype object"):
        Store(tmp_path).put("fit", "k1", {"w": np.array([None])}, {})
    assert list((tmp_path / "fit").iterdir()) == []


def test_a_store_that_cannot_be_written_is_named_with_the_space_needed(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file where the folder should be")
    with pytest.raises(EegreconError, match=r"store/fit/k1.* 8\.0 MB"):
        Store(tmp_path / "store").put("fit", "k1", {"w": np.zeros(1_000_000)}, {})


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("fit", lambda store: store.put("fit", "k1", {"w": np.zeros(3)}, {})),
        ("locks", lambda store: store.lock("fit", "k1").__enter__()),
        ("scratch", lambda store: store.scratch("fit", "k1")),
        ("scratch/fit", lambda store: store.scratch("fit", "k1")),
        ("scratch", lambda store: store.temporary("fit").__enter__()),
        ("ledger", lambda store: store.append("ledger/page.jsonl", ["line"])),
        ("ledger/page.jsonl", lambda store: store.append("ledger/page.jsonl", ["line"])),
    ],
)
def test_nothing_is_written_through_a_link_that_leads_out_of_the_store(
    name: str, write: Callable[[Store], object], tmp_path: Path, explains: Explains
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    path = tmp_path / "store" / name
    path.parent.mkdir(parents=True)
    path.symlink_to(outside / "page.jsonl" if path.suffix else outside)
    with pytest.raises(EegreconError, match=rf"cannot write to .*store/{name}: it is a symbolic link") as error:
        write(Store(tmp_path / "store"))
    assert list(outside.iterdir()) == []
    if name == "ledger":
        explains("The store", "a folder of the store is a symbolic link", error.value)


def test_the_mark_of_a_store_is_not_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / STORE_MARKER).symlink_to(tmp_path / "outside")
    Store(tmp_path / "store").put("fit", "k1", {"w": np.zeros(3)}, {})
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize(
    ("number", "situation"), [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "the store is read-only")]
)
def test_an_error_of_the_disk_is_reported_with_path_and_space_and_leaves_nothing_behind(
    number: int, situation: str, tmp_path: Path, explains: Explains
) -> None:
    def fail(path: Path, arrays: Arrays) -> str:
        path.write_bytes(b"the first piece")
        raise OSError(number, os.strerror(number))

    store = Store(tmp_path / "store", write=fail)
    with pytest.raises(EegreconError, match=rf"store/fit/k1.*{os.strerror(number)}.* 8\.0 MB.*EEGRECON_HOME") as error:
        store.put("fit", "k1", {"w": np.zeros(1_000_000)}, {})
    assert list((tmp_path / "store" / "fit").iterdir()) == []
    explains("The store", situation, error.value)


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let the operating system refuse every write beyond that many bytes of a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_run_whose_disk_refuses_a_write_ends_with_the_path_and_resumes_later(make_job: MakeJob) -> None:
    job = make_job(control=("none",))
    with largest_file(1_000), pytest.raises(EegreconError, match=r"cannot write .*prepare/.* MB"):
        job.run()
    assert not list(job.store.root.glob("*/.*")), "an incomplete artifact was left"
    assert not any(row.failed for row in make_job(control=("none",)).run().rows)


def snapshot(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))}


def test_a_run_of_cached_stages_writes_nothing_to_the_store(make_job: MakeJob, store: Path) -> None:
    first = make_job(control=("none",)).run()
    for lock in (store / "locks").iterdir():
        lock.unlink()
    (store / "locks").rmdir()
    (store / "locks").write_text("a file where the folder should be")  # no stage can be computed
    before = snapshot(store)
    job = make_job(control=("none",))
    assert all(step.state == "in store" for step in job.planned())
    assert job.run().table() == first.table()
    assert snapshot(store) == before
    with pytest.raises(EegreconError, match=r"cannot write .*store/locks.*EEGRECON_HOME"):
        make_job(control=("none",), set=("encoder.slope=3.0",)).run()


def edit(meta: Path, **values: object) -> None:
    """Change values of a description as somebody with an editor would."""
    meta.write_text(json.dumps({**json.loads(meta.read_text()), **values}))


def test_an_edited_description_is_damage(tmp_path: Path) -> None:
    Store(tmp_path).put("score", "k1", {"w": np.zeros(1)}, {"metadata": {"value": 0.5}})
    assert Store(tmp_path).meta("score", "k1")["metadata"] == {"value": 0.5}
    edit(tmp_path / "score" / "k1" / META, metadata={"value": 0.9})
    assert not Store(tmp_path).has("score", "k1")
    warnings: list[str] = []
    assert Store(tmp_path, warnings.append).meta("score", "k1") == {}
    assert Store(tmp_path).get("score", "k1") is None
    (warning,) = warnings
    assert "score/k1" in warning


def test_artifacts_in_each_others_folders_are_damage(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for key in ("k1", "k2"):
        store.put("score", key, {"w": np.zeros(1)}, {})
    for old, new in (("k1", "k"), ("k2", "k1"), ("k", "k2")):
        (tmp_path / "score" / old).rename(tmp_path / "score" / new)
    warnings: list[str] = []
    again = Store(tmp_path, warnings.append)
    assert not again.has("score", "k1")
    assert again.get("score", "k1") is None
    assert again.get("score", "k2") is None
    assert len(warnings) == 2


@pytest.mark.parametrize(
    ("number", "situation"),
    [(errno.EMFILE, "too many files are open"), (errno.EACCES, "an artifact must not be read by this user")],
)
def test_an_artifact_that_cannot_be_opened_is_not_damaged(
    number: int, situation: str, tmp_path: Path, explains: Explains
) -> None:
    def fail(path: Path) -> Arrays:
        raise OSError(number, os.strerror(number))

    Store(tmp_path).put("fit", "k1", {"w": np.zeros(1)}, {})
    with pytest.raises(EegreconError, match=rf"fit/k1.*{os.strerror(number)}") as error:
        Store(tmp_path, read=fail).get("fit", "k1")
    explains("The store", situation, error.value)
    assert Store(tmp_path).get("fit", "k1") is not None


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are counted in /proc")
def test_many_artifacts_with_many_arrays_need_few_open_files(tmp_path: Path) -> None:
    store = Store(tmp_path, read=partial(array_files.read, small=0))
    before = open_files()
    for number in range(OPEN + 40):
        store.put("score", f"k{number}", {f"array{i}": np.zeros(3) for i in range(10)}, {})
    assert open_files() - before <= OPEN
    held = store.get("score", "k0")  # was closed meanwhile
    assert held is not None
    assert open_files() - before <= OPEN


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are counted in /proc")
def test_scores_that_are_held_need_no_open_files(tmp_path: Path) -> None:
    store = Store(tmp_path)
    before = open_files()
    held = [store.put("score", f"k{number}", {"w": np.zeros(3)}, {}).arrays for number in range(OPEN + 40)]
    assert open_files() == before, len(held)


def test_an_artifact_that_cannot_be_removed_is_not_said_to_be_recomputed(tmp_path: Path, explains: Explains) -> None:
    def fail(folder: Path) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    Store(tmp_path).put("fit", "k1", {"w": np.zeros(1)}, {})
    with pytest.raises(EegreconError, match=r"fit/k1.*EEGRECON_HOME") as error:
        Store(tmp_path, remove=fail).discard("fit", "k1")
    explains("The store", "a stage is to be recomputed and the store is read-only", error.value)
