from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mne
import numpy as np
import pytest
from PIL import Image

NAMES = ["Fp1", "Cz", "O1", "O2"]
SFREQ = 100.0
CLASSES, EACH = ("cat", "dog"), 5  # pictures of a class


@dataclass
class Own:
    """A folder of own recordings, which a test can change before it is written."""

    folder: Path
    subjects: tuple[int, ...] = (1, 2)
    repeats: int = 2
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lines = [
            f"{name}_{number},pictures/{name}_{number}.png,{name},a {name} number {number}"
            for name in CLASSES
            for number in range(EACH)
        ]

    @property
    def events(self) -> list[str]:
        return [line.partition(",")[0] for line in self.lines]

    def order(self, subject: int) -> list[str]:
        """Events in the order of one subject's recording: every picture twice, and a response after each third."""
        rng = np.random.default_rng(subject)
        shown = [self.events[row] for row in rng.permutation(np.tile(np.arange(len(self.events)), self.repeats))]
        return [name for row, each in enumerate(shown) for name in ([each, "response"] if row % 3 == 0 else [each])]

    def value(self, subject: int, row: int) -> float:
        """Microvolts of the first channel in all samples of an event."""
        return 100.0 * subject + row

    def write_stimuli(self, header: str = "event,picture,class,caption", pictures: bool = True) -> Path:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "stimuli.csv").write_text("\n".join([header, *self.lines]))
        for number, line in enumerate(self.lines if pictures else []):
            path = self.folder / line.split(",")[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (9, 7), (20 * number, 0, 0)).save(path)
        return self.folder

    def write_epochs(self, sfreq: float = SFREQ, names: list[str] = NAMES, subjects: Any = None) -> Path:
        """Write sub-01-epo.fif …, from -0.1 to 0.5 s."""
        for subject in subjects or self.subjects:
            order = self.order(subject)
            codes = {name: code for code, name in enumerate(sorted(set(order)), 1)}
            eeg = np.zeros((len(order), len(names), round(0.6 * sfreq) + 1))
            eeg += np.array([self.value(subject, row) for row in range(len(order))])[:, None, None]
            eeg += np.arange(len(names))[:, None] + np.arange(eeg.shape[2]) / 100
            events = np.column_stack([50 * np.arange(len(order)), 0 * np.arange(len(order)), [codes[n] for n in order]])
            info = mne.create_info(names, sfreq, "eeg", verbose="error")
            made = mne.EpochsArray(eeg * 1e-6, info, events, tmin=-0.1, event_id=codes, verbose="error")
            made.save(self.folder / f"sub-{subject:02d}-epo.fif", overwrite=True, verbose="error")
        return self.folder

    def raw(self, subject: int) -> tuple[Any, list[tuple[float, str]]]:
        """A continuous recording with an event each second, at -0.1 to 0.5 s of which it has one value."""
        order = self.order(subject)
        eeg = np.zeros((len(NAMES), round((len(order) + 1) * SFREQ)))
        happened = []
        for row, name in enumerate(order):
            at = round((row + 0.5) * SFREQ)
            eeg[:, at : at + 50] = self.value(subject, row) + np.arange(len(NAMES))[:, None]
            happened.append((at / SFREQ, name))
        info = mne.create_info([*NAMES, "EOG"], SFREQ, [*["eeg"] * len(NAMES), "eog"], verbose="error")
        return mne.io.RawArray(np.vstack([eeg, 0 * eeg[:1]]) * 1e-6, info, verbose="error"), happened

    def write_raw(self, table: str = "csv", column: str = "event", ending: str = "_raw.fif") -> Path:
        """Write sub-01_raw.fif …, with annotations, or with a table of events."""
        for subject in self.subjects:
            raw, happened = self.raw(subject)
            if not table:
                onsets, names = zip(*happened, strict=True)
                raw.set_annotations(mne.Annotations(onsets, 0.0, names), verbose="error")
            raw.save(self.folder / f"sub-{subject:02d}{ending}", verbose="error")
            if table:
                mark = "\t" if table == "tsv" else ","
                lines = [mark.join(("onset", column)), *(mark.join((f"{at}", name)) for at, name in happened)]
                (self.folder / f"sub-{subject:02d}_events.{table}").write_text("\n".join(lines))
        return self.folder


@pytest.fixture
def own(tmp_path: Path) -> Own:
    """Two subjects, two classes of five pictures, each shown twice; 4 channels at 100 Hz."""
    return Own(tmp_path / "data")
