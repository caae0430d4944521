from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from eegrecon import DataError, MissingFiles
from eegrecon_datasets import eeg_file
from eegrecon_datasets.eeg_file import EEGFile, contents, names


class RunsCode:
    def __reduce__(self) -> Any:
        return os.mkdir, ("owned",)


def prepared(world: Any, run: Any) -> Any:
    return EEGFile(str(world.write() / "eeg_5_95_std.pth")).prepare(run)


@pytest.mark.parametrize("zipped", [True, False])
def test_segments_come_in_the_files_order_from_a_memory_map(world: Any, run: Any, zipped: bool) -> None:
    world.zipped = zipped
    ramp = torch.arange(5 * 500.0).reshape(5, 500)
    world.segments[7]["eeg"] = ramp
    arrays = prepared(world, run)
    assert isinstance(arrays["eeg"], np.memmap)
    assert not arrays["eeg"].flags.writeable
    assert (arrays["eeg"].shape, arrays["eeg"].dtype) == ((72, 5, 440), np.float32)
    assert np.array_equal(arrays["eeg"][7], ramp[:, 20:460])  # samples 20 to 459
    assert arrays["eeg"][:, 0, 0].tolist() == [20.0 if row == 7 else row for row in range(72)]
    for name in ("label", "image", "subject"):
        assert arrays[name].tolist() == [segment[name] for segment in world.segments]
    assert list(names(arrays["labels"])) == world.labels
    assert list(names(arrays["images"])) == world.images


def test_a_large_file_is_opened_anew_so_that_what_was_read_does_not_stay_mapped(
    world: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    read = eeg_file.read
    monkeypatch.setattr(eeg_file, "_AT_ONCE", 10)
    monkeypatch.setattr(eeg_file, "read", lambda path: opened.append(path) or read(path))
    assert prepared(world, run)["eeg"][:, 0, 0].tolist() == list(range(72))
    assert len(opened) == 1 + 8  # once for everything but the EEG, then every ten segments


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_any_float_becomes_float32(world: Any, run: Any, zipped: bool, dtype: torch.dtype) -> None:
    world.zipped = zipped
    for segment in world.segments:
        segment["eeg"] = segment["eeg"].to(dtype)
    arrays = prepared(world, run)
    assert arrays["eeg"].dtype == np.float32
    assert arrays["eeg"][:, 4, 439].tolist() == list(range(72))


def test_bfloat16_is_read_too(world: Any, run: Any) -> None:
    world.segments[1]["eeg"] = torch.full((5, 500), 1.5, dtype=torch.bfloat16)
    assert prepared(world, run)["eeg"][1, 0, 0] == 1.5


@pytest.mark.parametrize("zipped", [True, False])
def test_tensors_that_are_views_of_another_are_read_right(world: Any, run: Any, zipped: bool) -> None:
    world.zipped = zipped
    base = torch.arange(3 * 500 * 5.0).reshape(3, 500, 5)
    world.segments[2]["eeg"] = base[1].t()  # transposed, with an offset
    world.segments[3]["eeg"] = base[2].t()  # of the same storage
    arrays = prepared(world, run)
    assert np.array_equal(arrays["eeg"][2], base[1].t()[:, 20:460])
    assert np.array_equal(arrays["eeg"][3], base[2].t()[:, 20:460])


def test_lengths_of_450_to_600_are_usable_and_a_window_cut_short_holds_its_last_sample(world: Any, run: Any) -> None:
    lengths = {0: 449, 1: 450, 2: 459, 3: 460, 4: 600, 5: 601}
    for row, length in lengths.items():
        world.segments[row]["eeg"] = torch.arange(5.0 * length).reshape(5, length)
    arrays = prepared(world, run)
    assert arrays["usable"][:6].tolist() == [False, True, True, True, True, False]
    assert arrays["length"][:7].tolist() == [449, 450, 459, 460, 600, 601, 500]
    assert not arrays["eeg"][0].any()
    assert not arrays["eeg"][5].any()
    assert arrays["eeg"][1, 0, 428:432].tolist() == [448, 449, 449, 449]  # sample 449 is the last
    assert (arrays["eeg"][1, 0, 430:] == 449).all()
    assert arrays["eeg"][3, 0].tolist() == list(range(20, 460))


def test_a_segment_with_values_that_are_not_finite_is_not_usable(world: Any, run: Any) -> None:
    world.segments[3]["eeg"][2, 100] = float("nan")
    usable = prepared(world, run)["usable"]
    assert np.flatnonzero(~usable).tolist() == [3]


@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_that_wants_to_run_code_is_refused_and_does_not_run(
    world: Any, run: Any, zipped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    world.zipped = zipped
    world.segments[5]["eeg"] = RunsCode()
    with pytest.raises(DataError, match=r"eeg_5_95_std\.pth wants to run code .*mkdir"):
        prepared(world, run)
    assert not (tmp_path / "owned").exists()


def test_a_bare_pickle_that_wants_to_run_code_is_refused_and_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.pth").write_bytes(pickle.dumps(RunsCode()))
    with pytest.raises(DataError, match="wants to run code"):
        contents(tmp_path / "bad.pth")
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("kept", [0, 3, 100, 0.5, 0.98])
def test_a_truncated_file_is_named(world: Any, zipped: bool, kept: float) -> None:
    world.zipped = zipped
    path = world.write() / "eeg_5_95_std.pth"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole)) if isinstance(kept, float) else kept])
    with pytest.raises(DataError, match=r"eeg_5_95_std\.pth is damaged or was not written by torch\.save"):
        contents(path)


@pytest.mark.parametrize("content", [b"<html>404</html>", b"PK\x03\x04" + bytes(200), b"\x80\x02}q\x00."])
def test_another_kind_of_file_is_named(tmp_path: Path, content: Any) -> None:
    path = tmp_path / "eeg.pth"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"eeg\.pth is damaged or was not written by torch\.save"):
        contents(path)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("label", 4, "'label': 0 to 4 where 0 to 3"),
        ("image", -1, "'image': -1 to 23"),
        ("subject", "two", "'subject': each segment needs a whole number"),
        ("eeg", [1.0, 2.0], "segment 9, 'eeg': a tensor"),
        ("eeg", torch.zeros(5), "segment 9, 'eeg': a tensor"),
        ("eeg", torch.zeros(4, 500), r"segments of \[4, 5\] channels"),
    ],
)
def test_a_segment_that_is_not_what_it_says_is_named_with_its_field(
    world: Any, field: str, value: Any, said: str
) -> None:
    world.segments[9][field] = value
    with pytest.raises(DataError, match=rf"eeg_5_95_std\.pth, field 'dataset'.*{said}"):
        contents(world.write() / "eeg_5_95_std.pth")


def test_a_segment_without_a_field_is_named(world: Any) -> None:
    del world.segments[9]["label"]
    with pytest.raises(DataError, match="'label': each segment needs a whole number"):
        contents(world.write() / "eeg_5_95_std.pth")


def test_a_picture_name_that_leads_out_of_the_folder_is_refused(world: Any) -> None:
    world.images[0] = "../../secret"
    with pytest.raises(DataError, match=r"field 'images': '\.\./\.\./secret' is no name"):
        contents(world.write(pictures=False) / "eeg_5_95_std.pth")


@pytest.mark.parametrize(
    "content", [{"dataset": []}, {"splits": []}, [1, 2], {"dataset": [], "labels": [], "images": []}]
)
def test_other_contents_are_named(tmp_path: Path, content: Any) -> None:
    torch.save(content, tmp_path / "eeg.pth")
    with pytest.raises(DataError, match=r"eeg\.pth"):
        contents(tmp_path / "eeg.pth")


def test_a_missing_file_is_asked_for(tmp_path: Path) -> None:
    for ask in (EEGFile().reads, EEGFile(str(tmp_path / "eeg.pth")).reads, lambda: contents(tmp_path / "eeg.pth")):
        with pytest.raises(MissingFiles, match="is not there; fetch it from https://"):
            ask()


def test_reads_tells_files_apart(world: Any) -> None:
    path = world.write() / "eeg_5_95_std.pth"
    before = EEGFile(str(path)).reads()
    world.segments[0]["eeg"] += 1
    world.write()
    assert EEGFile(str(path)).reads() != before
