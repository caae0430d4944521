from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from eegrecon import DataError, InvalidConfiguration, MissingFiles
from eegrecon.interfaces import recording_checks
from eegrecon_datasets.things_eeg2.dataset import ThingsEEG2


def dataset(things: Any, **fields: Any) -> ThingsEEG2:
    return ThingsEEG2(folder=str(things.folder), **{"trust_pickle": True, "validation": 1 / 6, **fields})


@pytest.fixture
def load(things: Any, run: Any) -> Callable[..., Any]:
    """Load a subject of the folder as it is now."""
    return lambda subject=1, **fields: dataset(things, **fields).load(subject, run)


def test_trials_know_their_picture_and_class_and_no_test_class_is_trained(things: Any, load: Any) -> None:
    things.write()
    recordings = load(2)
    training, test = recordings.training, recordings.test
    assert training.classes == ("ant", "bee", "cat", "dog", "eel", "fox", "gnu", "hen house", "ibex")
    for trials, pictures in ((training.train, training.pictures), (training.val, training.pictures)):
        for row, image in enumerate(trials.image):
            name = pictures.paths[image].parent.name.partition("_")[2]
            assert training.classes[trials.label[row]] == name
            assert trials.eeg[row][0, 0] == pytest.approx(2000 + 10 * image + 1.5)  # the mean of four repeats
    assert test.label.tolist() == [6, 7, 8]
    assert [recordings.pictures.paths[image].parent.name for image in test.image] == [
        "00001_gnu", "00002_hen_house", "00003_ibex",
    ]  # fmt: skip
    assert np.asarray(test.eeg[:])[:, 0, 0].tolist() == [2003, 2013, 2023]
    assert recordings.zero_shot
    assert test.block is None


def test_validation_holds_out_whole_concepts_which_are_the_same_for_all_subjects(things: Any, load: Any) -> None:
    things.write()
    held = {tuple(np.unique(load(subject).training.val.label)) for subject in things.subjects}
    assert len(held) == 1
    (concepts,) = held
    assert len(concepts) == 1
    assert len(load(1, validation=0.5).training.val.label) == 6
    recordings = load(1)
    assert not np.isin(recordings.training.train.label, concepts).any()
    assert sorted([*recordings.training.train.image, *recordings.training.val.image]) == list(range(12))
    assert len(load(1, validation=0.0).training.val.label) == 0
    with pytest.raises(InvalidConfiguration, match=r"a share of 1 of 6 training concepts"):
        load(1, validation=1.0)


def test_a_pool_has_all_subjects_and_leave_one_subject_out_all_others(things: Any, load: Any) -> None:
    things.write()
    within, left_out = load(1), load(1, protocol="leave-one-subject-out")
    assert set(within.training.train.subject) == {1}
    assert set(within.pool.train.subject) == {1, 2, 5}
    assert set(left_out.training.train.subject) == set(left_out.pool.train.subject) == {2, 5}
    assert set(left_out.test.subject) == {1}
    trials = np.concatenate([within.pool.train.trial, within.pool.val.trial, *(load(s).test.trial for s in (1, 2, 5))])
    assert len(np.unique(trials)) == len(trials) == 3 * (12 + 3)


def test_leave_one_subject_out_needs_others(things: Any, load: Any) -> None:
    things.subjects = (2,)
    things.write()
    with pytest.raises(InvalidConfiguration, match="holds subject 2 alone"):
        load(2, protocol="leave-one-subject-out")


def test_selection_on_the_test_trials_is_marked_and_trains_on_all_concepts(things: Any, load: Any) -> None:
    things.write()
    recordings = load(1, selection="test")
    assert recordings.selected_on_test
    assert recordings.training.val.trial.tolist() == recordings.test.trial.tolist()
    assert len(recordings.training.train.trial) == 12
    shown = [recordings.training.pictures.paths[image].name for image in recordings.training.val.image]
    assert shown == [recordings.pictures.paths[image].name for image in recordings.test.image]
    recording_checks.check(dataset(things, selection="test"), recordings, 1)


def test_channels_are_chosen_by_name_in_the_given_order(things: Any, load: Any) -> None:
    things.write()
    recordings = load(1, channels="oz+Fp1")
    assert recordings.training.montage.channels == ("Oz", "Fp1")
    assert recordings.test.eeg[0][:, 0].tolist() == pytest.approx([1003.3, 1003.0])
    with pytest.raises(InvalidConfiguration, match=r"no channel 'Cz' \(dataset\.channels\); there are: Fp1, P7"):
        load(1, channels="Cz")
    with pytest.raises(InvalidConfiguration, match=r"no channel 'P5'"):
        load(1, channels="ubp-17")


def test_the_window_is_in_seconds_from_the_picture(things: Any, load: Any) -> None:
    things.write()
    whole = load(1)
    assert (whole.test.eeg.shape, whole.training.montage.tmin, whole.training.montage.sfreq) == (
        (3, 5, 20), 0.0, pytest.approx(250),
    )  # fmt: skip
    recordings = load(1, window=(0.008, 0.02))
    assert recordings.test.eeg.shape == (3, 5, 3)  # 8, 12 and 16 ms
    assert recordings.training.montage.tmin == pytest.approx(0.008)
    assert recordings.test.eeg[0][0].tolist() == pytest.approx([1003.002, 1003.003, 1003.004], abs=1e-3)
    with pytest.raises(InvalidConfiguration, match=r"0.1 to 0.2 s \(dataset\.window\) has fewer than two samples"):
        load(1, window=(0.1, 0.2))
    with pytest.raises(InvalidConfiguration, match=r"the window 1 to 0 s is empty"):
        ThingsEEG2(window=(1.0, 0.0))


@pytest.mark.parametrize("error", [-1e-6, 1e-6])
def test_times_that_are_not_exact_move_no_edge_of_the_window(things: Any, load: Any, error: float) -> None:
    times = (np.arange(20) / 250) + error
    things.contents = {key: {"times": times} for key in things.eeg}
    things.write()
    assert load(1, window=(0.008, 0.02)).test.eeg[0][0].tolist() == pytest.approx(
        [1003.002, 1003.003, 1003.004], abs=1e-3
    )


def test_what_a_number_depends_on_is_said_in_a_note(things: Any, load: Any) -> None:
    things.write()
    protocol, described = load(1, channels="Oz+O1", train_average=2).notes
    assert protocol.startswith("protocol within-subject: rules out that a test picture or its concept")
    for fact in ("2 repeats", "7 repeats", "2 channels", "0 to 1 s", "1 training concepts"):
        assert fact in described


def test_captions_come_from_a_table_by_folder_and_file_or_are_the_concepts(things: Any, load: Any) -> None:
    folder = things.write()
    assert load(1).captions is None
    concepts = load(1, captions="concept")
    assert concepts.captions == ("gnu", "hen house", "ibex")
    names = [f"{path.parent.name}/{path.name}" for path in folder.glob("*_images/*/*.jpg")]
    lines = [f"training_images/{name},a picture of {name[6:9]}" for name in names]
    (folder / "captions.csv").write_text("image,caption\n" + "\n".join(lines))
    recordings = load(1)
    assert recordings.captions == ("a picture of gnu", "a picture of hen", "a picture of ibe")
    assert recordings.training.captions[2] == "a picture of bee"
    (folder / "captions.csv").write_text("image,caption\n" + "\n".join(lines[1:]))
    with pytest.raises(DataError, match="no caption for 1 of"):
        load(1)


def test_other_pictures_of_the_test_concepts_are_a_gallery_without_the_test_pictures(things: Any, load: Any) -> None:
    folder = things.write()
    assert load().gallery is None
    before = dataset(things).reads()
    for name in ("00001_gnu/gnu_07n.jpg", "00001_gnu/gnu_00s.jpg", "00003_ibex/ibex_01b.jpg", "00009_ant/ant_09n.jpg"):
        file = folder / "concept_images" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes((folder / "test_images" / "00001_gnu" / "gnu_00s.jpg").read_bytes())
    gallery = load().gallery
    assert gallery.label.tolist() == [6, 8]  # neither the test picture itself nor a concept of training
    assert [path.name for path in gallery.pictures.paths] == ["gnu_07n.jpg", "ibex_01b.jpg"]
    assert gallery.pictures[0].shape == (9, 12, 3)
    assert dataset(things).reads() != before


def test_pictures_must_be_as_many_as_the_eeg_has(things: Any, load: Any) -> None:
    folder = things.write()
    lost = folder / "training_images" / "00003_cat" / "cat_01s.jpg"
    content = lost.read_bytes()
    lost.unlink()
    with pytest.raises(DataError, match=r"training_images holds 11 pictures, but the EEG was recorded with 12"):
        load(1, missing="leave-out")
    lost.write_bytes(content)
    (folder / "test_images").rename(folder / "elsewhere")
    with pytest.raises(MissingFiles, match=r"lacks the folder test_images"):
        load(1)


def test_missing_and_damaged_pictures_of_files_that_name_them_can_be_left_out(things: Any, load: Any) -> None:
    things.form = "pt"
    folder = things.write()
    (folder / "training_images" / "00003_cat" / "cat_01s.jpg").unlink()
    with pytest.raises(MissingFiles, match=r"1 of 12 pictures .*00003_cat.cat_01s\.jpg.*--allow-missing-pictures"):
        load(1)
    (folder / "test_images" / "00001_gnu" / "gnu_00s.jpg").write_bytes(b"no picture")
    recordings = load(1, missing="leave-out")
    assert len(recordings.training.pictures) == 11
    assert recordings.test.label.tolist() == [7, 8]
    trials = np.concatenate([recordings.training.train.trial, recordings.training.val.trial])
    assert len(trials) == 11
    assert any("left out: 1 test picture" in note for note in recordings.notes)


def test_ubps_folder_of_pictures_is_found(things: Any, load: Any) -> None:
    things.form = "pt"
    folder = things.write()
    (folder / "Image_set_Resize").mkdir()
    (folder / "training_images").rename(folder / "Image_set_Resize" / "train_images")
    assert len(load(1).training.pictures) == 12


def test_a_test_concept_that_is_trained_is_refused(things: Any, load: Any) -> None:
    folder = things.write()
    (folder / "test_images" / "00001_gnu").rename(folder / "test_images" / "00001_ant")
    with pytest.raises(DataError, match=r"test_images has the concept ant"):
        load(1)


@pytest.mark.parametrize("protocol", ThingsEEG2.protocols)
def test_the_recordings_keep_the_contract_and_trials_of_one_session_have_a_block(
    things: Any, load: Any, protocol: str
) -> None:
    things.form = "pt"
    things.write()
    recordings = load(5, protocol=protocol, train_average=1, test_average=1, test_trials=7)
    notes = recording_checks.check(dataset(things, protocol=protocol), recordings, 5)
    assert any("none of 3 test classes occurs in training" in note for note in notes)
    assert recordings.test.block.tolist() == [0, 0, 1, 1, 2, 2, 3] * 3


def test_names_that_do_not_exist_are_refused(things: Any, load: Any) -> None:
    things.write()
    with pytest.raises(InvalidConfiguration, match="no subject 3; there are: 1, 2, 5"):
        load(3)
    with pytest.raises(InvalidConfiguration, match="no protocol 'none'"):
        ThingsEEG2(protocol="none")
    assert dataset(things).subjects() == (1, 2, 5)
    assert replace(dataset(things), participants=(5, 1)).subjects() == (1, 5)


def test_the_fingerprint_is_that_of_the_content_and_not_of_the_permission(things: Any) -> None:
    folder = things.write()
    before = dataset(things).reads()
    assert dataset(things, trust_pickle=False).reads() == before
    (folder / "captions.csv").write_text("image,caption\n")
    assert dataset(things).reads() != before
