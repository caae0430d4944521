from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from damage import damaged
from eegrecon import EegreconError
from eegrecon.store import META, Store


def test_what_is_put_is_got_by_another_process(tmp_path: Path) -> None:
    Store(tmp_path).put("fit", "k1", {"w": np.arange(3.0)}, {"seconds": 1.5})
    found = Store(tmp_path).get("fit", "k1")
    assert found is not None
    np.testing.assert_array_equal(found.arrays["w"], [0, 1, 2])
    assert found.meta["seconds"] == 1.5


def test_what_is_absent_is_none(tmp_path: Path) -> None:
    assert Store(tmp_path).get("fit", "k1") is None


@pytest.mark.parametrize("damage", ["flip", "truncate", "missing", "meta"])
def test_a_damaged_artefact_is_named_and_set_aside(tmp_path: Path, damage: str) -> None:
    Store(tmp_path).put("fit", "k1", {"w": np.arange(300.0)}, {})
    damaged(tmp_path / "fit" / "k1", damage)
    said: list[str] = []
    store = Store(tmp_path, said.append)
    assert store.get("fit", "k1") is None
    assert len(said) == 1
    assert "fit/k1 is damaged" in said[0]
    assert not (tmp_path / "fit" / "k1").exists()
    store.put("fit", "k1", {"w": np.ones(2)}, {})
    assert Store(tmp_path).get("fit", "k1") is not None


def test_losing_a_race_keeps_the_first_artefact(tmp_path: Path) -> None:
    Store(tmp_path).put("fit", "k1", {"w": np.zeros(1)}, {"who": "first"})
    second = Store(tmp_path).put("fit", "k1", {"w": np.zeros(1)}, {"who": "second"})
    assert second.meta["who"] == "first"
    assert [path.name for path in (tmp_path / "fit").iterdir()] == ["k1"]


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(EegreconError, match="dtype object"):
        Store(tmp_path).put("fit", "k1", {"w": np.array([None])}, {})
    assert list((tmp_path / "fit").iterdir()) == []


def test_a_store_that_cannot_be_written_is_named_with_the_space_needed(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file where the folder should be")
    with pytest.raises(EegreconError, match=r"cannot write .*store.* 8\.0 MB are needed"):
        Store(tmp_path / "store").put("fit", "k1", {"w": np.zeros(1_000_000)}, {})


def test_pruning_removes_what_is_older_and_counts_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("fit", "old", {"w": np.zeros(10)}, {})
    store.put("fit", "new", {"w": np.zeros(10)}, {})
    os.utime(tmp_path / "fit" / "old" / META, (1, 1))
    count, freed = store.prune(older_than=3600)
    assert count == 1
    assert freed > 80
    assert [key for _, key, _, _ in Store(tmp_path).entries()] == ["new"]
