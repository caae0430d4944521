from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from eegrecon import DataError, arrays


def test_the_safetensors_library_reads_what_is_written(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    given = {
        "floats": rng.standard_normal((7, 3, 2)).astype(np.float32),
        "halves": rng.standard_normal(5).astype(np.float16),
        "labels": rng.integers(0, 9, 11),
        "pictures": rng.integers(0, 255, (2, 4, 4, 3), dtype=np.uint8),
        "scalar": np.float64(2.5) * np.ones(()),
        "none": np.empty((0, 4), np.float32),
        "turned": np.arange(12.0).reshape(3, 4).T,  # not contiguous
    }
    arrays.write(tmp_path / "a", given)
    read = safetensors.numpy.load_file(tmp_path / "a")
    assert set(read) == set(given)
    for name, array in given.items():
        np.testing.assert_array_equal(read[name], array)


def test_what_the_safetensors_library_writes_is_read(tmp_path: Path) -> None:
    given = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([True, False])}
    safetensors.numpy.save_file(given, tmp_path / "b", metadata={"note": "x"})
    read = arrays.read(tmp_path / "b")
    for name, array in given.items():
        np.testing.assert_array_equal(read[name], array)


def test_arrays_are_mapped_and_cannot_be_written_into(tmp_path: Path) -> None:
    arrays.write(tmp_path / "a", {"x": np.zeros(4)})
    read = arrays.read(tmp_path / "a")["x"]
    assert isinstance(read, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        read[0] = 1


def test_an_array_of_objects_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="'x' has dtype object"):
        arrays.write(tmp_path / "a", {"x": np.array([None])})


@pytest.mark.parametrize("damage", [b"", b"\x00" * 4, b"\xff" * 64])
def test_a_file_of_another_kind_is_named(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "a").write_bytes(damage)
    with pytest.raises(DataError, match="damaged or no safetensors file"):
        arrays.read(tmp_path / "a")
