"""Recordings of other people, from any files that MNE reads, brought to the form of a data set's trials."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eegrecon import Arrays, DataError, InvalidConfiguration, MissingFiles, Preparation, Run, content_digest
from eegrecon_datasets.wording import counted

if TYPE_CHECKING:
    from mne.io import BaseRaw

ENDINGS = (".fif", ".fif.gz", ".edf", ".bdf", ".gdf", ".set", ".vhdr", ".cnt", ".mff", ".mat")
_USUAL = ("colin27_1005", "standard_1005")  # one montage, by its name of today and of before
LEAST = 0.5  # share of the channels that a file must have


@dataclass(frozen=True)
class EEGRecordings(Preparation):
    """Continuous recordings or epochs, cut into segments, for pre-training.

    Channels are matched by name (capitals and dots do not count); those that a file lacks are interpolated by MNE's
    spherical splines, and a file with fewer than half of them is refused. Then filtered, resampled, cut without
    overlap, and standardised per file and channel, as published EEGCVPR40 is.

    ``eeg`` float32 (segments, channels, samples), without unit; ``channels``: their names, as UTF-8 with a line each.

    Attributes:
        folder: with the files, in folders of its own if you like; by default ``pretraining`` where the command is run.
        channels: names and order to bring them to: a file with a name per line (the ``channels.txt`` of the data set),
            or one of MNE's montages, for instance ``biosemi128``.
        low: Hz, lower edge of the band that is kept.
        high: Hz, upper edge.
        sfreq: Hz, to which recordings are resampled.
        samples: of a segment.
    """

    folder: str = "pretraining"
    channels: str = "biosemi128"
    low: float = 5.0
    high: float = 95.0
    sfreq: float = 1000.0
    samples: int = 440

    def __post_init__(self) -> None:
        if not 0 < self.low < self.high < self.sfreq / 2 or self.samples < 1:
            raise InvalidConfiguration(
                f"eeg-recordings: a band of {self.low:g} to {self.high:g} Hz does not fit {self.sfreq:g} Hz; low must "
                "be above 0, high above low and below half of sfreq, and samples at least 1"
            )

    def reads(self) -> Mapping[str, str]:
        """Digest of the files, and of the list of channels where it is one.

        Raises:
            MissingFiles: there is no folder or no file in it.
        """
        root = Path(self.folder)
        lines = [f"{file.relative_to(root)} {content_digest(file)}" for file in self.files()]
        read = {"folder": hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()}
        return read | ({"channels": content_digest(self.channels)} if Path(self.channels).is_file() else {})

    def files(self) -> list[Path]:
        """Return the recordings, in the order of their names.

        Raises:
            MissingFiles: there is no folder or no file in it.
        """
        root = Path(self.folder)
        found = sorted(path for path in root.rglob("*") if path.name.lower().endswith(ENDINGS)) if root.is_dir() else []
        if not found:
            raise MissingFiles(
                f"{'no recordings in' if root.is_dir() else 'there is no folder'} {root.resolve()}; put files that MNE "
                f"reads ({', '.join(ENDINGS)}) there, or name their folder as pretrain.further.folder"
            )
        return found

    def prepare(self, run: Run) -> Arrays:
        """Read every file, one at a time.

        Raises:
            MissingFiles: there is no file, or MNE is not installed.
            DataError: a file cannot be read, has too few of the channels, or is shorter than a segment.
        """
        names = self.names()
        target = run.scratch / "eeg.float32"
        segments, files = 0, self.files()
        with target.open("wb") as out, run.progress(len(files), "reading recordings") as bar:
            for path in files:
                for piece in self._segments(path, names, run):
                    np.ascontiguousarray(piece, np.float32).tofile(out)
                    segments += len(piece)
                bar.advance()
        shape = (segments, len(names), self.samples)
        run.log("further recordings", files=len(files), segments=segments)
        return {
            "eeg": np.memmap(target, np.float32, "r", shape=shape),
            "channels": np.frombuffer("\n".join(names).encode(), np.uint8),
        }

    def names(self) -> tuple[str, ...]:
        """Return the channels' names in their order.

        Raises:
            InvalidConfiguration: there is neither such a file nor such a montage.
        """
        if Path(self.channels).is_file():
            return channel_names(Path(self.channels))
        mne = _mne()
        if self.channels not in mne.channels.get_builtin_montages():
            raise InvalidConfiguration(
                f"eeg-recordings: {self.channels!r} is neither a file with a channel's name per line nor a montage of "
                "MNE; name one of them as channels"
            )
        return tuple(mne.channels.make_standard_montage(self.channels).ch_names)

    def _segments(self, path: Path, names: tuple[str, ...], run: Run) -> Iterator[NDArray[np.float32]]:
        recording = self._read(path)
        self._complete(recording, names, path, run)
        high = min(self.high, 0.45 * recording.info["sfreq"])
        recording.filter(self.low, high, picks="eeg", verbose="error")
        recording.resample(self.sfreq, verbose="error")
        data = recording.get_data(picks=list(names))
        data = data[None] if data.ndim == 2 else data  # (pieces, channels, samples)
        deviation = data.std(axis=(0, 2), keepdims=True)
        data = (data - data.mean(axis=(0, 2), keepdims=True)) / np.where(deviation > 0, deviation, 1.0)
        count = data.shape[2] // self.samples
        if not count:
            raise DataError(
                f"{path} holds pieces of {data.shape[2]} samples at {self.sfreq:g} Hz, fewer than the {self.samples} "
                "of a segment; take it away or lower samples"
            )
        for piece in data:
            cut = piece[:, : count * self.samples].reshape(len(names), count, self.samples)
            yield np.asarray(cut.transpose(1, 0, 2), np.float32)

    def _read(self, path: Path) -> BaseRaw:
        mne = _mne()
        try:
            if path.name.lower().endswith(("-epo.fif", "-epo.fif.gz", "_epo.fif", "_epo.fif.gz")):
                return mne.read_epochs(path, preload=True, verbose="error")
            return mne.io.read_raw(path, preload=True, verbose="error")
        except (OSError, ValueError, RuntimeError, TypeError, LookupError, AttributeError) as error:
            raise DataError(
                f"MNE cannot read {path} ({str(error).splitlines()[0]}); repair it or take it away"
            ) from error

    def _complete(self, recording: Any, names: tuple[str, ...], path: Path, run: Run) -> None:
        """Bring a recording to the wanted channels: matched by name, the others interpolated."""
        mne = _mne()
        held = {_plain(name): name for name in recording.ch_names}
        matched = {held[_plain(name)]: name for name in names if _plain(name) in held}
        if len(matched) < LEAST * len(names):
            raise DataError(
                f"{path} has {len(matched)} of the {len(names)} channels, fewer than half; what would be interpolated "
                "is no recording: take it away, or name its channels as the data set does"
            )
        recording.pick(list(matched)).rename_channels(matched).set_channel_types(
            dict.fromkeys(matched.values(), "eeg"), verbose="error"
        )
        lacking = [name for name in names if name not in set(matched.values())]
        if lacking:
            run.note(f"{counted(len(lacking), 'channel')} of {path.name} interpolated by splines")
            shape = (len(lacking), recording.get_data().shape[-1])
            info = mne.create_info(lacking, recording.info["sfreq"], "eeg", verbose="error")
            if isinstance(recording, mne.BaseEpochs):
                empty = mne.EpochsArray(np.zeros((len(recording), *shape)), info, verbose="error")
            else:
                empty = mne.io.RawArray(np.zeros(shape), info, verbose="error")
            recording.add_channels([empty], force_update_info=True)
            recording.set_montage(_positions(names), match_case=False, verbose="error")
            recording.info["bads"] = lacking
            recording.interpolate_bads(reset_bads=True, verbose="error")


def channel_names(path: Path) -> tuple[str, ...]:
    """Read a channel's name per line.

    Raises:
        DataError: a name stands there twice.
    """
    names = tuple(line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    if twice := [name for name in names if names.count(name) > 1]:
        raise DataError(f"{path} names the channel {twice[0]} more than once; give each channel a name of its own")
    return names


def _plain(name: str) -> str:
    return name.strip(" .").lower()


def _positions(names: tuple[str, ...]) -> Any:
    """Return the first of MNE's montages that has all the channels.

    Raises:
        DataError: none has them.
    """
    mne = _mne()
    for known in sorted(mne.channels.get_builtin_montages(), key=lambda name: name not in _USUAL):
        montage = mne.channels.make_standard_montage(known)
        if {_plain(name) for name in names} <= {_plain(name) for name in montage.ch_names}:
            return montage
    raise DataError(
        "no montage of MNE has all of the channels by these names, so that none can be interpolated; name them as one "
        "of mne.channels.get_builtin_montages() does"
    )


def _mne() -> Any:
    try:
        import mne
    except ImportError as error:
        raise MissingFiles(
            "recordings are read by MNE, which is not installed: pip install 'eegrecon[recordings]'"
        ) from error
    return mne
