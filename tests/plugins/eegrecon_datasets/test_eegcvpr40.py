from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from eegrecon import DataError, InvalidConfiguration, MissingFiles
from eegrecon_datasets.eegcvpr40 import EEGCVPR40

EACH, PICTURES_EACH = 24, 6  # segments of a subject, pictures of a class


def pictures_of(trials: Any, pictures: Any) -> Any:
    """Name of the picture that travels with each trial."""
    return [pictures.paths[row].stem for row in trials.image]


def truth(world: Any, rows: Any) -> Any:
    return [world.images[world.segments[row]["image"]] for row in rows]


def test_within_image_divides_by_picture_for_all_subjects_alike(world: Any, run: Any, numbers_of: Any) -> None:
    recordings = EEGCVPR40(folder=str(world.write())).load(2, run)
    own = {share: [row for row in rows if 24 <= row < 48] for share, rows in world.lists.items()}
    assert numbers_of(recordings.training.train) == own["train"]
    assert numbers_of(recordings.training.val) == own["val"]
    assert numbers_of(recordings.test) == own["test"]
    assert numbers_of(recordings.pool.train) == world.lists["train"]
    assert numbers_of(recordings.pool.val) == world.lists["val"]
    assert recordings.notes == ()


def test_labels_pictures_and_blocks_belong_to_their_trials(world: Any, run: Any) -> None:
    recordings = EEGCVPR40(folder=str(world.write())).load(2, run)
    for trials, pictures in (
        (recordings.training.train, recordings.training.pictures),
        (recordings.training.val, recordings.training.pictures),
        (recordings.pool.train, recordings.pool.pictures),
        (recordings.test, recordings.pictures),
    ):
        segments = [world.segments[row] for row in trials.trial]
        assert trials.label.tolist() == [segment["label"] for segment in segments]
        assert trials.subject.tolist() == [segment["subject"] for segment in segments]
        assert pictures_of(trials, pictures) == truth(world, trials.trial)
        blocks = {(segment["subject"], segment["label"]) for segment in segments}
        assert len(set(trials.block.tolist())) == len(blocks)  # one block per subject and class
    trained = {path.stem for path in recordings.training.pictures.paths}
    assert trained.isdisjoint(path.stem for path in recordings.pictures.paths)


def test_montage_classes_and_synsets_are_those_of_the_data_set(world: Any, run: Any) -> None:
    recordings = EEGCVPR40(folder=str(world.write())).load(1, run)
    montage = recordings.training.montage
    assert (len(montage.channels), montage.sfreq, montage.tmin, montage.unit) == (5, 1000.0, 0.02, "z")
    assert recordings.training.classes == ("German shepherd", "Egyptian cat", "lycaenid butterfly", "sorrel horse")
    assert recordings.synsets == tuple(world.labels)
    assert recordings.test.eeg.shape == (4, 5, 440)


def test_eeg_is_read_from_a_memory_map_row_by_row(world: Any, run: Any) -> None:
    test = EEGCVPR40(folder=str(world.write())).load(3, run).test
    assert isinstance(test.eeg.array, np.memmap)
    assert test.eeg[1].shape == (5, 440)
    assert test.eeg[np.array([2, 0])][:, 0, 0].tolist() == [test.trial[2], test.trial[0]]
    assert test.eeg[1:3].shape == (2, 5, 440)
    assert not isinstance(test.eeg[[0, 1]], np.memmap)


def test_pictures_are_decoded_when_asked_for(world: Any, run: Any) -> None:
    pictures = EEGCVPR40(folder=str(world.write())).load(1, run).pictures
    number = world.images.index(pictures.paths[2].stem)
    picture = pictures[2]
    assert (picture.shape, picture.dtype) == ((9, 12 + number, 3), np.uint8)
    assert abs(int(picture[4, 4, 0]) - 10 * number) <= 3  # JPEG
    pictures.paths[2].write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"JPEG cannot be read as a picture"):
        pictures[2]


def test_published_trains_on_validation_too_and_is_stamped(world: Any, run: Any, numbers_of: Any) -> None:
    recordings = EEGCVPR40(folder=str(world.write()), protocol="published").load(1, run)
    own = {share: [row for row in rows if row < 24] for share, rows in world.lists.items()}
    assert numbers_of(recordings.training.train) == sorted(own["train"] + own["val"])
    assert numbers_of(recordings.training.val) == own["test"]
    assert numbers_of(recordings.test) == own["test"]
    assert recordings.notes == ("selected on test",)


def test_published_lists_that_overlap_stand_and_are_said(world: Any, run: Any, numbers_of: Any) -> None:
    world.lists["train"].append(world.lists["test"][0])
    recordings = EEGCVPR40(folder=str(world.write()), protocol="published").load(1, run)
    assert world.lists["test"][0] in numbers_of(recordings.training.train)
    assert "1 segment in more than one published list" in recordings.notes
    assert any("3 of 12 published test segments with a picture that is also trained on" in n for n in recordings.notes)


def test_within_image_repairs_lists_that_overlap_and_says_so(world: Any, run: Any) -> None:
    world.lists["train"].append(world.lists["test"][0])
    recordings = EEGCVPR40(folder=str(world.write())).load(1, run)
    assert world.lists["test"][0] in recordings.test.trial
    assert world.lists["test"][0] not in recordings.training.train.trial
    assert any("1 picture in more than one share" in note for note in recordings.notes)


def test_cross_subject_trains_on_others_and_tests_on_unseen_pictures(world: Any, run: Any, numbers_of: Any) -> None:
    dataset = EEGCVPR40(folder=str(world.write()), protocol="cross-subject")
    recordings = dataset.load(2, run)
    assert dataset.permitted(2) == (1, 3)
    assert set(recordings.training.train.subject.tolist()) == {1, 3}
    assert set(recordings.training.val.subject.tolist()) == {1, 3}
    assert numbers_of(recordings.test) == [row for row in world.lists["test"] if 24 <= row < 48]
    assert numbers_of(recordings.pool.train) == numbers_of(recordings.training.train)
    trained = set(pictures_of(recordings.training.train, recordings.training.pictures))
    assert trained.isdisjoint(pictures_of(recordings.test, recordings.pictures))


def test_the_pool_is_the_same_whoever_is_evaluated(world: Any, run: Any) -> None:
    dataset = EEGCVPR40(folder=str(world.write()))
    pools = [dataset.load(subject, run).pool for subject in dataset.subjects()]
    assert all(pool.train.trial.tolist() == pools[0].train.trial.tolist() for pool in pools)
    assert all(pool.pictures == pools[0].pictures for pool in pools)


def test_the_single_file_counts_within_a_subject(world: Any, run: Any, numbers_of: Any) -> None:
    world.lists = {"train": list(range(0, 16)), "val": [16], "test": [20, 23]}
    folder = world.write(split_file="block_splits_by_image_single.pth")
    recordings = EEGCVPR40(folder=str(folder), protocol="published", splits="single").load(2, run)
    assert numbers_of(recordings.test) == [24 + 20, 24 + 23]
    assert numbers_of(recordings.training.train) == [24 + row for row in range(17)]


def test_a_list_shifted_by_a_lost_segment_is_put_right_by_picture(world: Any, run: Any) -> None:
    del world.segments[24]  # subject 2 lacks its first segment, so its numbers count other pictures
    world.lists = {share: [row for row in rows if row < 24] for share, rows in world.lists.items()}
    folder = world.write(split_file="block_splits_by_image_single.pth")
    recordings = EEGCVPR40(folder=str(folder), splits="single").load(2, run)
    tested = set(pictures_of(recordings.test, recordings.pictures))
    assert tested == {world.images[image] for image in range(5, 24, 6)}  # as the other two subjects have it
    assert any("in more than one share" in note for note in recordings.notes)


def test_segments_of_the_wrong_length_are_left_out_and_said(world: Any, run: Any, numbers_of: Any) -> None:
    lost, short = world.lists["test"][0], world.lists["test"][1]
    world.segments[lost]["eeg"] = torch.zeros(5, 449)
    world.segments[short]["eeg"] = torch.full((5, 455), float(short))
    recordings = EEGCVPR40(folder=str(world.write())).load(1, run)
    assert numbers_of(recordings.test) == world.lists["test"][1:4]
    assert "left out: 1 segment shorter than 450 or longer than 600 samples" in recordings.notes
    assert "1 segment ending before sample 460, where the last sample is held" in recordings.notes


def test_numbers_beyond_the_data_are_said(world: Any, run: Any) -> None:
    world.lists["test"].append(72)
    recordings = EEGCVPR40(folder=str(world.write())).load(1, run)
    assert recordings.notes == ("dropped: 1 number of the published test list beyond the data",)


def test_missing_pictures_are_refused_or_left_out_and_said(world: Any, run: Any) -> None:
    folder = world.write()
    (folder / "image" / "n02106662" / "n02106662_105.JPEG").unlink()
    with pytest.raises(MissingFiles, match=r"1 of 24 pictures not there, for instance .*n02106662_105\.JPEG"):
        EEGCVPR40(folder=str(folder)).load(1, run)
    recordings = EEGCVPR40(folder=str(folder), missing="leave-out").load(1, run)
    assert recordings.test.trial.tolist() == world.lists["test"][1:4]
    assert recordings.notes == ("left out: 3 segments whose picture is not there or broken",)


def test_broken_pictures_are_left_out_with_the_missing_ones(world: Any, run: Any) -> None:
    folder = world.write()
    (folder / "image" / "n02106662" / "n02106662_105.JPEG").unlink()
    (folder / "image" / "n02124075" / "n02124075_105.JPEG").write_bytes(b"no picture")
    recordings = EEGCVPR40(folder=str(folder), missing="leave-out").load(1, run)
    assert recordings.test.trial.tolist() == world.lists["test"][2:4]
    assert recordings.notes == ("left out: 6 segments whose picture is not there or broken",)


def test_participants_are_the_only_ones_used(world: Any, run: Any) -> None:
    dataset = EEGCVPR40(folder=str(world.write()), participants=(3, 1))
    assert dataset.subjects() == (1, 3)
    assert set(dataset.load(1, run).pool.train.subject.tolist()) == {1, 3}
    with pytest.raises(InvalidConfiguration, match=r"no subject 7; there are: 1, 2, 3"):
        EEGCVPR40(folder=str(world.folder), participants=(7,)).subjects()
    with pytest.raises(InvalidConfiguration, match="no subject 2"):
        dataset.load(2, run)


def test_captions_travel_with_their_pictures(world: Any, run: Any) -> None:
    folder = world.write()
    rows = "".join(f'{name}.JPEG,"a picture, number {number}"\n' for number, name in enumerate(world.images))
    (folder / "captions.csv").write_text("image,caption\n" + rows)
    recordings = EEGCVPR40(folder=str(folder)).load(1, run)
    for captions, pictures in (
        (recordings.training.captions, recordings.training.pictures),
        (recordings.captions, recordings.pictures),
    ):
        assert list(captions) == [f"a picture, number {world.images.index(path.stem)}" for path in pictures.paths]


def test_without_captions_there_are_none(world: Any, run: Any) -> None:
    recordings = EEGCVPR40(folder=str(world.write())).load(1, run)
    assert recordings.captions is None
    assert recordings.training.captions is None


def test_a_caption_that_is_missing_is_named(world: Any, run: Any) -> None:
    folder = world.write()
    (folder / "captions.csv").write_text("image,caption\nn02106662_100,a dog\n")
    with pytest.raises(DataError, match=r"captions\.csv has no caption for \d+ of \d+ pictures, for instance n0"):
        EEGCVPR40(folder=str(folder)).load(1, run)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("captions.csv", b"picture,text\na,b\n", "image and caption are needed"),
        ("captions.csv", b"image,caption\na,\n", "line 2: image and caption are needed"),
        ("captions.csv", b"image,caption\n\xff\xfe,b\n", "no table of comma-separated UTF-8 text"),
        ("captions.csv", b"", "image and caption are needed"),
        ("classes.csv", b"wnid\nn1\n", "wnid and name are needed"),
    ],
)
def test_a_table_that_is_something_else_is_named(world: Any, run: Any, name: str, content: Any, said: str) -> None:
    folder = world.write()
    (folder / name).write_bytes(content)
    with pytest.raises(DataError, match=rf"{name}.*{said}"):
        EEGCVPR40(folder=str(folder)).load(1, run)


def test_classes_that_are_not_the_forty_need_names(world: Any, run: Any) -> None:
    world.labels[1] = "n90000001"
    folder = world.write()
    with pytest.raises(DataError, match=r"n90000001 is none of the 40 classes.*classes\.csv"):
        EEGCVPR40(folder=str(folder)).load(1, run)
    (folder / "classes.csv").write_text("wnid,name\nn90000001,star\n")
    classes = EEGCVPR40(folder=str(folder)).load(1, run).training.classes
    assert classes == ("German shepherd", "star", "lycaenid butterfly", "sorrel horse")


def test_lists_that_leave_nothing_to_test_are_refused(world: Any, run: Any) -> None:
    world.lists["test"] = []
    with pytest.raises(DataError, match=r"block_splits_by_image_all\.pth leaves subject 1 without test trials"):
        EEGCVPR40(folder=str(world.write())).load(1, run)


def test_a_folder_that_is_not_there_or_half_there_is_named(world: Any, tmp_path: Path) -> None:
    for dataset, said in (
        (EEGCVPR40(), "no folder of EEGCVPR40 is given"),
        (EEGCVPR40(folder=str(tmp_path / "no")), "the folder .*no is not there"),
        (EEGCVPR40(folder=str(tmp_path)), r"lacks eeg_5_95_std\.pth \(it has no file of EEGCVPR40\)"),
    ):
        for ask in (dataset.subjects, dataset.reads):
            with pytest.raises(MissingFiles, match=said):
                ask()
    folder = world.write(pictures=False)
    with pytest.raises(MissingFiles, match="lacks the folder image"):
        EEGCVPR40(folder=str(folder)).subjects()
    with pytest.raises(MissingFiles, match=r"lacks eeg_14_70_std\.pth \(it has eeg_5_95_std\.pth"):
        EEGCVPR40(folder=str(folder), band="14_70_std").subjects()
    (folder / "block_splits_by_image_all.pth").unlink()
    with pytest.raises(MissingFiles, match=r"lacks block_splits_by_image_all\.pth"):
        EEGCVPR40(folder=str(folder)).subjects()


@pytest.mark.parametrize("wrong", [{"protocol": "random"}, {"band": "1_2"}, {"splits": "both"}, {"missing": "ignore"}])
def test_settings_that_there_are_not_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidConfiguration, match="there are: "):
        EEGCVPR40(**wrong)


def test_reads_tells_pictures_captions_and_lists_apart(world: Any) -> None:
    folder = world.write()
    digests = [EEGCVPR40(folder=str(folder)).reads()["folder"]]
    (folder / "captions.csv").write_text("image,caption\na,b\n")
    digests.append(EEGCVPR40(folder=str(folder)).reads()["folder"])
    (folder / "image" / "n02106662" / "n02106662_100.JPEG").write_bytes(b"other")
    digests.append(EEGCVPR40(folder=str(folder)).reads()["folder"])
    world.lists["test"].pop()
    torch.save({"splits": [world.lists]}, folder / "block_splits_by_image_all.pth")
    digests.append(EEGCVPR40(folder=str(folder)).reads()["folder"])
    assert len(set(digests)) == 4
    assert EEGCVPR40(folder=str(folder)).reads()["folder"] == digests[-1]


def test_the_same_files_elsewhere_are_the_same_data(world: Any, tmp_path: Path) -> None:
    folder = world.write()
    before = EEGCVPR40(folder=str(folder)).reads(), EEGCVPR40(folder=str(folder)).eeg.reads()
    moved = folder.rename(tmp_path / "elsewhere")
    assert (EEGCVPR40(folder=str(moved)).reads(), EEGCVPR40(folder=str(moved)).eeg.reads()) == before


def test_a_folder_is_recognised_by_any_of_its_files(world: Any, tmp_path: Path) -> None:
    folder = world.write()
    assert EEGCVPR40.recognises(folder)
    (folder / "eeg_5_95_std.pth").unlink()
    assert EEGCVPR40.recognises(folder)  # half a data set is one still: check says what is missing
    assert not EEGCVPR40.recognises(tmp_path)
    assert not EEGCVPR40.recognises(tmp_path / "nothing")


def test_a_data_set_is_its_fields(tmp_path: Path) -> None:
    assert EEGCVPR40(folder="a") == EEGCVPR40(folder="a")
    assert hash(EEGCVPR40(folder="a")) != hash(EEGCVPR40(folder="b"))
    assert EEGCVPR40(folder="a", band="raw").eeg.path.endswith("eeg_signals_raw_with_mean_std.pth")
