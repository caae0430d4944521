"""The preparation that converts further recordings, in any format that MNE reads, into segments like a data set's."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eegrecon import Arrays, Count, DataError, InvalidConfiguration, MissingFiles, Positive, Preparation, Run
from eegrecon.resources import content_digest
from eegrecon_datasets.recordings.channels import channel_names, complete_channels, load_mne

if TYPE_CHECKING:
    from mne.io import BaseRaw

ENDINGS = (".fif", ".fif.gz", ".edf", ".bdf", ".gdf", ".set", ".vhdr", ".cnt", ".mff", ".mat")
EPOCHS_ENDINGS = ("-epo.fif", "-epo.fif.gz", "_epo.fif", "_epo.fif.gz")


@dataclass(frozen=True)
class EEGRecordings(Preparation):
    """Continuous recordings or epochs, cut into segments, for pre-training.

    Channels are matched by name (ignoring case and dots); those that a file lacks are interpolated by MNE's spherical
    splines, and a file with fewer than half of them is refused. The recording is then filtered, resampled, cut without
    overlap, and standardised per file and channel, like the published EEGCVPR40.

    The arrays are ``eeg`` float32 (segments, channels, samples), without unit, and ``channels``, the names as UTF-8
    with one per line.

    Attributes:
        folder: of the files, which may be in subfolders; by default ``pretraining`` in the working directory.
        channels: names and order of the channels: a file with a name per line (the ``channels.txt`` of the data set),
            or one of MNE's montages, for instance ``biosemi128``.
        low: Hz, lower edge of the pass band.
        high: Hz, upper edge of the pass band.
        sfreq: Hz, sampling frequency after resampling.
        samples: of a segment.
    """

    folder: str = "pretraining"
    channels: str = "biosemi128"
    low: Positive = 5.0
    high: Positive = 95.0
    sfreq: Positive = 1000.0
    samples: Count = 440

    def __post_init__(self) -> None:
        if not 0 < self.low < self.high < self.sfreq / 2 or self.samples < 1:
            raise InvalidConfiguration(
                f"eeg-recordings: a band of {self.low:g} to {self.high:g} Hz does not fit {self.sfreq:g} Hz; low must "
                "be above 0, high above low and below half of sfreq, and samples at least 1"
            )

    def reads(self) -> Mapping[str, str]:
        """Return the digest of the files, and of the list of channels if it is a file.

        Raises:
            MissingFiles: the folder does not exist or holds no recordings.
        """
        root = Path(self.folder)
        lines = [f"{file.relative_to(root)} {content_digest(file)}" for file in self.files()]
        digests = {"folder": hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()}
        return digests | ({"channels": content_digest(self.channels)} if Path(self.channels).is_file() else {})

    def files(self) -> list[Path]:
        """Return the recordings, sorted by path.

        Raises:
            MissingFiles: the folder does not exist or holds no recordings.
        """
        root = Path(self.folder)
        files = sorted(path for path in root.rglob("*") if path.name.lower().endswith(ENDINGS)) if root.is_dir() else []
        if not files:
            raise MissingFiles(
                f"{'no recordings in' if root.is_dir() else 'there is no folder'} {root.resolve()}; put files that MNE "
                f"reads ({', '.join(ENDINGS)}) there, or name their folder as pretrain.further.folder"
            )
        return files

    def prepare(self, run: Run) -> Arrays:
        """Convert the files, one at a time.

        Raises:
            MissingFiles: there are no files, or MNE is not installed.
            DataError: a file cannot be read, has too few of the channels, or is shorter than a segment.
        """
        names = self.names()
        target = run.scratch / "eeg.float32"
        segments, files = 0, self.files()
        with target.open("wb") as file, run.progress(len(files), "reading recordings") as progress:
            for path in files:
                for piece in self._segments(path, names, run):
                    np.ascontiguousarray(piece, np.float32).tofile(file)
                    segments += len(piece)
                progress.advance()
        shape = (segments, len(names), self.samples)
        run.log("further recordings", files=len(files), segments=segments)
        return {
            "eeg": np.memmap(target, np.float32, "r", shape=shape),
            "channels": np.frombuffer("\n".join(names).encode(), np.uint8),
        }

    def names(self) -> tuple[str, ...]:
        """Return the channel names in their order.

        Raises:
            InvalidConfiguration: there is neither such a file nor such a montage.
        """
        return channel_names(self.channels)

    def _segments(self, path: Path, names: tuple[str, ...], run: Run) -> Iterator[NDArray[np.float32]]:
        """Yield the segments of a file, (segments, channels, samples) for each continuous piece."""
        recording = _read(path)
        if np.iscomplexobj(recording.get_data(picks=[0])):
            raise DataError(f"{path} holds complex numbers, where real ones are needed; remove the file")
        complete_channels(recording, names, path, run)
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
                "of a segment; remove the file or lower samples"
            )
        for piece in data:
            cut = piece[:, : count * self.samples].reshape(len(names), count, self.samples)
            yield np.asarray(cut.transpose(1, 0, 2), np.float32)


def _read(path: Path) -> BaseRaw:
    mne = load_mne()
    try:
        if path.name.lower().endswith(EPOCHS_ENDINGS):
            return mne.read_epochs(path, preload=True, verbose="error")
        return mne.io.read_raw(path, preload=True, verbose="error")
    except (OSError, ValueError, RuntimeError, TypeError, LookupError, AttributeError) as error:
        raise DataError(f"MNE cannot read {path} ({str(error).splitlines()[0]}); repair or remove the file") from error
