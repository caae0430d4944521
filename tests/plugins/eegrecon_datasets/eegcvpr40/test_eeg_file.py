from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from eegrecon import DataError, MissingFiles
from eegrecon_datasets.eegcvpr40.eeg_file import EEGFile, contents, open_file, windows
from eegrecon_datasets.files.text import names_in

FORMATS = pytest.mark.parametrize("zipped", [True, False])


def prepared(published: Any, run: Any) -> Any:
    return EEGFile(str(published.write() / "eeg_5_95_std.pth")).prepare(run)


@FORMATS
def test_segments_keep_the_order_of_the_file_in_a_memory_map(published: Any, run: Any, zipped: bool) -> None:
    published.zipped = zipped
    ramp = torch.arange(5 * 500.0).reshape(5, 500)
    published.segments[7]["eeg"] = ramp
    arrays = prepared(published, run)
    assert isinstance(arrays["eeg"], np.memmap)
    assert not arrays["eeg"].flags.writeable
    assert (arrays["eeg"].shape, arrays["eeg"].dtype) == ((72, 5, 440), np.float32)
    assert np.array_equal(arrays["eeg"][7], ramp[:, 20:460])  # samples 20 to 459
    assert arrays["eeg"][:, 0, 0].tolist() == [20.0 if row == 7 else row for row in range(72)]
    for name in ("label", "image", "subject"):
        assert arrays[name].tolist() == [segment[name] for segment in published.segments]
    assert list(names_in(arrays["labels"])) == published.labels
    assert list(names_in(arrays["images"])) == published.images


def test_a_large_file_is_opened_again_so_that_what_was_read_does_not_stay_mapped(published: Any) -> None:
    opened: list[Path] = []

    def opener(path: Path) -> dict[str, Any]:
        opened.append(path)
        return open_file(path)

    path = published.write() / "eeg_5_95_std.pth"
    cut = windows(path, 5, segments_per_opening=10, opener=opener)
    assert [window[0, 0] for window in cut] == list(range(72))
    assert opened == [path] * 8  # once for every ten segments


@FORMATS
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_any_float_becomes_float32(published: Any, run: Any, zipped: bool, dtype: torch.dtype) -> None:
    published.zipped = zipped
    for segment in published.segments:
        segment["eeg"] = segment["eeg"].to(dtype)
    arrays = prepared(published, run)
    assert arrays["eeg"].dtype == np.float32
    assert arrays["eeg"][:, 4, 439].tolist() == list(range(72))


def test_bfloat16_is_read_too(published: Any, run: Any) -> None:
    published.segments[1]["eeg"] = torch.full((5, 500), 1.5, dtype=torch.bfloat16)
    assert prepared(published, run)["eeg"][1, 0, 0] == 1.5


@FORMATS
def test_segments_that_are_views_of_one_tensor_are_read(published: Any, run: Any, zipped: bool) -> None:
    published.zipped = zipped
    base = torch.arange(3 * 500 * 5.0).reshape(3, 500, 5)
    published.segments[2]["eeg"] = base[1].t()  # transposed, with an offset
    published.segments[3]["eeg"] = base[2].t()  # of the same storage
    arrays = prepared(published, run)
    assert np.array_equal(arrays["eeg"][2], base[1].t()[:, 20:460])
    assert np.array_equal(arrays["eeg"][3], base[2].t()[:, 20:460])


def test_lengths_of_450_to_600_are_usable_and_a_short_segment_holds_its_last_sample(published: Any, run: Any) -> None:
    lengths = {0: 449, 1: 450, 2: 459, 3: 460, 4: 600, 5: 601}
    for row, length in lengths.items():
        published.segments[row]["eeg"] = torch.arange(5.0 * length).reshape(5, length)
    arrays = prepared(published, run)
    assert arrays["usable"][:6].tolist() == [False, True, True, True, True, False]
    assert arrays["length"][:7].tolist() == [449, 450, 459, 460, 600, 601, 500]
    assert not arrays["eeg"][0].any()
    assert not arrays["eeg"][5].any()
    assert arrays["eeg"][1, 0, 428:432].tolist() == [448, 449, 449, 449]  # sample 449 is the last
    assert (arrays["eeg"][1, 0, 430:] == 449).all()
    assert arrays["eeg"][3, 0].tolist() == list(range(20, 460))


def test_a_segment_with_values_that_are_not_finite_is_not_usable(published: Any, run: Any) -> None:
    published.segments[3]["eeg"][2, 100] = float("nan")
    usable = prepared(published, run)["usable"]
    assert np.flatnonzero(~usable).tolist() == [3]


@pytest.mark.parametrize(
    ("field", "value", "fact"),
    [
        ("label", 4, "'label': 0 to 4 .* 0 to 3"),
        ("image", -1, "'image': -1 to 23"),
        ("subject", "two", "'subject'.*integer"),
        ("eeg", [1.0, 2.0], "segment 9, 'eeg'"),
        ("eeg", torch.zeros(5), "segment 9, 'eeg'"),
        ("eeg", torch.zeros(4, 500), r"\[4, 5\] channels"),
    ],
)
def test_an_invalid_segment_is_named_with_its_field(published: Any, field: str, value: Any, fact: str) -> None:
    published.segments[9][field] = value
    with pytest.raises(DataError, match=rf"eeg_5_95_std\.pth, field 'dataset'.*{fact}"):
        contents(published.write() / "eeg_5_95_std.pth")


def test_a_segment_without_a_field_is_named(published: Any) -> None:
    del published.segments[9]["label"]
    with pytest.raises(DataError, match="'label'.*integer"):
        contents(published.write() / "eeg_5_95_std.pth")


def test_a_picture_name_that_leads_out_of_the_folder_is_refused(published: Any) -> None:
    published.images[0] = "../../secret"
    with pytest.raises(DataError, match=r"field 'images': '\.\./\.\./secret'"):
        contents(published.write(pictures=False) / "eeg_5_95_std.pth")


@pytest.mark.parametrize(
    "content", [{"dataset": []}, {"splits": []}, [1, 2], {"dataset": [], "labels": [], "images": []}]
)
def test_other_contents_are_named(tmp_path: Path, content: Any) -> None:
    torch.save(content, tmp_path / "eeg.pth")
    with pytest.raises(DataError, match=r"eeg\.pth"):
        contents(tmp_path / "eeg.pth")


def test_a_missing_file_is_named_with_its_source(tmp_path: Path) -> None:
    path = tmp_path / "eeg.pth"
    for ask in (EEGFile().reads, EEGFile(str(path)).reads, lambda: contents(path), lambda: open_file(path)):
        with pytest.raises(MissingFiles, match="fetch it from https://"):
            ask()


def test_the_digest_depends_on_the_content(published: Any) -> None:
    path = published.write() / "eeg_5_95_std.pth"
    before = EEGFile(str(path)).reads()
    published.segments[0]["eeg"] += 1
    published.write()
    assert EEGFile(str(path)).reads() != before


@FORMATS
@pytest.mark.parametrize("value", [2**63, 1.5, torch.tensor(1.0), "1"])
def test_a_label_that_is_no_whole_number_in_64_bits_is_refused(published: Any, zipped: bool, value: Any) -> None:
    published.zipped = zipped
    published.segments[9]["label"] = value
    with pytest.raises(DataError, match=r"eeg_5_95_std\.pth.*'label'.*integer"):
        contents(published.write() / "eeg_5_95_std.pth")


def test_complex_eeg_is_refused(published: Any) -> None:
    published.segments[9]["eeg"] = published.segments[9]["eeg"] + 1j
    with pytest.raises(DataError, match=r"segment 9.*complex"):
        contents(published.write() / "eeg_5_95_std.pth")
