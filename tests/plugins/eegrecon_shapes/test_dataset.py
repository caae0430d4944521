"""Who trains and who tests in the embedded world, and the same world in the files of EEGCVPR40."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from eegrecon import InvalidConfiguration, Trials, UsageError
from eegrecon.preprocessing import noise_covariance, whitening
from eegrecon.testing import PlainRun
from eegrecon_shapes.dataset import SHRINK, Shapes, block_shares, late_shares, picture_shares
from eegrecon_shapes.world.captions import parse
from eegrecon_shapes.world.pictures import CLASSES
from eegrecon_shapes.world.recording import SimulatedRecording, gallery

RECORDING = SimulatedRecording(subjects=3, pictures_per_class=10, blocks_per_class=3)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> PlainRun:
    """A run that has recorded once for all tests."""
    return PlainRun(tmp_path_factory.mktemp("recording"))


def of(protocol: str) -> Shapes:
    return Shapes(protocol=protocol, recording=RECORDING)


def shown(run: PlainRun, trials: Trials) -> set[int]:
    """Numbers in the gallery of the pictures that these trials saw."""
    return set(np.asarray(run.prepared(RECORDING)["image"])[trials.trial].tolist())


@pytest.mark.parametrize("protocol", Shapes.protocols)
def test_test_trials_are_in_no_training(protocol: str, run: PlainRun) -> None:
    for subject in (1, 2, 3):
        data = of(protocol).load(subject, run)
        test = set(data.test.trial.tolist())
        for training in (data.training, data.pool):
            train, val = set(training.train.trial.tolist()), set(training.val.trial.tolist())
            assert test.isdisjoint(train | val)
            assert train.isdisjoint(val)
        assert set(data.test.subject.tolist()) == {subject}


def test_late_trials_are_the_last_of_their_block_after_a_gap() -> None:
    block, order = np.repeat([0, 1], 50), np.random.default_rng(0).permutation(100)
    order = np.concatenate([np.sort(order)[:50], np.sort(order)[50:]])[::-1]  # backwards, so that rows are not times
    subject = np.ones(100, int)
    share = late_shares(subject, block, order)
    for one in (0, 1):
        in_time = share[block == one][np.argsort(order[block == one])]
        assert in_time.tolist() == [0] * 32 + [1] * 4 + [3] * 4 + [2] * 10


def test_the_gap_is_in_no_share_and_its_pictures_are_nobodys_targets(run: PlainRun) -> None:
    data = of("late-trials").load(1, run)
    used = np.concatenate([data.pool.train.trial, data.pool.val.trial])
    own = np.flatnonzero(np.asarray(run.prepared(RECORDING)["subject"]) == 1)
    gap = np.setdiff1d(own, np.concatenate([used, data.test.trial]))
    assert len(gap)
    assert len(data.training.pictures) == len(shown(run, data.pool.train) | shown(run, data.pool.val))


def test_held_out_blocks_have_no_trial_in_training(run: PlainRun) -> None:
    for subject in (1, 2, 3):
        data = of("held-out-blocks").load(subject, run)
        train, val = data.training.train, data.training.val
        shares = [{*zip(t.subject.tolist(), t.block.tolist(), strict=True)} for t in (train, val, data.test)]
        assert len(set.union(*shares)) == sum(map(len, shares))
        for trials in (train, val, data.test):
            assert set(trials.label.tolist()) == set(range(len(CLASSES)))


def test_held_out_blocks_of_a_mixed_recording_are_blocks_of_all_classes() -> None:
    subject, block = np.ones(200, int), np.repeat(np.arange(20), 10)
    share = block_shares(subject, block, np.zeros(200, int))
    assert np.bincount(share[::10]).tolist() == [14, 2, 4]
    assert all(len(np.unique(share[block == one])) == 1 for one in range(20))


@pytest.mark.parametrize("protocol", ["within-image", "cross-subject"])
def test_test_pictures_were_seen_in_nobodys_training(protocol: str, run: PlainRun) -> None:
    data = of(protocol).load(2, run)
    for part in (data.pool.train, data.pool.val, data.training.train):
        assert shown(run, data.test).isdisjoint(shown(run, part))


def test_random_trials_let_the_pool_meet_test_pictures_but_not_the_persons_own_training(run: PlainRun) -> None:
    data = of("random-trials").load(1, run)
    assert shown(run, data.test) & shown(run, data.pool.train)
    assert shown(run, data.test).isdisjoint(shown(run, data.training.train))


def test_cross_subject_trains_on_all_others(run: PlainRun) -> None:
    dataset = of("cross-subject")
    data = dataset.load(2, run)
    assert dataset.permitted(2) == (1, 3)
    assert set(data.training.train.subject.tolist()) == set(data.pool.val.subject.tolist()) == {1, 3}


def test_the_pool_does_not_depend_on_who_is_evaluated(run: PlainRun) -> None:
    one, other = of("within-image").load(1, run), of("within-image").load(3, run)
    assert np.array_equal(one.pool.train.trial, other.pool.train.trial)
    assert np.array_equal(one.pool.train.image, other.pool.train.image)
    assert set(one.pool.train.subject.tolist()) == {1, 2, 3}


@pytest.mark.parametrize("protocol", Shapes.protocols)
def test_pictures_captions_and_labels_travel_together(protocol: str, run: PlainRun) -> None:
    data = of(protocol).load(3, run)
    album = gallery(10)
    for trials, pictures, captions in (
        (data.training.train, data.training.pictures, data.training.captions),
        (data.pool.val, data.pool.pictures, data.pool.captions),
        (data.test, data.pictures, data.captions),
    ):
        assert captions is not None
        assert len(captions) == len(pictures)
        true = np.asarray(run.prepared(RECORDING)["image"])[trials.trial]
        for row in range(0, len(true), 7):
            picture = int(trials.image[row])
            assert np.array_equal(pictures[picture], album.pixels[true[row]])
            assert parse(captions[picture]) == album.attributes.words(int(true[row]))
            assert data.training.classes[trials.label[row]] == parse(captions[picture])["shape"]


def test_training_pictures_hold_no_test_picture(run: PlainRun) -> None:
    data = of("within-image").load(1, run)
    test = {data.pictures[row].tobytes() for row in range(len(data.pictures))}
    assert test.isdisjoint(data.training.pictures[row].tobytes() for row in range(len(data.training.pictures)))


def test_fifty_pictures_are_divided_36_4_10_in_every_class() -> None:
    shares = picture_shares(50, 0).reshape(len(CLASSES), 50)
    assert all(np.bincount(row).tolist() == [36, 4, 10] for row in shares)


def test_eeg_is_cut_to_440_samples_and_read_as_float32(run: PlainRun) -> None:
    data = of("within-image").load(1, run)
    rows = np.asarray([3, 0])
    part = data.test.eeg[rows]
    assert part.shape == (2, 128, 440)
    assert part.dtype == np.float32
    assert data.test.eeg.shape == (len(data.test.trial), 128, 440)
    whole = run.prepared(RECORDING)["eeg"][data.test.trial[rows]]
    assert np.array_equal(part, whole[:, :, 20:460].astype(np.float32))
    assert data.training.montage.tmin == pytest.approx(0.02)
    assert len(data.training.montage.channels) == 128


def test_the_export_holds_the_same_world(tmp_path: Path, run: PlainRun) -> None:
    of("within-image").export(tmp_path, "eegcvpr40", run)
    file = torch.load(tmp_path / "eeg_5_95_std.pth", weights_only=True)
    arrays = run.prepared(RECORDING)
    assert len(file["dataset"]) == len(arrays["subject"])
    by_place = {
        (int(s), int(i)): row for row, (s, i) in enumerate(zip(arrays["subject"], arrays["image"], strict=True))
    }
    for segment in file["dataset"][::37]:
        row = by_place[segment["subject"], segment["image"]]
        assert segment["eeg"].dtype == torch.float32
        assert np.array_equal(segment["eeg"].numpy(), arrays["eeg"][row].astype(np.float32))
        assert segment["label"] == segment["image"] // 10
        assert file["images"][segment["image"]].startswith(file["labels"][segment["label"]])
    with (tmp_path / "classes.csv").open() as table:
        assert {row["wnid"]: row["name"] for row in csv.DictReader(table)} == dict(
            zip(file["labels"], CLASSES, strict=True)
        )
    with (tmp_path / "captions.csv").open() as table:
        said = {row["image"]: row["caption"] for row in csv.DictReader(table)}
    album = gallery(10)
    for number, name in enumerate(file["images"]):
        assert parse(said[name]) == album.attributes.words(number)
        if number % 10 == 0:
            picture = np.asarray(Image.open(tmp_path / "image" / name.partition("_")[0] / f"{name}.JPEG"))
            assert np.abs(picture.astype(int) - album.pixels[number]).mean() < 4


def test_the_exported_lists_divide_by_picture_and_agree_with_the_protocol(tmp_path: Path, run: PlainRun) -> None:
    of("within-image").export(tmp_path, "eegcvpr40", run)
    file = torch.load(tmp_path / "eeg_5_95_std.pth", weights_only=True)
    image = np.asarray([segment["image"] for segment in file["dataset"]])
    subject = np.asarray([segment["subject"] for segment in file["dataset"]])
    all_ = torch.load(tmp_path / "block_splits_by_image_all.pth", weights_only=True)["splits"][0]
    single = torch.load(tmp_path / "block_splits_by_image_single.pth", weights_only=True)["splits"][0]
    data = of("within-image").load(2, run)
    assert set(image[all_["test"]].tolist()) == shown(run, data.test)
    assert sorted(np.concatenate(list(all_.values())).tolist()) == list(range(len(image)))
    for person in (1, 2, 3):
        assert set(image[subject == person][single["train"]].tolist()) == set(image[all_["train"]].tolist())


def test_unknown_requests_are_answered_with_what_there_is(tmp_path: Path, run: PlainRun) -> None:
    with pytest.raises(
        InvalidConfiguration, match="within-image, random-trials, late-trials, held-out-blocks, cross-subject"
    ):
        Shapes(protocol="within-trial")
    with pytest.raises(InvalidConfiguration, match="two people"):
        Shapes(protocol="cross-subject", recording=SimulatedRecording(subjects=1))
    with pytest.raises(InvalidConfiguration, match="three blocks of each class"):
        Shapes(protocol="held-out-blocks")
    with pytest.raises(InvalidConfiguration, match="1 to 3"):
        of("within-image").load(4, run)
    with pytest.raises(UsageError, match="eegcvpr40"):
        of("within-image").export(tmp_path, "bids", run)


def test_noise_is_white_in_the_training_trials_of_each_person(run: PlainRun) -> None:
    plain = of("within-image").load(2, run).training.train
    normalised = replace(of("within-image"), mvnn=True).load(2, run).training.train
    rows = np.arange(len(plain.label))
    noise = noise_covariance(normalised.eeg, normalised.label)
    power, direction = np.linalg.eigh(noise_covariance(plain.eeg, plain.label))
    expected = (direction * (power / (power + SHRINK * power.mean()))) @ direction.T  # white but for the shrinkage
    np.testing.assert_allclose(noise, expected, atol=1e-3)
    assert normalised.eeg[rows[:3]].dtype == np.float32
    np.testing.assert_allclose(normalised.eeg[rows[:3]], normalised.eeg[rows][:3], rtol=1e-6)


def test_a_person_without_training_trials_is_normalised_by_the_others(run: PlainRun) -> None:
    mvnn = replace(of("cross-subject"), mvnn=True)
    data, plain = mvnn.load(1, run), of("cross-subject").load(1, run)
    noise = [
        noise_covariance(plain.pool.train.eeg[np.flatnonzero(plain.pool.train.subject == other)],
                         plain.pool.train.label[plain.pool.train.subject == other])
        for other in (2, 3)
    ]  # fmt: skip
    expected = whitening(np.mean(noise, axis=0), SHRINK) @ plain.test.eeg[np.arange(4)]
    np.testing.assert_allclose(data.test.eeg[np.arange(4)], expected, atol=1e-4)


def test_a_recording_at_a_lower_rate_is_the_filtered_one(run: PlainRun, tmp_path: Path) -> None:
    slow = Shapes(recording=replace(RECORDING, sfreq=250))
    data, whole = slow.load(1, PlainRun(tmp_path)), of("within-image").load(1, run)
    assert data.test.eeg.shape[1:] == (128, 110)
    assert data.training.montage.sfreq == 250
    fast = whole.test.eeg[np.arange(20)]
    kept = np.asarray(data.test.eeg[np.arange(20)])
    spectrum = [np.abs(np.fft.rfft(eeg, axis=2)[..., 1:25]) / eeg.shape[2] for eeg in (fast, kept)]  # 2 to 55 Hz
    ratio = spectrum[1].mean(axis=(0, 1)) / spectrum[0].mean(axis=(0, 1))
    np.testing.assert_allclose(ratio / ratio[0], 1, atol=0.1)
    assert np.corrcoef(fast[..., ::4].ravel(), kept.ravel())[0, 1] > 0.95


def test_a_recording_at_a_lower_rate_is_not_written_in_a_format_of_1_khz(run: PlainRun, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="from 1000 Hz and this recording has 250"):
        Shapes(recording=replace(RECORDING, sfreq=250)).export(tmp_path, "eegcvpr40", run)
