"""Report on a folder of own recordings and on what it lacks."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eegrecon import EegreconError, Finding
from eegrecon_datasets.mne_epochs.recordings import Cutting, RecordingFile, cut, eeg_channels, recording_files
from eegrecon_datasets.mne_epochs.tables import STIMULI, Stimulus, read_stimuli
from eegrecon_datasets.wording import counted

if TYPE_CHECKING:
    from eegrecon_datasets.mne_epochs.dataset import MneEpochs

SHOWN = 6  # names of events in a finding


def findings(dataset: MneEpochs) -> list[Finding]:
    """Check the table, every recording, and the pictures."""
    folder = Path(dataset.folder)
    try:
        stimuli = read_stimuli(folder)
        files = recording_files(folder)
    except EegreconError as error:
        return [Finding(False, str(error))]
    classes = len({one.label for one in stimuli.values()})
    pictures = len({one.picture for one in stimuli.values()})
    found = [
        Finding(
            True,
            f"{STIMULI}: {counted(len(stimuli), 'event')}, {counted(pictures, 'picture')}, {classes} "
            f"{'class' if classes == 1 else 'classes'}",
        )
    ]
    happened: Counter[str] = Counter()
    cutting = dataset.files.cutting
    unfiltered = Cutting(cutting.window, 0.0, 0.0, cutting.baseline, cutting.sfreq)  # the report does not filter
    with tempfile.TemporaryDirectory() as scratch:
        for file in files:
            found += _attempt(_recording, file, unfiltered, Path(scratch), stimuli, happened)
    if never := [name for name in stimuli if not happened[name]]:
        found.append(
            Finding(True, f"{STIMULI} lists {counted(len(never), 'event')} that no recording has{_some(never)}")
        )
    return found + list(_pictures(folder, stimuli))


def _attempt(check: Callable[..., Iterator[Finding]], *arguments: Any) -> list[Finding]:
    """Return the findings of a check, or its error as a finding."""
    try:
        return list(check(*arguments))
    except EegreconError as error:
        return [Finding(False, str(error))]


def _recording(
    file: RecordingFile, cutting: Cutting, scratch: Path, stimuli: Mapping[str, Stimulus], happened: Counter[str]
) -> Iterator[Finding]:
    recording = cut(file, cutting, scratch)
    counts = Counter(recording.events)
    happened.update(counts)
    shown = sum(number for name, number in counts.items() if name in stimuli)
    info, epochs = recording.epochs.info, recording.epochs
    kind = "epochs" if file.epochs else "a continuous recording"
    text = (
        f"{file.path.name}: subject {file.subject}, {kind}, {counted(len(eeg_channels(epochs)), 'channel')} at "
        f"{info['sfreq']:g} Hz, {epochs.tmin:g} to {epochs.tmax:g} s; {counted(len(recording.events), 'trial')}, "
        f"{shown} of events in {STIMULI}"
    )
    if recording.dropped:
        text += f"; {counted(recording.dropped, 'event')} without a whole good trial"
    yield Finding(shown > 0, text if shown else f"{text}; it has the events{_some(list(counts))}")


def _some(names: list[str]) -> str:
    return f" ({', '.join(names[:SHOWN])}{' …' if len(names) > SHOWN else ''})"


def _pictures(folder: Path, stimuli: Mapping[str, Stimulus]) -> Iterator[Finding]:
    names = list(dict.fromkeys(one.picture for one in stimuli.values()))
    if lost := [name for name in names if not (folder / name).is_file()]:
        yield Finding(
            False, f"{len(lost)} of {counted(len(names), 'picture')} missing, for instance {folder / lost[0]}"
        )
    else:
        yield Finding(True, f"all {counted(len(names), 'picture')} are there")
    captioned = sum(bool(one.caption) for one in stimuli.values())
    declared = sum(bool(one.split) for one in stimuli.values())
    yield Finding(
        True,
        f"{STIMULI}: captions of {captioned} of {counted(len(stimuli), 'event')} (fine targets from captions need "
        f"all), a declared split of {declared} (for the protocol declared)",
    )
