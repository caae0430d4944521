"""A real recording: the continuous one of the EEGLAB tutorial, which is beside the project or where EEGRECON_REAL "
"says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import mne
import numpy as np
import pytest
from jobs import ROOT
from PIL import Image

from eegrecon.interfaces import recording_checks
from eegrecon_datasets.mne_epochs.dataset import MneEpochs

REAL = Path(os.environ.get("EEGRECON_REAL") or ROOT.parent / "shared" / "real")
pytestmark = pytest.mark.skipif(
    not (REAL / "eeglab_data.set").is_file(), reason=f"the real recording is not in {REAL} (EEGRECON_REAL)"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The recording with a line for the stimulus and one for the response, which are two classes here."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("eeglab_data.set", "eeglab_data.fdt"):
        (folder / name).symlink_to(REAL / name)
    (folder / "stimuli.csv").write_text("event,picture,class\nsquare,square.png,square\nrt,key.png,key press\n")
    for name in ("square", "key"):
        Image.new("RGB", (8, 8)).save(folder / f"{name}.png")
    return folder


def test_a_real_recording_is_cut_at_its_annotations(folder: Path, run: Any) -> None:
    dataset = MneEpochs(folder=str(folder), protocol="late-trials", window=(-0.1, 0.5))
    assert all(finding.ok for finding in dataset.check())
    recordings = dataset.load(1, run)
    recording_checks.check(dataset, recordings, 1)
    arrays = run.prepared(dataset.files)
    assert np.bincount(arrays["event"]).tolist() == [74, 80]  # rt and square, as its page says
    raw = mne.io.read_raw(REAL / "eeglab_data.set", verbose="error")
    assert recordings.training.montage.channels == tuple(raw.ch_names)
    assert recordings.training.montage.sfreq == 128
    trial = recordings.test.order[-1]
    data = raw[:, trial - 13 : trial + 65][0] * 1e6  # -0.1 s is 12.8 samples before the event
    expected = data - data[:, :14].mean(axis=1, keepdims=True)
    np.testing.assert_allclose(recordings.test.eeg[len(recordings.test.trial) - 1], expected, atol=1e-2)
    assert 1 < np.std(recordings.test.eeg[:]) < 100  # microvolts


def test_a_straight_line_tells_its_stimulus_from_its_response(folder: Path, run: Any) -> None:
    """Visual and motor responses are known to differ; on these trials a linear reader must do better than guessing."""
    from eegrecon_baselines.encoders.linear_reader import LinearReader

    recordings = MneEpochs(folder=str(folder), protocol="late-trials", window=(-0.1, 0.5)).load(1, run)
    reader = LinearReader("evoked")
    scores = reader.encode(reader.fit(recordings.training, run), recordings.test.signals(), run).logits
    right = (scores.argmax(axis=1) == recordings.test.label).mean()
    assert right > 0.7, right  # 31 test trials: two and a half standard errors above chance
