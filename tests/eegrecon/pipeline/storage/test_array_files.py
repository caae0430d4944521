from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from eegrecon import DataError
from eegrecon.pipeline.storage import array_files


def test_the_safetensors_library_reads_a_written_file(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    written = {
        "floats": rng.standard_normal((7, 3, 2)).astype(np.float32),
        "halves": rng.standard_normal(5).astype(np.float16),
        "labels": rng.integers(0, 9, 11),
        "pictures": rng.integers(0, 255, (2, 4, 4, 3), dtype=np.uint8),
        "scalar": np.float64(2.5) * np.ones(()),
        "none": np.empty((0, 4), np.float32),
        "transposed": np.arange(12.0).reshape(3, 4).T,  # not contiguous
    }
    array_files.write(tmp_path / "a", written)
    read = safetensors.numpy.load_file(tmp_path / "a")
    assert set(read) == set(written)
    for name, array in written.items():
        np.testing.assert_array_equal(read[name], array)


def test_a_file_of_the_safetensors_library_is_read(tmp_path: Path) -> None:
    written = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([True, False])}
    safetensors.numpy.save_file(written, tmp_path / "b", metadata={"note": "x"})
    read = array_files.read(tmp_path / "b")
    for name, array in written.items():
        np.testing.assert_array_equal(read[name], array)


@pytest.mark.parametrize(("numbers", "mapped"), [(4, False), (1 << 18, True)])
def test_arrays_are_read_only_and_large_ones_memory_mapped(tmp_path: Path, numbers: int, mapped: bool) -> None:
    array_files.write(tmp_path / "a", {"x": np.zeros(numbers)})
    read = array_files.read(tmp_path / "a")["x"]
    assert isinstance(read, np.memmap) == mapped
    with pytest.raises(ValueError, match="read-only"):
        read[0] = 1


@pytest.mark.parametrize("numbers", [4, 1 << 18])
def test_what_is_written_into_private_arrays_stays_there(tmp_path: Path, numbers: int) -> None:
    array_files.write(tmp_path / "a", {"x": np.zeros(numbers)})
    first, second = (array_files.read(tmp_path / "a", private=True)["x"] for _ in range(2))
    first[:] = 1
    assert not second.any()
    assert not array_files.read(tmp_path / "a")["x"].any()


def test_an_array_of_objects_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="'x'.*object"):
        array_files.write(tmp_path / "a", {"x": np.array([None])})


@pytest.mark.parametrize("damage", [b"", b"\x00" * 4, b"\xff" * 64])
def test_a_file_of_another_format_is_named(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "a").write_bytes(damage)
    with pytest.raises(DataError, match=f"{tmp_path}/a.*safetensors"):
        array_files.read(tmp_path / "a")
