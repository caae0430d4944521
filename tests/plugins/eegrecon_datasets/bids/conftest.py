from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

SFREQ = 100
CLASSES, EACH = ("cat", "dog"), 5  # pictures of a class
COLUMNS = ("onset", "duration", "trial_type", "stim_file", "caption")


def edf(eeg: np.ndarray, names: list[str], sfreq: int) -> bytes:
    """Return a recording in the European Data Format, with a header of fixed columns and tenths of microvolts.

    Args:
        eeg: microvolts, (channels, samples), whole seconds.
        names: of the channels.
        sfreq: Hz.
    """
    number, seconds = len(names), eeg.shape[1] // sfreq
    fixed = (("0", 8), ("X X X X", 80), ("Startdate X X X X", 80), ("01.01.00", 8), ("00.00.00", 8))
    fixed += ((str(256 * (number + 1)), 8), ("", 44), (str(seconds), 8), ("1", 8), (str(number), 4))
    each = ((None, 16), ("", 80), ("uV", 8), ("-3276.8", 8), ("3276.7", 8), ("-32768", 8), ("32767", 8), ("", 80))
    each += ((str(sfreq), 8), ("", 32))
    header = "".join(text.ljust(width) for text, width in fixed)
    header += "".join((text or name).ljust(width) for text, width in each for name in names)
    samples = np.round(eeg * 10).astype("<i2").reshape(number, seconds, sfreq)
    return header.encode("ascii") + samples.transpose(1, 0, 2).tobytes()


@dataclass
class Bids:
    """A data set of BIDS, which a test can change before it is written."""

    folder: Path
    labels: tuple[str, ...] = ("01", "02")
    names: tuple[str, ...] = ("Fp1", "Cz", "O1", "EOG")
    columns: tuple[str, ...] = COLUMNS
    rows: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.pictures = [f"{name}/{name}_{number}.png" for name in CLASSES for number in range(EACH)]
        for label in self.labels:
            order = np.random.default_rng(len(self.rows)).permutation(np.tile(np.arange(len(self.pictures)), 2))
            self.rows[label] = [self.row(0.5 + at, self.pictures[one]) for at, one in enumerate(order)]

    def row(self, onset: float, picture: str) -> dict[str, str]:
        name = picture.partition("/")[0]
        return dict(zip(COLUMNS, (str(onset), "0.1", name, picture, f"a {name}, {picture[-5]}"), strict=True))

    def place(self, label: str, task: str = "images") -> Path:
        """Return the path of a subject's files up to their suffix."""
        return self.folder / f"sub-{label}" / "ses-01" / "eeg" / f"sub-{label}_ses-01_task-{task}_run-01"

    def eeg(self, label: str) -> np.ndarray:
        """Half a second of (100 · number of the subject + that of the row + that of the channel) after each event."""
        eeg = np.zeros((len(self.names), (len(self.rows[label]) + 2) * SFREQ))
        for number, row in enumerate(self.rows[label]):
            at = round(float(row["onset"]) * SFREQ)
            values = 100 * (1 + self.labels.index(label)) + number + np.arange(len(self.names))
            eeg[:, at : at + SFREQ // 2] = values[:, None]
        return eeg

    def write(self, *, task: str = "images", pictures: bool = True) -> Path:
        self.folder.mkdir(exist_ok=True)
        described = {"Name": "pictures", "BIDSVersion": "1.9.0"}
        (self.folder / "dataset_description.json").write_text(json.dumps(described))
        for label in self.labels:
            place = self.place(label, task)
            place.parent.mkdir(parents=True, exist_ok=True)
            Path(f"{place}_eeg.edf").write_bytes(edf(self.eeg(label), list(self.names), SFREQ))
            kinds = [f"{name}\t{'EOG' if name == 'EOG' else 'EEG'}\tuV" for name in self.names]
            Path(f"{place}_channels.tsv").write_text("\n".join(["name\ttype\tunits", *kinds]))
            lines = ["\t".join(row.get(name, "n/a") for name in self.columns) for row in self.rows[label]]
            Path(f"{place}_events.tsv").write_text("\n".join(["\t".join(self.columns), *lines]))
        for number, name in enumerate(self.pictures if pictures else []):
            path = self.folder / "stimuli" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (9, 7), (20 * number, 0, 0)).save(path)
        return self.folder


@pytest.fixture
def bids(tmp_path: Path) -> Bids:
    """Two subjects, two classes of five pictures, each shown twice; 3 channels of EEG and one of the eyes at 100 Hz."""
    pytest.importorskip("mne_bids", reason="BIDS is read by the extra bids")
    return Bids(tmp_path / "data")


@pytest.fixture
def load(bids: Bids, run: Any) -> Any:
    """Load a subject of the folder as it is now."""
    from eegrecon_datasets.bids.dataset import Bids as Component

    def loaded(subject: int = 1, **fields: Any) -> Any:
        run.learned.clear()
        for file in run.scratch.iterdir():
            file.unlink()
        values = {"window": (0.0, 0.49), "baseline": False, **fields}
        return Component(folder=str(bids.folder), **values).load(subject, run)

    return loaded
