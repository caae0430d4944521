"""The recordings of a data set of BIDS, found and opened by mne-bids: which files, whose, and their events."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eegrecon import DataError, MissingFiles
from eegrecon.resources import content_digest
from eegrecon_datasets.bids.events import named_events, picture_events
from eegrecon_datasets.mne_epochs.preparation import MneEpochsFiles
from eegrecon_datasets.mne_epochs.recordings import CutRecording, RecordingFile, at_events
from eegrecon_datasets.mne_epochs.tables import STIMULI
from eegrecon_datasets.recordings.preparation import ENDINGS

DESCRIPTION = "dataset_description.json"
HOW = f"a data set of BIDS has {DESCRIPTION} and recordings such as sub-01/eeg/sub-01_task-NAME_eeg.edf"


def load_mne_bids() -> Any:
    """Return the module ``mne_bids``.

    Raises:
        MissingFiles: it is not installed.
    """
    try:
        import mne_bids
    except ImportError as error:
        raise MissingFiles("BIDS is read by mne-bids, which is not installed: pip install 'eegrecon[bids]'") from error
    return mne_bids


def subject_numbers(labels: Collection[str]) -> dict[str, int]:
    """Return the number of each subject: its label, if all are different numbers, or else its place among them."""
    plain = {label: int(label) for label in labels if label.isascii() and label.isdigit()}
    if len(plain) == len(labels) == len({*plain.values()}):
        return plain
    return {label: number for number, label in enumerate(sorted(labels), 1)}


@dataclass(frozen=True)
class BidsFiles(MneEpochsFiles):
    """Cuts the recordings of a data set of BIDS into trials.

    The arrays are those of `MneEpochsFiles`.

    Attributes:
        task: name of the task, where there are several.
        label: column of the tables of events that names the class; ``folder`` for that of the picture.
    """

    task: str = ""
    label: str = "trial_type"

    def recordings(self) -> list[RecordingFile]:
        """Return the recordings of EEG, by path.

        The label behind ``sub-`` is the subject if all are numbers; otherwise subjects are numbered by their labels.

        Raises:
            MissingFiles: there is none, or mne-bids is not installed.
        """
        bids, root = load_mne_bids(), Path(self.folder)
        if not (root / DESCRIPTION).is_file():
            raise MissingFiles(f"{root} has no {DESCRIPTION}; {HOW}")
        found = bids.find_matching_paths(
            root, tasks=self.task or None, suffixes="eeg", datatypes="eeg", extensions=list(ENDINGS), ignore_nosub=True
        )
        if not found:
            of = f" of the task {self.task}" if self.task else ""
            raise MissingFiles(f"{root} holds no recording of EEG{of}; {HOW}")
        paths = sorted(found, key=lambda path: str(path.fpath))
        number = subject_numbers({path.subject for path in paths})
        return [RecordingFile(Path(path.fpath), number[path.subject], path.fpath.stem, False) for path in paths]

    def cut(self, file: RecordingFile, scratch: Path) -> CutRecording:
        """Return the trials of a recording, whose channels have the types that ``channels.tsv`` gives them.

        Raises:
            DataError: mne-bids cannot read it, or it has no table of events, no event or no trial.
        """
        bids = load_mne_bids()
        table = self._events(file)
        if table is None:
            raise DataError(
                f"{file.path} has no events.tsv; write one with the columns onset and stim_file, or choose "
                "the task that has one (dataset.task)"
            )
        listed = (Path(self.folder) / STIMULI).is_file()
        happened = named_events(table) if listed else picture_events(table, self.label)
        if not happened:
            raise DataError(
                f"{table} has no event {'with a name' if listed else 'that shows one picture (stim_file)'}; complete "
                f"it, or list in {STIMULI} what each event (trial_type) shows"
            )
        filtered = bool(self.low or self.high)
        extra = {"preload": str(scratch / f"{file.stem}.filtered")} if filtered else {}
        try:
            raw = bids.read_raw_bids(self._path(file), extra_params=extra, on_ch_mismatch="rename", verbose="error")
            if filtered:
                raw.filter(self.low or None, self.high or None, picks="eeg", verbose="error")
            return at_events(raw, happened, file.path, self.cutting)
        except (OSError, ValueError, RuntimeError, TypeError, LookupError, AttributeError) as error:
            line = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise DataError(f"mne-bids cannot read {file.path} ({line}); repair or remove the file") from error

    def reads(self) -> Mapping[str, str]:
        """Return the digest of the recordings, the tables beside them, and which table says what was shown.

        Raises:
            MissingFiles: there is no recording.
        """
        root = Path(self.folder)
        tables = sorted({table for file in self.recordings() for table in self._beside(file)})
        lines = [f"{table.relative_to(root)} {content_digest(table)}" for table in tables]
        lines.append(f"listed in {STIMULI}: {(root / STIMULI).is_file()}")
        return {**super().reads(), "tables": hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()}

    def _path(self, file: RecordingFile) -> Any:
        path = load_mne_bids().get_bids_path_from_fname(file.path, check=False, verbose="error")
        return path.update(root=self.folder, datatype="eeg")

    def _events(self, file: RecordingFile) -> Path | None:
        found = self._path(file).find_matching_sidecar(suffix="events", extension=".tsv", on_error="ignore")
        return None if found is None else Path(found)

    def _beside(self, file: RecordingFile) -> list[Path]:
        """Return the tables that say what a recording's channels and events are, which may lie further up."""
        path = self._path(file)
        beside = [
            path.find_matching_sidecar(suffix=suffix, extension=".tsv", on_error="ignore")
            for suffix in ("events", "channels")
        ]
        return [Path(each) for each in beside if each is not None]
