"""Channels of a recording, brought to a given list of names: matched by name, the missing ones interpolated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from eegrecon import DataError, InvalidConfiguration, MissingFiles, Run
from eegrecon_datasets.files.channels import read_channel_names
from eegrecon_datasets.wording import counted

MIN_SHARE = 0.5  # share of the channels that a file must have
_USUAL_MONTAGES = ("colin27_1005", "standard_1005")  # the same montage by its current and its former name


def load_mne() -> Any:
    """Return the module ``mne``.

    Raises:
        MissingFiles: it is not installed.
    """
    try:
        import mne
    except ImportError as error:
        raise MissingFiles(
            "recordings are read by MNE, which is not installed: pip install 'eegrecon[recordings]'"
        ) from error
    return mne


def channel_names(source: str) -> tuple[str, ...]:
    """Return the channel names of a file with a name per line, or of a montage of MNE.

    Raises:
        DataError: the file lists a name twice.
        InvalidConfiguration: there is neither such a file nor such a montage.
        MissingFiles: MNE is not installed.
    """
    if Path(source).is_file():
        return read_channel_names(Path(source))
    mne = load_mne()
    if source not in mne.channels.get_builtin_montages():
        raise InvalidConfiguration(
            f"eeg-recordings: {source!r} is neither a file with a channel's name per line nor a montage of MNE; name "
            "one of them as channels"
        )
    return tuple(mne.channels.make_standard_montage(source).ch_names)


def complete_channels(recording: Any, names: tuple[str, ...], path: Path, run: Run) -> None:
    """Bring a recording to the given channels, in place.

    Channels are matched by name, ignoring case and dots. Missing ones are interpolated by spherical splines (Perrin et
    al., 1989, as in MNE) and noted in the result.

    Args:
        recording: continuous recording or epochs, of MNE.
        names: of the channels.
        path: of the recording, for messages.
        run: receives the note.

    Raises:
        DataError: the recording has fewer than half of the channels, or no montage is known to have all of them.
    """
    mne = load_mne()
    held = {_plain(name): name for name in recording.ch_names}
    matched = {held[_plain(name)]: name for name in names if _plain(name) in held}
    if len(matched) < MIN_SHARE * len(names):
        raise DataError(
            f"{path} has {len(matched)} of the {len(names)} channels, fewer than half, too few to interpolate the "
            "others from; remove the file, or name its channels as the data set does"
        )
    recording.pick(list(matched)).rename_channels(matched).set_channel_types(
        dict.fromkeys(matched.values(), "eeg"), verbose="error"
    )
    missing = [name for name in names if name not in set(matched.values())]
    if missing:
        run.note(f"{counted(len(missing), 'channel')} of {path.name} interpolated by splines")
        shape = (len(missing), recording.get_data().shape[-1])
        info = mne.create_info(missing, recording.info["sfreq"], "eeg", verbose="error")
        if isinstance(recording, mne.BaseEpochs):
            empty = mne.EpochsArray(np.zeros((len(recording), *shape)), info, verbose="error")
        else:
            empty = mne.io.RawArray(np.zeros(shape), info, verbose="error")
        recording.add_channels([empty], force_update_info=True)
        recording.set_montage(montage_with(names), match_case=False, verbose="error")
        recording.info["bads"] = missing
        recording.interpolate_bads(reset_bads=True, verbose="error")


def montage_with(names: tuple[str, ...]) -> Any:
    """Return the first of MNE's montages that has all channels.

    Raises:
        DataError: none has them.
        MissingFiles: MNE is not installed.
    """
    mne = load_mne()
    for known in sorted(mne.channels.get_builtin_montages(), key=lambda name: name not in _USUAL_MONTAGES):
        montage = mne.channels.make_standard_montage(known)
        if {_plain(name) for name in names} <= {_plain(name) for name in montage.ch_names}:
            return montage
    raise DataError(
        "no montage of MNE has all of the channels by these names, so none can be interpolated; name them as one of "
        "mne.channels.get_builtin_montages() does"
    )


def _plain(name: str) -> str:
    return name.strip(" .").lower()
