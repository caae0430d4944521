from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from eegrecon import DataError, InvalidConfiguration, MissingFiles
from eegrecon_datasets.eegcvpr40.dataset import EEGCVPR40

EACH, PICTURES_EACH = 24, 6  # segments of a subject, pictures of a class


def pictures_of(trials: Any, pictures: Any) -> Any:
    """Name of the picture that travels with each trial."""
    return [pictures.paths[row].stem for row in trials.image]


def notes_of(recordings: Any) -> Any:
    """Notes, without the last one, which tells what the protocol rules out and what it cannot."""
    *notes, protocol = recordings.notes
    assert protocol.startswith("protocol ")
    return tuple(notes)


def single(published: Any) -> Any:
    """The lists for each subject that agree with those for all."""
    return {share: [row for row in rows if row < 24] for share, rows in published.lists.items()}


def truth(published: Any, rows: Any) -> Any:
    return [published.images[published.segments[row]["image"]] for row in rows]


def test_within_image_divides_by_picture_for_all_subjects_alike(published: Any, run: Any, numbers_of: Any) -> None:
    recordings = EEGCVPR40(folder=str(published.write())).load(2, run)
    own = {share: [row for row in rows if 24 <= row < 48] for share, rows in published.lists.items()}
    assert numbers_of(recordings.training.train) == own["train"]
    assert numbers_of(recordings.training.val) == own["val"]
    assert numbers_of(recordings.test) == own["test"]
    assert numbers_of(recordings.pool.train) == published.lists["train"]
    assert numbers_of(recordings.pool.val) == published.lists["val"]
    assert notes_of(recordings) == ()


def test_labels_pictures_and_blocks_belong_to_their_trials(published: Any, run: Any) -> None:
    recordings = EEGCVPR40(folder=str(published.write())).load(2, run)
    for trials, pictures in (
        (recordings.training.train, recordings.training.pictures),
        (recordings.training.val, recordings.training.pictures),
        (recordings.pool.train, recordings.pool.pictures),
        (recordings.test, recordings.pictures),
    ):
        segments = [published.segments[row] for row in trials.trial]
        assert trials.label.tolist() == [segment["label"] for segment in segments]
        assert trials.subject.tolist() == [segment["subject"] for segment in segments]
        assert pictures_of(trials, pictures) == truth(published, trials.trial)
        blocks = {(segment["subject"], segment["label"]) for segment in segments}
        assert len(set(trials.block.tolist())) == len(blocks)  # one block per subject and class
    trained = {path.stem for path in recordings.training.pictures.paths}
    assert trained.isdisjoint(path.stem for path in recordings.pictures.paths)


def test_montage_classes_and_synsets_are_those_of_the_data_set(published: Any, run: Any) -> None:
    recordings = EEGCVPR40(folder=str(published.write())).load(1, run)
    montage = recordings.training.montage
    assert (len(montage.channels), montage.sfreq, montage.tmin, montage.unit) == (5, 1000.0, 0.02, "z")
    assert recordings.training.classes == ("German shepherd", "Egyptian cat", "lycaenid butterfly", "sorrel horse")
    assert recordings.synsets == tuple(published.labels)
    assert recordings.test.eeg.shape == (4, 5, 440)


def test_eeg_is_read_from_a_memory_map_row_by_row(published: Any, run: Any) -> None:
    test = EEGCVPR40(folder=str(published.write())).load(3, run).test
    assert isinstance(test.eeg.array, np.memmap)
    assert test.eeg[1].shape == (5, 440)
    assert test.eeg[np.array([2, 0])][:, 0, 0].tolist() == [test.trial[2], test.trial[0]]
    assert test.eeg[1:3].shape == (2, 5, 440)
    assert not isinstance(test.eeg[[0, 1]], np.memmap)


def test_pictures_are_decoded_when_asked_for(published: Any, run: Any) -> None:
    pictures = EEGCVPR40(folder=str(published.write())).load(1, run).pictures
    number = published.images.index(pictures.paths[2].stem)
    picture = pictures[2]
    assert (picture.shape, picture.dtype) == ((9, 12 + number, 3), np.uint8)
    assert abs(int(picture[4, 4, 0]) - 10 * number) <= 3  # JPEG
    pictures.paths[2].write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"JPEG cannot be read as a picture"):
        pictures[2]


def test_published_trains_on_validation_too_and_is_stamped(published: Any, run: Any, numbers_of: Any) -> None:
    folder = published.write(single=single(published))
    recordings = EEGCVPR40(folder=str(folder), protocol="published").load(1, run)
    own = {share: [row for row in rows if row < 24] for share, rows in published.lists.items()}
    assert numbers_of(recordings.training.train) == sorted(own["train"] + own["val"])
    assert numbers_of(recordings.training.val) == own["test"]
    assert numbers_of(recordings.test) == own["test"]
    assert recordings.selected_on_test
    assert notes_of(recordings) == ()


@pytest.mark.parametrize("splits", ["all", "both"])
def test_published_lists_that_would_have_test_trials_trained_on_are_refused(
    published: Any, run: Any, numbers_of: Any, splits: str
) -> None:
    agreeing = single(published)
    leaked = published.lists["test"][0]  # by the lists for all subjects; those for each agree that it tests
    published.lists["train"].append(leaked)
    folder = str(published.write(single=agreeing))
    dataset = EEGCVPR40(folder=folder, protocol="published", splits=splits)
    with pytest.raises(DataError, match=r"1 test trial of 12 by block_splits_by_image_\w+\.pth would be trained on"):
        dataset.load(1, run)
    recordings = replace(dataset, leaks="leave-out").load(1, run)
    for trials in (recordings.training.train, recordings.pool.train):
        assert set(numbers_of(trials)).isdisjoint(published.lists["test"])
    assert leaked in numbers_of(recordings.test)
    lists = [note for note in recordings.notes if "block_splits_by_image_all.pth" in note]
    assert any("1 test trial" in note for note in lists)


def test_published_takes_both_files_each_for_its_stages(published: Any, run: Any, numbers_of: Any) -> None:
    own = {"train": list(range(10)), "val": [10, 11], "test": [23]}
    published.lists = {"train": [0, 25, 50], "val": [3], "test": [22, 46]}
    recordings = EEGCVPR40(folder=str(published.write(single=own)), protocol="published").load(2, run)
    assert numbers_of(recordings.training.train) == [24 + row for row in range(12)]
    assert numbers_of(recordings.test) == numbers_of(recordings.training.val) == [47]
    assert numbers_of(recordings.pool.train) == [0, 3, 25, 50]
    assert numbers_of(recordings.pool.val) == [22, 46]


def test_lists_for_another_protocol_may_not_select_on_test_trials_either(published: Any, run: Any) -> None:
    own = single(published)
    own["test"], own["val"] = own["val"], own["test"]  # the other file validates on what this one tests on
    folder = str(published.write(single=own))
    with pytest.raises(DataError, match="12 test trials of 12 by block_splits_by_image_single"):
        EEGCVPR40(folder=folder, splits="both").load(1, run)


@pytest.mark.parametrize("protocol", EEGCVPR40.protocols)
def test_every_protocol_has_a_note_on_what_it_rules_out(published: Any, run: Any, protocol: str) -> None:
    folder = published.write(single=single(published))
    (folder / "image_order.txt").write_text("\n".join(published.images))
    recordings = EEGCVPR40(folder=str(folder), protocol=protocol).load(1, run)
    told = recordings.notes[-1]
    assert told.startswith(f"protocol {protocol}: rules out that")
    assert ("no block can be held out" in told) == (protocol != "cross-subject")
    assert recordings.selected_on_test == (protocol == "published")


def test_late_trials_test_on_the_end_of_each_block_after_a_gap(published: Any, run: Any, numbers_of: Any) -> None:
    folder = published.write()
    dataset = EEGCVPR40(folder=str(folder), protocol="late-trials")
    with pytest.raises(MissingFiles, match=r"image_order\.txt .*late-trials .*order"):
        dataset.load(2, run)
    order = [name for start in range(0, 24, 6) for name in reversed(published.images[start : start + 6])]
    (folder / "image_order.txt").write_text("".join(f"{name}.JPEG\n" for name in order))
    recordings = dataset.load(2, run)
    # of six trials of a block, shown from the last number to the first: three train, one validates, one is a gap
    blocks = [24 + start for start in range(0, 24, 6)]
    assert numbers_of(recordings.training.train) == [block + k for block in blocks for k in (3, 4, 5)]
    assert numbers_of(recordings.training.val) == [block + 2 for block in blocks]
    assert numbers_of(recordings.test) == blocks
    assert recordings.test.order.tolist() == [5, 11, 17, 23]
    assert any("left out" in note and "12 trials" in note for note in recordings.notes)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (lambda names: names[:-1], "lacks 1 picture of 24, for instance n02389026_105"),
        (lambda names: [*names, names[0]], "names n02106662_100 more than once"),
    ],
)
def test_an_order_of_presentation_that_is_not_one_is_named(published: Any, run: Any, lines: Any, told: str) -> None:
    folder = published.write()
    (folder / "image_order.txt").write_text("\n".join(lines(published.images)))
    with pytest.raises(DataError, match=rf"image_order\.txt {told}"):
        EEGCVPR40(folder=str(folder), protocol="late-trials").load(1, run)


def test_a_split_file_for_another_data_file_is_refused(published: Any, run: Any) -> None:
    published.lists["test"] = [*range(100, 112)]
    with pytest.raises(DataError, match=r"all\.pth was made for another data file: 12 numbers of 72 are beyond its 72"):
        EEGCVPR40(folder=str(published.write())).load(1, run)
    published.lists = {"train": list(range(0, 40)), "val": list(range(40, 55)), "test": list(range(55, 72))}
    with pytest.raises(DataError, match="another data file.* 24 of 24 pictures"):
        EEGCVPR40(folder=str(published.write())).load(1, run)


def test_channels_are_named_by_a_file_beside_the_data(published: Any, run: Any) -> None:
    folder = published.write()
    (folder / "channels.txt").write_text("Fp1\nFz\nCz\nPz\nOz\n")
    assert EEGCVPR40(folder=str(folder)).load(1, run).pool.montage.channels == ("Fp1", "Fz", "Cz", "Pz", "Oz")
    for content, told in (
        ("Fp1\n", "names 1 channels?, the EEG has 5"),
        ("Oz\nOz\n", "names the channel Oz more than"),
    ):
        (folder / "channels.txt").write_text(content)
        with pytest.raises(DataError, match=told):
            EEGCVPR40(folder=str(folder)).load(1, run)


def test_within_image_repairs_lists_that_overlap_with_a_note(published: Any, run: Any) -> None:
    published.lists["train"].append(published.lists["test"][0])
    recordings = EEGCVPR40(folder=str(published.write())).load(1, run)
    assert published.lists["test"][0] in recordings.test.trial
    assert published.lists["test"][0] not in recordings.training.train.trial
    assert any("1 picture in more than one share" in note for note in recordings.notes)


def test_cross_subject_trains_on_others_and_tests_on_unseen_pictures(published: Any, run: Any, numbers_of: Any) -> None:
    dataset = EEGCVPR40(folder=str(published.write()), protocol="cross-subject")
    recordings = dataset.load(2, run)
    assert dataset.permitted(2) == (1, 3)
    assert set(recordings.training.train.subject.tolist()) == {1, 3}
    assert set(recordings.training.val.subject.tolist()) == {1, 3}
    assert numbers_of(recordings.test) == [row for row in published.lists["test"] if 24 <= row < 48]
    assert numbers_of(recordings.pool.train) == numbers_of(recordings.training.train)
    trained = set(pictures_of(recordings.training.train, recordings.training.pictures))
    assert trained.isdisjoint(pictures_of(recordings.test, recordings.pictures))


def test_the_pool_is_the_same_whoever_is_evaluated(published: Any, run: Any) -> None:
    dataset = EEGCVPR40(folder=str(published.write()))
    pools = [dataset.load(subject, run).pool for subject in dataset.subjects()]
    assert all(pool.train.trial.tolist() == pools[0].train.trial.tolist() for pool in pools)
    assert all(pool.pictures == pools[0].pictures for pool in pools)


def test_the_single_file_counts_within_a_subject(published: Any, run: Any, numbers_of: Any) -> None:
    published.lists = {"train": list(range(0, 16)), "val": [16], "test": [20, 23]}
    folder = published.write(split_file="block_splits_by_image_single.pth")
    recordings = EEGCVPR40(folder=str(folder), protocol="published", splits="single").load(2, run)
    assert numbers_of(recordings.test) == [24 + 20, 24 + 23]
    assert numbers_of(recordings.training.train) == [24 + row for row in range(17)]


def test_a_list_shifted_by_a_lost_segment_is_put_right_by_picture(published: Any, run: Any) -> None:
    del published.segments[24]  # subject 2 lacks its first segment, so its numbers count other pictures
    published.lists = {share: [row for row in rows if row < 24] for share, rows in published.lists.items()}
    folder = published.write(split_file="block_splits_by_image_single.pth")
    recordings = EEGCVPR40(folder=str(folder), splits="single").load(2, run)
    tested = set(pictures_of(recordings.test, recordings.pictures))
    assert tested == {published.images[image] for image in range(5, 24, 6)}  # as the other two subjects have it
    assert any("in more than one share" in note for note in recordings.notes)


def test_segments_of_the_wrong_length_are_left_out_with_a_note(published: Any, run: Any, numbers_of: Any) -> None:
    lost, short = published.lists["test"][0], published.lists["test"][1]
    published.segments[lost]["eeg"] = torch.zeros(5, 449)
    published.segments[short]["eeg"] = torch.full((5, 455), float(short))
    recordings = EEGCVPR40(folder=str(published.write())).load(1, run)
    assert numbers_of(recordings.test) == published.lists["test"][1:4]
    assert "left out: 1 segment shorter than 450 or longer than 600 samples" in recordings.notes
    assert "1 segment ending before sample 460, where the last sample is held" in recordings.notes


def test_numbers_beyond_the_data_are_noted(published: Any, run: Any) -> None:
    published.lists["test"].append(72)
    recordings = EEGCVPR40(folder=str(published.write())).load(1, run)
    assert notes_of(recordings) == ("dropped: 1 number of the published test list beyond the data",)


def test_missing_pictures_are_refused_or_left_out_with_a_note(published: Any, run: Any) -> None:
    folder = published.write()
    (folder / "image" / "n02106662" / "n02106662_105.JPEG").unlink()
    with pytest.raises(MissingFiles, match=r"1 of 24 pictures not there, for instance .*n02106662_105\.JPEG"):
        EEGCVPR40(folder=str(folder)).load(1, run)
    recordings = EEGCVPR40(folder=str(folder), missing="leave-out").load(1, run)
    assert recordings.test.trial.tolist() == published.lists["test"][1:4]
    assert [bool(re.search("left out: 3 segments .*picture", note)) for note in notes_of(recordings)] == [True]


def test_broken_pictures_are_left_out_with_the_missing_ones(published: Any, run: Any) -> None:
    folder = published.write()
    (folder / "image" / "n02106662" / "n02106662_105.JPEG").unlink()
    (folder / "image" / "n02124075" / "n02124075_105.JPEG").write_bytes(b"no picture")
    recordings = EEGCVPR40(folder=str(folder), missing="leave-out").load(1, run)
    assert recordings.test.trial.tolist() == published.lists["test"][2:4]
    assert [bool(re.search("left out: 6 segments .*picture", note)) for note in notes_of(recordings)] == [True]


def test_participants_are_the_only_ones_used(published: Any, run: Any) -> None:
    dataset = EEGCVPR40(folder=str(published.write()), participants=(3, 1))
    assert dataset.subjects() == (1, 3)
    assert set(dataset.load(1, run).pool.train.subject.tolist()) == {1, 3}
    with pytest.raises(InvalidConfiguration, match=r"no subject 7; there are: 1, 2, 3"):
        EEGCVPR40(folder=str(published.folder), participants=(7,)).subjects()
    with pytest.raises(InvalidConfiguration, match="no subject 2"):
        dataset.load(2, run)


def test_captions_travel_with_their_pictures(published: Any, run: Any) -> None:
    folder = published.write()
    rows = "".join(f'{name}.JPEG,"a picture, number {number}"\n' for number, name in enumerate(published.images))
    (folder / "captions.csv").write_text("image,caption\n" + rows)
    recordings = EEGCVPR40(folder=str(folder)).load(1, run)
    for captions, pictures in (
        (recordings.training.captions, recordings.training.pictures),
        (recordings.captions, recordings.pictures),
    ):
        assert list(captions) == [f"a picture, number {published.images.index(path.stem)}" for path in pictures.paths]


def test_without_captions_there_are_none(published: Any, run: Any) -> None:
    recordings = EEGCVPR40(folder=str(published.write())).load(1, run)
    assert recordings.captions is None
    assert recordings.training.captions is None


def test_a_caption_that_is_missing_is_named(published: Any, run: Any) -> None:
    folder = published.write()
    (folder / "captions.csv").write_text("image,caption\nn02106662_100,a dog\n")
    with pytest.raises(DataError, match=r"captions\.csv has no caption for \d+ of \d+ pictures, for instance n0"):
        EEGCVPR40(folder=str(folder)).load(1, run)


@pytest.mark.parametrize(
    ("name", "content", "fact"),
    [
        ("captions.csv", b"picture,text\na,b\n", "image and caption are needed"),
        ("captions.csv", b"image,caption\na,\n", "line 2: image and caption are needed"),
        ("captions.csv", b"image,caption\n\xff\xfe,b\n", "comma-separated UTF-8 text"),
        ("captions.csv", b"", "image and caption are needed"),
        ("classes.csv", b"wnid\nn1\n", "wnid and name are needed"),
    ],
)
def test_a_table_that_is_something_else_is_named(published: Any, run: Any, name: str, content: Any, fact: str) -> None:
    folder = published.write()
    (folder / name).write_bytes(content)
    with pytest.raises(DataError, match=rf"{name}.*{fact}"):
        EEGCVPR40(folder=str(folder)).load(1, run)


def test_classes_that_are_not_the_forty_need_names(published: Any, run: Any) -> None:
    published.labels[1] = "n90000001"
    folder = published.write()
    with pytest.raises(DataError, match=r"n90000001 is none of the 40 classes.*classes\.csv"):
        EEGCVPR40(folder=str(folder)).load(1, run)
    (folder / "classes.csv").write_text("wnid,name\nn90000001,star\n")
    classes = EEGCVPR40(folder=str(folder)).load(1, run).training.classes
    assert classes == ("German shepherd", "star", "lycaenid butterfly", "sorrel horse")


def test_lists_that_leave_nothing_to_test_are_refused(published: Any, run: Any) -> None:
    published.lists["test"] = []
    with pytest.raises(DataError, match=r"block_splits_by_image_all\.pth leaves subject 1 without test trials"):
        EEGCVPR40(folder=str(published.write())).load(1, run)


def test_a_folder_that_is_not_there_or_half_there_is_named(published: Any, tmp_path: Path) -> None:
    for dataset, fact in (
        (EEGCVPR40(), "no folder of EEGCVPR40 is given"),
        (EEGCVPR40(folder=str(tmp_path / "no")), "the folder .*no "),
        (EEGCVPR40(folder=str(tmp_path)), r"lacks eeg_5_95_std\.pth \(it has no file of EEGCVPR40\)"),
    ):
        for ask in (dataset.subjects, dataset.reads):
            with pytest.raises(MissingFiles, match=fact):
                ask()
    folder = published.write(pictures=False)
    with pytest.raises(MissingFiles, match="lacks the folder image"):
        EEGCVPR40(folder=str(folder)).subjects()
    with pytest.raises(MissingFiles, match=r"lacks eeg_14_70_std\.pth \(it has eeg_5_95_std\.pth"):
        EEGCVPR40(folder=str(folder), band="14_70_std").subjects()
    (folder / "block_splits_by_image_all.pth").unlink()
    with pytest.raises(MissingFiles, match=r"lacks block_splits_by_image_all\.pth"):
        EEGCVPR40(folder=str(folder)).subjects()


@pytest.mark.parametrize(
    "wrong", [{"protocol": "random"}, {"band": "1_2"}, {"splits": "none"}, {"leaks": "ignore"}, {"missing": "ignore"}]
)
def test_settings_that_there_are_not_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidConfiguration, match="there are: "):
        EEGCVPR40(**wrong)


def test_reads_tells_pictures_captions_and_lists_apart(published: Any) -> None:
    folder = published.write()
    digests = [EEGCVPR40(folder=str(folder)).reads()["folder"]]
    (folder / "captions.csv").write_text("image,caption\na,b\n")
    digests.append(EEGCVPR40(folder=str(folder)).reads()["folder"])
    (folder / "image" / "n02106662" / "n02106662_100.JPEG").write_bytes(b"other")
    digests.append(EEGCVPR40(folder=str(folder)).reads()["folder"])
    published.lists["test"].pop()
    torch.save({"splits": [published.lists]}, folder / "block_splits_by_image_all.pth")
    digests.append(EEGCVPR40(folder=str(folder)).reads()["folder"])
    assert len(set(digests)) == 4
    assert EEGCVPR40(folder=str(folder)).reads()["folder"] == digests[-1]


def test_the_same_files_elsewhere_are_the_same_data(published: Any, tmp_path: Path) -> None:
    folder = published.write()
    before = EEGCVPR40(folder=str(folder)).reads(), EEGCVPR40(folder=str(folder)).eeg.reads()
    moved = folder.rename(tmp_path / "elsewhere")
    assert (EEGCVPR40(folder=str(moved)).reads(), EEGCVPR40(folder=str(moved)).eeg.reads()) == before


def test_a_folder_is_recognised_by_any_of_its_files(published: Any, tmp_path: Path) -> None:
    folder = published.write()
    assert EEGCVPR40.recognises(folder)
    (folder / "eeg_5_95_std.pth").unlink()
    assert EEGCVPR40.recognises(folder)  # half a data set is one still: check says what is missing
    assert not EEGCVPR40.recognises(tmp_path)
    assert not EEGCVPR40.recognises(tmp_path / "nothing")


def test_a_data_set_is_its_fields(tmp_path: Path) -> None:
    assert EEGCVPR40(folder="a") == EEGCVPR40(folder="a")
    assert hash(EEGCVPR40(folder="a")) != hash(EEGCVPR40(folder="b"))
    assert EEGCVPR40(folder="a", band="raw").eeg.path.endswith("eeg_signals_raw_with_mean_std.pth")
