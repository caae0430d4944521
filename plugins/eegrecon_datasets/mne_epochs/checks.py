"""Report on a folder of own recordings and on what it lacks."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from eegrecon import EegreconError, Finding
from eegrecon_datasets.mne_epochs.preparation import MneEpochsFiles
from eegrecon_datasets.mne_epochs.recordings import RecordingFile, eeg_channels
from eegrecon_datasets.mne_epochs.tables import STIMULI, Stimulus
from eegrecon_datasets.wording import counted

SHOWN = 6  # names of events in a finding


@dataclass
class _Seen:
    """What the recordings have told so far.

    Attributes:
        listed: what each event shows, as a table lists it; None where the recordings say so themselves.
        told: what they said.
        happened: how often each event happened.
    """

    listed: Mapping[str, Stimulus] | None
    told: dict[str, Stimulus] = field(default_factory=dict)
    happened: Counter[str] = field(default_factory=Counter)

    @property
    def stimuli(self) -> Mapping[str, Stimulus]:
        return self.told if self.listed is None else self.listed


def findings(
    folder: Path, conversion: MneEpochsFiles, listed: Callable[[], Mapping[str, Stimulus] | None]
) -> list[Finding]:
    """Check the table, every recording, and the pictures.

    Args:
        folder: that pictures are named in.
        conversion: finds and cuts the recordings.
        listed: returns what each event shows, as a table lists it; None where the recordings say so themselves.
    """
    try:
        seen = _Seen(listed())
        files = conversion.recordings()
    except EegreconError as error:
        return [Finding(False, str(error))]
    found = [] if seen.listed is None else [_summary(seen.listed, STIMULI)]
    unfiltered = replace(conversion, low=0.0, high=0.0)  # the report does not filter
    with tempfile.TemporaryDirectory() as scratch:
        for file in files:
            found += _attempt(_recording, file, unfiltered, Path(scratch), seen)
    if never := [name for name in seen.stimuli if not seen.happened[name]]:
        found.append(
            Finding(True, f"{STIMULI} lists {counted(len(never), 'event')} that no recording has{_some(never)}")
        )
    if seen.listed is None and seen.told:
        found.append(_summary(seen.told, "the recordings show"))
    return found + list(_pictures(folder, seen.stimuli))


def _summary(stimuli: Mapping[str, Stimulus], where: str) -> Finding:
    classes = len({one.label for one in stimuli.values()})
    pictures = len({one.picture for one in stimuli.values()})
    return Finding(
        True,
        f"{where}: {counted(len(stimuli), 'event')}, {counted(pictures, 'picture')}, {classes} "
        f"{'class' if classes == 1 else 'classes'}",
    )


def _attempt(check: Callable[..., Iterator[Finding]], *arguments: Any) -> list[Finding]:
    """Return the findings of a check, or its error as a finding."""
    try:
        return list(check(*arguments))
    except EegreconError as error:
        return [Finding(False, str(error))]


def _recording(file: RecordingFile, conversion: MneEpochsFiles, scratch: Path, seen: _Seen) -> Iterator[Finding]:
    recording = conversion.cut(file, scratch)
    counts = Counter(recording.events)
    seen.happened.update(counts)
    seen.told.update(recording.shown)
    shown = sum(number for name, number in counts.items() if name in seen.stimuli)
    info, epochs = recording.epochs.info, recording.epochs
    kind = "epochs" if file.epochs else "a continuous recording"
    text = (
        f"{file.path.name}: subject {file.subject}, {kind}, {counted(len(eeg_channels(epochs)), 'channel')} at "
        f"{info['sfreq']:g} Hz, {epochs.tmin:g} to {epochs.tmax:g} s; {counted(len(recording.events), 'trial')}, "
        f"{shown} {'with a picture' if seen.listed is None else f'of events in {STIMULI}'}"
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
        f"captions of {captioned} of {counted(len(stimuli), 'event')} (fine targets from captions need all), a "
        f"declared split of {declared} (for the protocol declared)",
    )
