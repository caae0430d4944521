"""The simulated EEG: what is in it, and what is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import welch
from sklearn.linear_model import LogisticRegression

from eegrecon import InvalidConfiguration
from eegrecon.testing import PlainRun
from eegrecon_shapes.world.activity import EVOKED, GAMMA, amplitudes, brain, class_power, head
from eegrecon_shapes.world.background import ELECTRODES, MAINS
from eegrecon_shapes.world.pictures import ATTRIBUTES, CLASSES, PLACES
from eegrecon_shapes.world.recording import SimulatedRecording, gallery, microvolts, session

SMALL = SimulatedRecording(subjects=2, pictures_per_class=10)


def signals(recording: SimulatedRecording, subject: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Microvolts of all trials, (n, channels, samples), and their labels."""
    image, _ = session(recording, subject)
    attributes = gallery(recording.pictures_per_class).attributes[image]
    parts = [microvolts(recording, subject, attributes, first) for first in range(0, len(image), 50)]
    return np.concatenate(parts), attributes.shape


def test_the_lead_field_has_an_average_reference_and_128_electrodes() -> None:
    field = head().field
    assert field.shape[0] == len(head().channels) == 128
    assert np.abs(field.mean(axis=0)).max() < 1e-6 * np.abs(field).max() * 10


def test_a_source_is_strongest_at_the_electrodes_above_it() -> None:
    top = head().nearest((0.0, 0.0, 1.0), 1)[0]
    outward = np.abs(head().field[:, top] @ (head().positions[top] / np.linalg.norm(head().positions[top])))
    assert head().channels[int(outward.argmax())].startswith("A1")  # A1 is the vertex of BioSemi's 128


def test_the_same_parameters_give_the_same_bytes_and_subjects_do_not_depend_on_each_other(tmp_path: Path) -> None:
    once = SMALL.prepare(PlainRun(tmp_path / "a"))
    more = SimulatedRecording(subjects=3, pictures_per_class=10).prepare(PlainRun(tmp_path / "b"))
    n = len(once["subject"])
    for name, array in once.items():
        assert np.array_equal(array, more[name][:n]), name
    assert not np.array_equal(once["eeg"][: n // 2], once["eeg"][n // 2 :])


def test_a_recording_is_standardised_per_person_and_channel(tmp_path: Path) -> None:
    arrays = SMALL.prepare(PlainRun(tmp_path))
    own = np.asarray(arrays["eeg"][arrays["subject"] == 2], dtype=float)
    assert np.abs(own.mean(axis=(0, 2))).max() < 0.01
    assert np.abs(own.std(axis=(0, 2)) - 1).max() < 0.01


def test_everybody_sees_every_picture_once(tmp_path: Path) -> None:
    arrays = SMALL.prepare(PlainRun(tmp_path))
    for subject in (1, 2):
        assert sorted(arrays["image"][arrays["subject"] == subject]) == list(range(120))


def test_the_block_design_shows_a_class_in_one_piece_and_the_random_design_does_not() -> None:
    image, block = session(SMALL, 1)
    assert all(len(set(image[block == one] // 10)) == 1 for one in np.unique(block))
    mixed, blocks = session(SimulatedRecording(pictures_per_class=10, design="random"), 1)
    assert min(len(set(mixed[blocks == one] // 10)) for one in np.unique(blocks)) > 3
    halves, parts = session(SimulatedRecording(pictures_per_class=10, blocks_per_class=2), 1)
    assert len(np.unique(parts)) == 24
    assert sorted(halves) == sorted(image)


def test_the_background_leaves_no_direction_of_the_scalp_undisturbed() -> None:
    mixed = np.linalg.eigvalsh(brain(1, 0).noise @ brain(1, 0).noise.T)
    assert np.sum(mixed > 1e-6 * mixed.max()) == 127  # all but the reference
    silent, _ = signals(SimulatedRecording(pictures_per_class=10, snr=0.0))
    quietest = np.linalg.eigvalsh(np.cov(silent.transpose(1, 0, 2).reshape(128, -1)))[0]
    assert quietest > 0.9 * ELECTRODES**2  # nothing below what every electrode picks up alone


def test_the_spectrum_has_an_alpha_peak_over_a_falling_background_and_the_mains() -> None:
    silent, _ = signals(SimulatedRecording(pictures_per_class=10, snr=0.0))
    back = head().field[:, head().nearest((0.0, -1.0, 0.25), 6)].__abs__().sum(axis=(1, 2)).argsort()[-20:]
    frequency, power = welch(silent[:, back], fs=1000.0, nperseg=500)
    power = power.mean(axis=(0, 1))
    at = {hertz: power[np.argmin(np.abs(frequency - hertz))] for hertz in (6, 10, 20, 44, 50, 56, 80)}
    assert at[10] > 2 * at[20] > 4 * at[80]
    assert at[10] > at[6]
    excess = at[50] - (at[44] + at[56]) / 2
    sine = MAINS**2 / 2 * np.mean(brain(1, 0).mains[back] ** 2) / 3  # a Hann window of 0.5 s spreads it over 3 Hz
    assert excess == pytest.approx(sine, rel=0.4)


def test_induced_power_tells_classes_apart_only_when_it_is_switched_on() -> None:
    strong, weak = int(class_power().sum(axis=1).argmax()), 0
    band = int(np.abs(class_power()[strong] - class_power()[weak]).argmax())
    gaps = {}
    for induced in (0.0, 3.0):
        eeg, label = signals(SimulatedRecording(pictures_per_class=20, induced=induced))
        site = int(np.abs(brain(1, 0).gamma[band]).argmax())
        frequency, power = welch(eeg[:, site, 150:450], fs=1000.0, nperseg=300)
        centre = (33.0, 38.0, 43.0, 55.0, 60.0, 66.0)[band]
        near = power[:, np.abs(frequency - centre) < 4].mean(axis=1)
        means = np.asarray([near[label == one].mean() for one in range(len(CLASSES))])
        gaps[induced] = np.corrcoef(means, class_power()[:, band] ** 2)[0, 1]
    assert gaps[3.0] > 0.8 > abs(gaps[0.0])


def test_balanced_sources_have_the_same_power_in_every_class_and_another_spectrum() -> None:
    whole, bands = {}, {}
    for balanced in (False, True):
        one = SimulatedRecording(pictures_per_class=20, induced=3.0, balanced=balanced)
        response, label = signals(one)
        response -= signals(replace(one, induced=0.0))[0]  # the same noise and evoked response in both
        sources = np.linalg.pinv(brain(1, 0).gamma.T) @ response  # (n, bands, samples)
        frequency, power = welch(sources, fs=1000, nperseg=response.shape[2])
        own = np.stack([power[:, i, np.abs(frequency - f) < 3].sum(axis=1) for i, f in enumerate(GAMMA)], axis=1)
        classes = np.arange(len(CLASSES))
        whole[balanced], bands[balanced] = (
            np.stack([each[label == c].mean(axis=0) for c in classes]) for each in (power.sum(axis=2), own)
        )
    told = class_power() ** 2
    assert [np.corrcoef(bands[each].ravel(), told.ravel())[0, 1] > 0.8 for each in (False, True)] == [True, True]
    assert np.corrcoef(whole[False].ravel(), told.ravel())[0, 1] > 0.8
    assert abs(np.corrcoef(whole[True].ravel(), told.ravel())[0, 1]) < 0.3


def test_the_induced_response_has_a_random_phase() -> None:
    with_it, label = signals(SimulatedRecording(pictures_per_class=20, induced=5.0))
    without, _ = signals(SimulatedRecording(pictures_per_class=20, induced=0.0))
    one = label == 3
    difference = with_it[one] - without[one]  # the same noise in both: only the induced response is left
    assert np.abs(difference).mean() > 2.5 * np.abs(difference.mean(axis=0)).mean()


def test_without_signal_a_linear_probe_is_at_chance_and_with_it_above() -> None:
    right = {}
    for snr in (0.0, 2.0):
        eeg, label = signals(SimulatedRecording(pictures_per_class=24, design="random", snr=snr))
        view = eeg[..., :440].reshape(len(eeg), 128, 22, 20).mean(axis=3)[:, ::2, 5:20].reshape(len(eeg), -1)
        view = (view - view.mean(axis=0)) / view.std(axis=0)
        train = np.arange(len(eeg)) % 2 == 0
        model = LogisticRegression(C=1e-3, max_iter=200).fit(view[train], label[train])
        right[snr] = int((model.predict(view[~train]) == label[~train]).sum())
    n = 144  # trials tested; chance is 12 of them, with a standard deviation of 3.3
    assert right[0.0] <= 12 + 4 * 3.3
    assert right[2.0] > 0.3 * n


def test_place_is_seen_by_the_opposite_side() -> None:
    names = list(PLACES)
    patterns = brain(1, 0).evoked["place"]
    assert np.corrcoef(patterns[names.index("left")], patterns[names.index("right")])[0, 1] < 0.2


def test_low_level_attributes_come_before_class() -> None:
    first = {name: part.peak for name, part in EVOKED.items() if name == part.attribute}
    shape = first.pop("shape")
    assert set(first) == set(ATTRIBUTES) - {"shape"}
    assert min(first.values()) >= 0.08
    assert max(first.values()) <= 0.13 < 0.17 <= shape < EVOKED["shape again"].peak <= 0.35


def evoked(**strengths: float) -> np.ndarray:
    """Evoked response of the first trials alone, microvolts (n, channels, samples)."""
    one = SimulatedRecording(pictures_per_class=10, induced=0.0, **strengths)
    attributes = gallery(10).attributes[session(one, 1)[0]]
    return microvolts(one, 1, attributes, 0) - microvolts(replace(one, snr=0.0), 1, attributes, 0)


def test_class_and_structure_are_scaled_each_by_its_own_field() -> None:
    neither = evoked(evoked_class=0.0, evoked_structure=0.0)
    assert np.abs(neither - neither[:1])[:, :, 100:300].max() < np.abs(neither).max()  # the same for every picture
    shape = evoked(evoked_structure=0.0) - neither
    structure = evoked(evoked_class=0.0) - neither
    assert np.abs(shape[:, :, :60]).max() < 0.2 < np.abs(structure[:, :, :100]).max()
    both = evoked(evoked_class=2.0, evoked_structure=3.0) - neither
    assert np.abs(both - 2 * shape - 3 * structure).max() < 1e-3 * np.abs(both).max()


def test_the_values_of_an_attribute_are_coded_equally_far_apart() -> None:
    for name, part in EVOKED.items():
        if part.attribute in ("", "place"):  # neighbouring places drive neighbouring sources
            continue
        weights = amplitudes(part, np.random.default_rng(0))
        apart = np.linalg.norm(weights[:, None] - weights[None], axis=2)[~np.eye(len(weights), dtype=bool)]
        assert apart.min() == pytest.approx(apart.max()), name
        assert np.linalg.norm(weights, axis=1) == pytest.approx(part.strength)


def test_drift_follows_time_and_not_pictures() -> None:
    still, _ = signals(SimulatedRecording(pictures_per_class=10, design="random"))
    moved, _ = signals(SimulatedRecording(pictures_per_class=10, design="random", drift=3.0))
    walk = (moved - still)[:, :, 0]
    near = np.linalg.norm(np.diff(walk, axis=0), axis=1).mean()
    far = np.linalg.norm(walk[60:] - walk[:-60], axis=1).mean()
    assert far > 2 * near


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("world", 1),
        ("subjects", 0),
        ("snr", -1.0),
        ("evoked_class", -1.0),
        ("evoked_structure", 100.0),
        ("samples", 100),
        ("blocks_per_class", 60),
        ("drift", float("nan")),
    ],
)
def test_what_cannot_be_recorded_is_refused_by_name(field: str, value: float) -> None:
    with pytest.raises(InvalidConfiguration, match=field.partition("_")[0]):
        SimulatedRecording(**{field: value})
