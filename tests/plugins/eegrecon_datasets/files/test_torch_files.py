"""Files of torch: what is read, and that nothing in them is executed."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from eegrecon import DataError, MissingFiles
from eegrecon_datasets.files.torch_files import StoredTensor, read, values

REMEDY = "fetch it from https://example.org"
FORMATS = pytest.mark.parametrize("zipped", [True, False])


class RunsCode:
    def __reduce__(self) -> Any:
        return os.mkdir, ("owned",)


def saved(folder: Path, content: Any, *, zipped: bool) -> Path:
    path = folder / "file.pth"
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    return path


@FORMATS
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64, torch.int64, torch.int16, torch.uint8])
def test_tensors_of_every_type_are_read(tmp_path: Path, zipped: bool, dtype: torch.dtype) -> None:
    tensor = torch.arange(24).reshape(2, 3, 4).to(dtype)
    path = saved(tmp_path, {"a": [tensor], "b": (1, "two", None)}, zipped=zipped)
    content = read(path, REMEDY)
    assert content["b"] == (1, "two", None)
    assert np.array_equal(values(content["a"][0]), tensor.numpy())


def test_bfloat16_becomes_float32(tmp_path: Path) -> None:
    content = read(saved(tmp_path, [torch.full((2,), 1.5, dtype=torch.bfloat16)], zipped=True), REMEDY)
    assert values(content[0]).dtype == np.float32
    assert values(content[0]).tolist() == [1.5, 1.5]


@FORMATS
def test_tensors_that_are_views_of_another_are_read(tmp_path: Path, zipped: bool) -> None:
    base = torch.arange(3 * 500 * 5.0).reshape(3, 500, 5)
    views = [base[1].t(), base[2].t(), base[:, ::7, 2], base[0, 0, 0], base[:0]]  # transposed, strided, scalar, empty
    content = read(saved(tmp_path, views, zipped=zipped), REMEDY)
    for view, tensor in zip(views, content, strict=True):
        assert np.array_equal(values(tensor), view.numpy())


def test_numbers_of_the_legacy_format_stay_on_disk(tmp_path: Path) -> None:
    path = saved(tmp_path, [torch.arange(5)], zipped=False)
    (tensor,) = read(path, REMEDY)
    assert isinstance(tensor, StoredTensor)
    path.write_bytes(path.read_bytes()[:-8] + np.array([9], "<i8").tobytes())
    assert list(tensor) == [0, 1, 2, 3, 9]


@FORMATS
def test_code_is_refused_and_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zipped: bool) -> None:
    monkeypatch.chdir(tmp_path)
    path = saved(tmp_path, {"a": torch.zeros(3), "b": RunsCode()}, zipped=zipped)
    with pytest.raises(DataError, match=r"file\.pth .* code .*mkdir.*https://example.org"):
        read(path, REMEDY)
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_code_in_a_bare_pickle_is_refused_and_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: int
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.pth").write_bytes(pickle.dumps(RunsCode(), protocol))
    with pytest.raises(DataError, match=r"bad\.pth .* code"):
        read(tmp_path / "bad.pth", REMEDY)
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("name", ["builtins eval", "os system", "torch load", "torch._utils _rebuild_parameter"])
def test_only_tensors_and_containers_are_built_from_the_legacy_format(tmp_path: Path, name: str) -> None:
    code = f"c{name.replace(' ', chr(10))}\n.".encode()
    path = saved(tmp_path, 0, zipped=False)
    head = path.read_bytes()
    marks = [position for position in range(len(head)) if head.startswith(b"\x80\x02", position)]
    path.write_bytes(head[: marks[3]] + code + head[marks[4] :])  # the fourth pickle is the content
    with pytest.raises(DataError, match=rf"code .*\({name.replace(' ', '.')}\)"):
        read(path, REMEDY)


@FORMATS
@pytest.mark.parametrize("kept", [0, 3, 100, 0.5, 0.98])
def test_a_truncated_file_is_named(tmp_path: Path, zipped: bool, kept: float) -> None:
    path = saved(tmp_path, [torch.zeros(5, 500) for _ in range(20)], zipped=zipped)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole)) if isinstance(kept, float) else kept])
    with pytest.raises(DataError, match=r"file\.pth is damaged .*https://example.org"):
        read(path, REMEDY)


@pytest.mark.parametrize("content", [b"<html>404</html>", b"PK\x03\x04" + bytes(200), b"\x80\x02}q\x00."])
def test_another_kind_of_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "eeg.pth"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"eeg\.pth is damaged or was not written by torch\.save"):
        read(path, REMEDY)


def test_a_missing_file_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(MissingFiles, match=r"eeg\.pth .*https://example.org"):
        read(tmp_path / "eeg.pth", REMEDY)
