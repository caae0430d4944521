"""Further recordings, compared with what MNE itself computes from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mne
import numpy as np
import pytest

from eegrecon import DataError, InvalidConfiguration, MissingFiles
from eegrecon_datasets.recordings.channels import montage_with
from eegrecon_datasets.recordings.preparation import EEGRecordings

NAMES = ("Fp1", "Fp2", "C3", "Cz", "C4", "Pz", "O1", "O2")


def write(folder: Path, names: tuple[str, ...], seconds: float = 4.0, sfreq: float = 250.0, phase: complex = 1) -> Any:
    """Write a fif file whose channels are mixtures of smooth sources; return its data, (channels, samples)."""
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(0)
    time = np.arange(int(seconds * sfreq)) / sfreq
    sources = np.stack([np.sin(2 * np.pi * (7 + 3 * k) * time + k) for k in range(4)])
    data = phase * 1e-5 * (rng.standard_normal((len(names), 4)) @ sources)
    raw = mne.io.RawArray(data, mne.create_info(list(names), sfreq, "eeg", verbose="error"), verbose="error")
    raw.save(folder / "one_raw.fif", verbose="error")
    return data


def recordings(folder: Path, tmp_path: Path, **fields: Any) -> EEGRecordings:
    listed = tmp_path / "channels.txt"
    listed.write_text("\n".join(NAMES))
    chosen = {"folder": str(folder), "channels": str(listed), "low": 2.0, "high": 40.0, "sfreq": 200.0, "samples": 100}
    return EEGRecordings(**{**chosen, **fields})


def expected(raw: Any) -> Any:
    """Filtered, resampled and standardised by MNE and numpy: (segments, channels, samples)."""
    raw = raw.load_data(verbose="error").pick(list(NAMES))
    raw.filter(2.0, 40.0, verbose="error").resample(200.0, verbose="error")
    data = raw.get_data(picks=list(NAMES))
    data = (data - data.mean(axis=1, keepdims=True)) / data.std(axis=1, keepdims=True)
    return data[:, :800].reshape(8, 8, 100).transpose(1, 0, 2)


def test_channels_are_matched_by_name_in_the_configured_order(tmp_path: Path, run: Any) -> None:
    folder = tmp_path / "pretraining"
    write(folder, ("O2.", "CZ", "extra", "fp1", "Fp2", "C3", "c4", "PZ", "O1"))
    arrays = recordings(folder, tmp_path).prepare(run)
    assert bytes(arrays["channels"]).decode().split("\n") == list(NAMES)
    raw = mne.io.read_raw(folder / "one_raw.fif", verbose="error")
    raw.load_data(verbose="error").rename_channels(
        {"O2.": "O2", "CZ": "Cz", "fp1": "Fp1", "c4": "C4", "PZ": "Pz"}, verbose="error"
    )
    np.testing.assert_allclose(arrays["eeg"], expected(raw), atol=1e-4)
    assert run.notes == []


def test_missing_channels_are_interpolated_by_splines_and_noted(tmp_path: Path, run: Any) -> None:
    folder = tmp_path / "pretraining"
    data = write(folder, NAMES[:6])
    arrays = recordings(folder, tmp_path).prepare(run)
    info = mne.create_info(list(NAMES), 250.0, "eeg", verbose="error")
    raw = mne.io.RawArray(np.concatenate([data, np.zeros((2, data.shape[1]))]), info, verbose="error")
    raw.set_montage(montage_with(NAMES), verbose="error")
    raw.info["bads"] = ["O1", "O2"]
    raw.interpolate_bads(verbose="error")
    np.testing.assert_allclose(arrays["eeg"], expected(raw), atol=1e-3)
    (note,) = run.notes
    assert "2 channels of one_raw.fif interpolated" in note


def test_a_file_with_fewer_than_half_of_the_channels_is_refused(tmp_path: Path, run: Any) -> None:
    folder = tmp_path / "pretraining"
    write(folder, NAMES[:3])
    with pytest.raises(DataError, match=r"one_raw\.fif has 3 of the 8 channels"):
        recordings(folder, tmp_path).prepare(run)


def test_epochs_are_cut_epoch_by_epoch(tmp_path: Path, run: Any) -> None:
    folder = tmp_path / "pretraining"
    folder.mkdir()
    data = np.random.default_rng(1).standard_normal((3, 8, 500))
    epochs = mne.EpochsArray(data, mne.create_info(list(NAMES), 200.0, "eeg", verbose="error"), verbose="error")
    epochs.save(folder / "some-epo.fif", verbose="error")
    assert recordings(folder, tmp_path).prepare(run)["eeg"].shape == (3 * 5, 8, 100)


def test_files_that_cannot_be_used_are_named(tmp_path: Path, run: Any) -> None:
    with pytest.raises(MissingFiles, match=r"nowhere; .*MNE.*pretrain\.further\.folder"):
        recordings(tmp_path / "nowhere", tmp_path).reads()
    folder = tmp_path / "pretraining"
    write(folder, NAMES, seconds=1.0)
    with pytest.raises(DataError, match=r"one_raw\.fif .*200 samples at 200 Hz.*300"):
        recordings(folder, tmp_path, samples=300).prepare(run)
    (folder / "broken_raw.fif").write_bytes(b"no recording")
    with pytest.raises(DataError, match=r"MNE cannot read .*broken_raw\.fif"):
        recordings(folder, tmp_path).prepare(run)


def test_a_file_of_complex_numbers_is_refused(tmp_path: Path, run: Any) -> None:
    write(tmp_path / "pretraining", NAMES, phase=1j)
    with pytest.raises(DataError, match=r"one_raw\.fif holds complex numbers"):
        recordings(tmp_path / "pretraining", tmp_path).prepare(run)


def test_settings_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfiguration, match="60 Hz does not fit 100 Hz"):
        recordings(tmp_path, tmp_path, sfreq=100.0, high=60.0)
    with pytest.raises(InvalidConfiguration, match="'no-such-cap' .* montage"):
        recordings(tmp_path, tmp_path, channels="no-such-cap").names()
