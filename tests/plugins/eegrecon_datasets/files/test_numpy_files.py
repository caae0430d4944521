"""Pickles of numpy, compared with what numpy and pickle themselves read from them; and pickles that are an attack."""

from __future__ import annotations

import collections
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from eegrecon import DataError, MissingFiles
from eegrecon_datasets.files.numpy_files import Pickle, arrays_in

REMEDY = "fetch it again"
EEG = np.random.default_rng(0).standard_normal((6, 4, 5, 30))


def read(path: Path, trusted: bool = True) -> Any:
    return Pickle.of(path, REMEDY).content(trusted, REMEDY)


def pickled(path: Path, content: Any, protocol: int = 4) -> Path:
    path.write_bytes(pickle.dumps(content, protocol=protocol))
    return path


CONTENT = {
    "eeg": EEG,
    "half": EEG.astype(np.float16),
    "small": np.arange(3),
    "big-endian": np.arange(40.0).astype(">f4"),
    "names": np.array(["a", "bcd"] * 40),
    "flags": np.array([True, False]),
    "empty": np.zeros((0, 3)),
    "columns first": np.asfortranarray(EEG[0, 0]),
    "scalar": np.float64(2.5),
    "channels": ["Fp1", "Oz"],
    "nested": {"rate": 250.0, "whole": 3, "nothing": None, "pair": (1, "x")},
    "ordered": collections.OrderedDict(a=1),
}


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_a_dictionary_of_arrays_is_read_as_pickle_reads_it(tmp_path: Path, protocol: int) -> None:
    found = read(pickled(tmp_path / "x.npy", CONTENT, protocol))
    assert set(found) == set(CONTENT)
    for name, expected in CONTENT.items():
        if isinstance(expected, np.ndarray | np.generic):
            assert np.array_equal(found[name], expected), name
            assert np.asarray(found[name]).dtype == np.asarray(expected).dtype, name
    assert found["channels"] == ["Fp1", "Oz"]
    assert found["nested"] == {"rate": 250.0, "whole": 3, "nothing": None, "pair": [1, "x"]}
    assert found["ordered"] == {"a": 1}


def test_large_arrays_stay_in_the_file(tmp_path: Path) -> None:
    found = read(pickled(tmp_path / "x.npy", CONTENT))
    assert isinstance(found["eeg"], np.memmap)
    assert not found["eeg"].flags.writeable
    assert sum(isinstance(array, np.memmap) for array in arrays_in(found)) == 4  # of 256 bytes or more


def test_what_numpy_saved_is_read_with_and_without_a_pickle(tmp_path: Path) -> None:
    np.save(tmp_path / "dictionary.npy", {"eeg": EEG}, allow_pickle=True)
    assert np.array_equal(read(tmp_path / "dictionary.npy")["eeg"], EEG)
    np.save(tmp_path / "plain.npy", EEG)
    plain = read(tmp_path / "plain.npy", trusted=False)  # there is nothing to trust
    assert isinstance(plain, np.memmap)
    assert np.array_equal(plain, EEG)
    np.save(tmp_path / "objects.npy", np.array([1, "two"], object), allow_pickle=True)
    assert read(tmp_path / "objects.npy") == [1, "two"]


def test_what_torch_saved_with_arrays_of_numpy_is_read(tmp_path: Path) -> None:
    torch.save({"eeg": EEG.astype(np.float16), "img": np.array(["a"] * 300)}, tmp_path / "x.pt", pickle_protocol=5)
    found = read(tmp_path / "x.pt")
    assert np.array_equal(found["eeg"], EEG.astype(np.float16))
    assert isinstance(found["eeg"], np.memmap)
    assert found["img"].tolist() == ["a"] * 300


def test_nothing_is_read_without_the_users_word(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"x\.npy is a pickle.*--trust-pickle"):
        read(pickled(tmp_path / "x.npy", CONTENT), trusted=False)


class Attack:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.target}",)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_code_in_a_pickle_is_named_and_not_run(tmp_path: Path, protocol: int) -> None:
    path = pickled(tmp_path / "x.npy", {"eeg": EEG[0], "more": Attack(tmp_path / "touched")}, protocol)
    with pytest.raises(DataError, match=r"(run code when it is read \(posix\.system\)|old protocol)"):
        read(path)
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize(
    "content",
    [
        {"eeg": {1, 2}},
        {"eeg": 1j},
        {"eeg": np.zeros(3, complex)},
        {"eeg": np.zeros(3, [("a", "f4")])},
        {"eeg": np.zeros(200, "datetime64[s]")},
        {"eeg": Path("x")},
        {"eeg": b"bytes"},
        {"eeg": [[[[[[[[[[1]]]]]]]]]]},
        torch.zeros(3),
    ],
    ids=str,
)
def test_everything_but_plain_data_is_refused(tmp_path: Path, content: Any) -> None:
    path = pickled(tmp_path / "x.npy", content)
    with pytest.raises(DataError, match=rf"x\.npy .*{REMEDY}"):
        read(path)


def test_a_file_that_is_cut_short_at_any_byte_is_refused(tmp_path: Path) -> None:
    whole = pickle.dumps({"eeg": EEG[:1], "names": ["a", "b"]}, protocol=4)
    for length in (1, 2, 11, 40, 150, 1000, len(whole) - 40, len(whole) - 1):
        (tmp_path / "x.npy").write_bytes(whole[:length])
        with pytest.raises(DataError, match=r"x\.npy (cannot be read|is damaged)"):
            read(tmp_path / "x.npy")


@pytest.mark.parametrize("content", [b"", b"no array", b"\x93NUMPY\x01\x00garbage", b"PK\x03\x04garbage", b"\x80\x04x"])
def test_files_of_another_kind_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.npy").write_bytes(content)
    with pytest.raises(DataError, match=r"x\.npy (cannot be read|is damaged)"):
        read(tmp_path / "x.npy")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFiles, match=rf"x\.npy does not exist; {REMEDY}"):
        Pickle.of(tmp_path / "x.npy", REMEDY)


def test_an_array_that_claims_more_than_the_file_has_is_refused(tmp_path: Path) -> None:
    content = pickle.dumps({"eeg": np.zeros((4, 100))}, protocol=4)
    lied = content.replace(b"K\x04Kd\x86", b"K\xffKd\x86")  # 255 rows instead of 4
    assert lied != content
    (tmp_path / "x.npy").write_bytes(lied)
    with pytest.raises(DataError, match=r"shape \(255, 100\), in 3200 bytes"):
        read(tmp_path / "x.npy")


def test_bombs_of_references_end_with_an_error(tmp_path: Path) -> None:
    deep: Any = []
    for _ in range(40):
        deep = [deep, deep]  # a few bytes that would be 2^40 items
    with pytest.raises(DataError, match=r"nested too deeply"):
        read(pickled(tmp_path / "x.npy", {"eeg": deep}))
