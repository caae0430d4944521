"""Public data sets, read from the files that their authors publish."""

from eegrecon import hookimpl


@hookimpl
def eegrecon_components() -> dict[str, str]:
    """Name this package's data sets, what prepares their files, and what describes their pictures."""
    return {
        "dataset.eegcvpr40": "eegrecon_datasets.eegcvpr40:EEGCVPR40",
        "captioner.image-to-text": "eegrecon_datasets.captioner:ImageToText",
        "preparation.eegcvpr40-file": "eegrecon_datasets.eeg_file:EEGFile",
        "preparation.eeg-recordings": "eegrecon_datasets.recordings:EEGRecordings",
    }
