"""Public data sets, read from the files that their authors publish."""

from eegrecon import hookimpl


@hookimpl
def eegrecon_components() -> dict[str, str]:
    """Return the data sets, preparations and captioners of this package."""
    return {
        "dataset.eegcvpr40": "eegrecon_datasets.eegcvpr40.dataset:EEGCVPR40",
        "captioner.image-to-text": "eegrecon_datasets.captions.image_to_text:ImageToText",
        "preparation.eegcvpr40-file": "eegrecon_datasets.eegcvpr40.eeg_file:EEGFile",
        "preparation.eeg-recordings": "eegrecon_datasets.recordings.preparation:EEGRecordings",
    }
