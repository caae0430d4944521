"""The conversion of the three forms, compared with means worked out by hand from what was written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eegrecon import DataError, InvalidConfiguration, MissingFiles
from eegrecon_datasets.files.text import names_in
from eegrecon_datasets.things_eeg2.partition import ThingsPartition

TIMES = np.arange(20) / 250


def partition(things: Any, name: str = "training", **fields: Any) -> ThingsPartition:
    return ThingsPartition(str(things.folder), name, **{"trust_pickle": True, "average": 4, **fields})


def first_channel(arrays: Any, subject: int) -> Any:
    """Value of the first sample of the first channel of every trial."""
    return np.asarray(arrays[f"eeg/{subject}"][:, 0, 0], np.float64)


@pytest.mark.parametrize("form", ["npy", "pt"])
def test_a_trial_is_the_mean_of_its_repeats_in_the_order_of_the_pictures(things: Any, run: Any, form: str) -> None:
    things.form = form
    things.write()
    arrays = partition(things).prepare(run)
    for subject in (1, 2, 5):
        eeg = arrays[f"eeg/{subject}"]
        assert isinstance(eeg, np.memmap)
        assert (eeg.shape, eeg.dtype) == ((12, 5, 20), np.float32)
        np.testing.assert_allclose(eeg, things.eeg[subject, "training"].mean(axis=1), rtol=1e-6)
        assert arrays[f"picture/{subject}"].tolist() == list(range(12))
        assert set(arrays[f"repeats/{subject}"]) == {4}
    assert names_in(arrays["channels"]) == ("Fp1", "P7", "O1", "Oz", "O2")
    np.testing.assert_allclose(arrays["times"], TIMES, atol=1e-12)  # the 24 times begin before the picture


def test_fewer_averaged_repeats_give_more_trials_that_take_turns(things: Any, run: Any) -> None:
    things.write()
    arrays = partition(things, average=2).prepare(run)
    assert arrays["picture/1"].tolist() == [picture for picture in range(12) for _ in range(2)]
    assert first_channel(arrays, 1)[:4].tolist() == [1001, 1002, 1011, 1012]  # repeats 0 and 2, 1 and 3


def test_repeats_that_are_left_over_are_not_used_and_the_number_of_trials_can_be_limited(things: Any, run: Any) -> None:
    things.write()
    every = partition(things, "test", average=3).prepare(run)
    assert every["picture/1"].tolist() == [0, 0, 1, 1, 2, 2]
    assert every["repeats/1"].tolist() == [3] * 6
    assert first_channel(every, 1)[:2].tolist() == [1002, 1003]  # 0, 2, 4 and 1, 3, 5 of seven
    assert first_channel(partition(things, "test", average=3, most=1).prepare(run), 1).tolist() == [1002, 1012, 1022]


def test_of_fewer_repeats_than_asked_for_all_are_averaged(things: Any, run: Any) -> None:
    things.write()
    arrays = partition(things, "test", average=80).prepare(run)
    assert arrays["repeats/1"].tolist() == [7, 7, 7]
    assert first_channel(arrays, 1).tolist() == [1003, 1013, 1023]


def test_half_precision_stays_where_nothing_is_averaged(things: Any, run: Any) -> None:
    things.form, things.dtype = "pt", np.float16
    things.write()
    arrays = partition(things, average=1).prepare(run)
    assert arrays["eeg/1"].dtype == np.float16
    assert len(arrays["eeg/1"]) == 48
    assert partition(things).prepare(run)["eeg/1"].dtype == np.float32


def test_ubps_files_name_pictures_and_sessions(things: Any, run: Any) -> None:
    things.form = "pt"
    things.write()
    arrays = partition(things, average=1).prepare(run)
    assert names_in(arrays["names"])[2] == "00002_bee/bee_00s.jpg"
    assert arrays["session/2"].tolist() == [0, 0, 1, 1] * 12
    assert set(partition(things).prepare(run)["session/2"]) == {-1}  # of several sessions


def test_ubps_files_with_tensors_are_read_without_permission(things: Any, run: Any) -> None:
    import torch

    things.form = "pt"
    things.write()
    for subject in things.subjects:
        content = things.content(subject, "training")
        tensors = {"eeg": torch.from_numpy(content["eeg"].astype(np.float16)), "ch_names": content["ch_names"]}
        torch.save({**tensors, "img": content["img"].tolist()}, things.file(subject, "training"))
    arrays = partition(things, trust_pickle=False).prepare(run)
    expected = things.eeg[2, "training"].astype(np.float16).astype(np.float64).mean(axis=1)
    np.testing.assert_allclose(arrays["eeg/2"], expected, rtol=1e-6)


def flat_table(things: Any, dropped: dict[int, list[int]]) -> None:
    """Write the flat form with its tables; rows of the table are shown in the order of the grid."""
    pyarrow = pytest.importorskip("pyarrow", reason="the flat form needs pyarrow")
    from pyarrow import parquet

    things.form = "flat"
    names = {part: _names(things, part) for part in ("training", "test")}
    for subject in things.subjects:
        kept = [row for row in range(len(names["training"])) if row not in dropped.get(subject, [])]
        content = things.content(subject, "training")
        things.contents[subject, "training"] = {"preprocessed_eeg_data": content["preprocessed_eeg_data"][kept]}
    things.write()
    for subject in things.subjects:
        rows = [("stim_train", row in dropped.get(subject, []), name) for row, name in enumerate(names["training"])]
        rows += [("stim_test", False, name) for name in names["test"]]
        columns = dict(zip(("partition", "dropped", "image_path"), zip(*rows, strict=True), strict=True))
        table = pyarrow.table({**columns, "session": list(range(len(rows)))})
        parquet.write_table(table, things.file(subject, "test").parent / "experiment_metadata.parquet")


def _names(things: Any, part: str) -> list[str]:
    eeg = things.eeg[1, part]
    folder = things.folder / "Image_set" / f"{part}_images"
    return [f"{folder}/{name}" for name in _pictures(part) for _ in range(eeg.shape[1])]


def _pictures(part: str) -> list[str]:
    concepts = {"training": ["ant", "bee", "cat", "dog", "eel", "fox"], "test": ["gnu", "hen_house", "ibex"]}[part]
    each = {"training": 2, "test": 1}[part]
    return [f"{n:05d}_{c}/{c}_{p:02d}s.jpg" for n, c in enumerate(concepts, 1) for p in range(each)]


def test_flat_files_take_their_pictures_from_the_table_and_leave_dropped_trials_out(things: Any, run: Any) -> None:
    flat_table(things, {2: [0, 5]})  # a repeat of the first picture and one of the second
    arrays = partition(things).prepare(run)
    np.testing.assert_allclose(arrays["eeg/1"], things.eeg[1, "training"].mean(axis=1), rtol=1e-6)
    assert arrays["repeats/2"].tolist() == [3, 3, *[4] * 10]
    assert first_channel(arrays, 2)[:2].tolist() == [2002, pytest.approx(2010 + 5 / 3)]
    assert names_in(arrays["names"]) == tuple(_pictures("training"))


def test_a_subject_without_a_picture_keeps_the_numbers_of_the_others(things: Any, run: Any) -> None:
    flat_table(things, {2: [0, 1, 2, 3]})  # every repeat of the first picture
    arrays = partition(things).prepare(run)
    assert arrays["picture/1"].tolist() == list(range(12))
    assert arrays["picture/2"].tolist() == list(range(1, 12))


def test_a_table_of_another_number_of_trials_is_refused(things: Any, run: Any) -> None:
    flat_table(things, {})
    things.contents[5, "training"] = {"preprocessed_eeg_data": np.zeros((47, 5, 20))}
    things.write()
    with pytest.raises(DataError, match=r"experiment_metadata\.parquet has 48 rows .* 47 trials"):
        partition(things).prepare(run)


def test_participants_are_converted_alone(things: Any, run: Any) -> None:
    things.write()
    arrays = partition(things, participants=(5,)).prepare(run)
    assert sorted(name for name in arrays if name.startswith("eeg/")) == ["eeg/5"]
    with pytest.raises(InvalidConfiguration, match="no subject 3; there are: 1, 2, 5"):
        partition(things, participants=(3,)).reads()


def test_an_interrupted_conversion_is_resumed_with_the_next_subject(things: Any, run: Any) -> None:
    things.write()
    whole = partition(things).prepare(run)
    expected = {name: np.array(array) for name, array in whole.items()}
    done = run.scratch / "training-1.raw"
    before = done.stat().st_mtime_ns
    (run.scratch / "training-5.json").unlink()  # as if it had been interrupted in the last subject
    (run.scratch / "training-5.raw").write_bytes(b"half")
    again = partition(things).prepare(run)
    assert done.stat().st_mtime_ns == before
    assert {name: bool(np.array_equal(again[name], array)) for name, array in expected.items()} == dict.fromkeys(
        expected, True
    )


def test_the_digest_is_that_of_the_content_and_not_of_the_permission(things: Any, tmp_path: Path) -> None:
    things.write()
    before = partition(things).reads()
    assert partition(things, trust_pickle=False).reads() == before
    assert replace(partition(things), partition="test").reads() != before
    things.eeg[5, "training"][0] += 1
    things.write()
    assert partition(things).reads() != before
    things.folder.rename(tmp_path / "elsewhere")
    moved = ThingsPartition(str(tmp_path / "elsewhere"), "training", participants=(1,))
    things.folder = tmp_path / "elsewhere"
    things.eeg[5, "training"][0] += 1
    things.write()
    assert moved.reads() == ThingsPartition(str(tmp_path / "elsewhere"), "training", participants=(1,)).reads()


@pytest.mark.parametrize(
    ("contents", "fact"),
    [
        ({"preprocessed_eeg_data": np.zeros((12, 4, 5))}, r"'preprocessed_eeg_data': an array \(12, 4, 5\)"),
        ({"preprocessed_eeg_data": np.zeros((12, 4, 5, 20), int)}, r"of int64, but floats"),
        ({"preprocessed_eeg_data": "none"}, r"'preprocessed_eeg_data': a str"),
        ({"preprocessed_eeg_data": np.zeros((20, 5, 4, 12)).T}, r"contiguous"),
        ({"ch_names": ["Fp1", "Oz"]}, r"'ch_names': 2 names for 5 channels"),
        ({"ch_names": ["Oz"] * 5}, r"'ch_names': 1 name for 5 channels"),
        ({"times": np.arange(10) / 250}, r"'times'.*20 samples"),
        ({"times": np.zeros(20)}, r"'times'.*evenly"),
        ({"times": np.array([0, *np.arange(1, 20) ** 2])}, r"'times'.*evenly"),
    ],
)
def test_what_a_file_should_not_hold_is_named_with_its_field(
    things: Any, run: Any, contents: dict[str, Any], fact: str
) -> None:
    things.contents[2, "training"] = contents
    things.write()
    with pytest.raises(DataError, match=rf"sub-02.preprocessed_eeg_training\.npy.*{fact}"):
        partition(things).prepare(run)


@pytest.mark.parametrize(
    ("contents", "fact"),
    [
        ({"ch_names": ["Fp1", "P7", "O1", "Oz", "O9"]}, "other channels"),
        ({"times": np.arange(20) / 500}, "other times"),
        ({"preprocessed_eeg_data": np.zeros((11, 4, 5, 20))}, "other pictures"),
    ],
)
def test_a_subject_whose_file_does_not_fit_the_others_is_refused(
    things: Any, run: Any, contents: dict[str, Any], fact: str
) -> None:
    things.contents[5, "training"] = contents
    things.write()
    with pytest.raises(DataError, match=rf"sub-05.preprocessed_eeg_training\.npy has {fact} than .*sub-01"):
        partition(things).prepare(run)


def test_repeats_of_different_pictures_under_one_number_are_refused(things: Any, run: Any) -> None:
    things.form = "pt"
    img = things.content(1, "training")["img"].copy()
    img[3, 2] = img[4, 0]
    things.contents[1, "training"] = {"img": img}
    things.write()
    with pytest.raises(DataError, match=r"'img': the repeats of picture 3 show different pictures"):
        partition(things).prepare(run)


def test_a_folder_that_does_not_hold_what_is_asked_for_is_named(things: Any) -> None:
    with pytest.raises(MissingFiles, match=r"holds no EEG of THINGS-EEG2 \(sub-01.preprocessed_eeg_training\.npy or"):
        partition(things).reads()
    with pytest.raises(MissingFiles, match=r"nowhere does not exist"):
        ThingsPartition("nowhere").reads()
    things.write()
    with pytest.raises(MissingFiles, match=r"\(sub-01.train\.pt\)"):
        partition(things, form="pt").reads()
    things.form = "pt"
    things.write()
    with pytest.raises(InvalidConfiguration, match=r"several times \(npy in .*, pt in .*\).*dataset\.form"):
        partition(things).reads()
    assert partition(things, form="npy").reads() != partition(things, form="pt").reads()
