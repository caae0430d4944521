from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch

from eegrecon import DataError
from eegrecon_metrics.networks.weights import PublishedFile, state_dict, torch_checkpoint_folder


class RunsCode:
    def __reduce__(self) -> Any:
        return os.mkdir, ("owned",)


def test_the_cache_folder_is_the_one_that_torch_uses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in (("TORCH_HOME", str(tmp_path / "a")), ("XDG_CACHE_HOME", str(tmp_path / "b"))):
        monkeypatch.delenv("TORCH_HOME", raising=False)
        monkeypatch.setenv(name, value)
        assert str(torch_checkpoint_folder()) == os.path.join(torch.hub.get_dir(), "checkpoints")


def test_published_bytes_add_nothing_to_the_identity(tmp_path: Path) -> None:
    path = tmp_path / "any.pth"
    path.write_bytes(b"abc")  # its SHA-256 begins with ba7816bf
    assert PublishedFile("net-ba7816bf.pth", "https://example.org", 1).identity(str(path)) == ""
    assert PublishedFile("net-00000000.pth", "https://example.org", 1).identity(str(path)) == "-ba7816bf"


@pytest.mark.parametrize("zipped", [True, False])
def test_weights_that_would_run_code_are_refused_and_run_nothing(
    zipped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"w": torch.zeros(2), "x": RunsCode()}, "bad.pth", _use_new_zipfile_serialization=zipped)
    with pytest.raises(DataError, match=r"bad\.pth .*run code"):
        state_dict(tmp_path / "bad.pth")
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("content", [b"", b"not weights at all", b"PK\x03\x04 cut off"])
@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
def test_damaged_weights_are_named(content: bytes, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"bad.{suffix}"
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"bad.{suffix} cannot be read"):
        state_dict(path)


def test_a_file_without_tensors_by_name_is_refused(tmp_path: Path) -> None:
    torch.save([torch.zeros(1)], tmp_path / "list.pth")
    with pytest.raises(DataError, match=r"list\.pth .*a list.*state_dict"):
        state_dict(tmp_path / "list.pth")


def test_weights_in_the_old_format_are_read_too(tmp_path: Path) -> None:
    torch.save({"w": torch.arange(3.0)}, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    assert state_dict(tmp_path / "old.pth")["w"].tolist() == [0.0, 1.0, 2.0]
