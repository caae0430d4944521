"""The memory that a loader takes does not grow with the number of trials, as numpy and Python report it."""

from __future__ import annotations

import json
import pickle
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mne
import numpy as np
import pytest
import torch

from eegrecon.testing import PlainRun
from eegrecon_datasets.bids.recordings import BidsFiles
from eegrecon_datasets.mne_epochs.preparation import MneEpochsFiles
from eegrecon_datasets.things_eeg2.partition import ThingsPartition

FEW = 1_000
CHANNELS, SAMPLES = 8, 100
TRIAL = CHANNELS * SAMPLES * 4  # bytes
INDICES = 700  # bytes of a trial that are not EEG: its numbers, and the rows that it averages
TABLE = 900  # more of BIDS: mne-bids keeps each row of the table of events, as do we for a while


def things_npy(folder: Path, trials: int) -> Callable[[PlainRun], Any]:
    content = {"preprocessed_eeg_data": np.zeros((trials // 4, 4, CHANNELS, SAMPLES), np.float32)}
    (folder / "sub-01").mkdir()
    (folder / "sub-01" / "preprocessed_eeg_training.npy").write_bytes(pickle.dumps(content, protocol=4))
    return ThingsPartition(str(folder), "training", average=1, trust_pickle=True).prepare


def things_pt(folder: Path, trials: int) -> Callable[[PlainRun], Any]:
    (folder / "sub-01").mkdir()
    content = {"eeg": np.zeros((trials // 4, 4, CHANNELS, SAMPLES), np.float32)}
    torch.save(content, folder / "sub-01" / "train.pt", pickle_protocol=5)
    return ThingsPartition(str(folder), "training", average=1, trust_pickle=True).prepare


def epochs(folder: Path, trials: int) -> Callable[[PlainRun], Any]:
    events = np.column_stack([np.arange(trials) * (SAMPLES + 1), np.zeros(trials, int), np.ones(trials, int)])
    info = mne.create_info(CHANNELS, 100.0, "eeg", verbose="error")
    made = mne.EpochsArray(np.zeros((trials, CHANNELS, SAMPLES)), info, events, event_id={"a": 1}, verbose="error")
    made.save(folder / "sub-01-epo.fif", verbose="error")
    return MneEpochsFiles(str(folder)).prepare


def continuous(folder: Path, trials: int) -> Callable[[PlainRun], Any]:
    info = mne.create_info(CHANNELS, 100.0, "eeg", verbose="error")
    raw = mne.io.RawArray(np.zeros((CHANNELS, (trials + 2) * SAMPLES)), info, verbose="error")
    raw.save(folder / "sub-01_raw.fif", verbose="error")
    lines = [f"{number + 1},a" for number in range(trials)]
    (folder / "sub-01_events.csv").write_text("\n".join(["onset,event", *lines]))
    return MneEpochsFiles(str(folder)).prepare


def bids(folder: Path, trials: int) -> Callable[[PlainRun], Any]:
    pytest.importorskip("mne_bids", reason="BIDS is read by the extra bids")
    place = folder / "sub-01" / "eeg" / "sub-01_task-a"
    place.parent.mkdir(parents=True)
    (folder / "dataset_description.json").write_text(json.dumps({"Name": "zeros", "BIDSVersion": "1.9.0"}))
    info = mne.create_info(CHANNELS, 100.0, "eeg", verbose="error")
    raw = mne.io.RawArray(np.zeros((CHANNELS, (trials + 2) * SAMPLES)), info, verbose="error")
    raw.save(f"{place}_eeg.fif", verbose="error")
    lines = [f"{number + 1}\t0.1\ta\ta.png" for number in range(trials)]
    Path(f"{place}_events.tsv").write_text("\n".join(["onset\tduration\ttrial_type\tstim_file", *lines]))
    return BidsFiles(str(folder)).prepare


@pytest.mark.parametrize(
    ("written", "many"),
    [(things_npy, 20_000), (things_pt, 20_000), (epochs, 4_000), (continuous, 4_000), (bids, 4_000)],
)
def test_memory_is_flat_from_a_thousand_trials_on(
    tmp_path: Path, written: Callable[[Path, int], Callable[[PlainRun], Any]], many: int
) -> None:
    """Up to twenty thousand trials; MNE reads one at a time, which takes a minute for as many, so they are fewer."""
    peaks = {}
    for trials in (FEW, FEW, many):  # the first one imports what is needed
        folder = tmp_path / f"{len(peaks)}-{trials}"
        scratch = folder / "scratch"
        scratch.mkdir(parents=True, exist_ok=True)
        data = folder / f"data{len(list(folder.iterdir()))}"
        data.mkdir()
        prepare = written(data, trials)
        tracemalloc.start()
        prepare(PlainRun(scratch))
        peaks[trials] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    grown = (peaks[many] - peaks[FEW]) / (many - FEW)
    limit = INDICES + TABLE * (written is bids)
    assert grown < limit < TRIAL, f"{grown:.0f} bytes for each further trial of {TRIAL} bytes"
