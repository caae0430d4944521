"""Public data sets, read from the files that their authors publish."""

from eegrecon import hookimpl


@hookimpl
def eegrecon_components() -> dict[str, str]:
    """Return the data sets, preparations and captioners of this package."""
    return {
        "dataset.eegcvpr40": "eegrecon_datasets.eegcvpr40.dataset:EEGCVPR40",
        "dataset.bids": "eegrecon_datasets.bids.dataset:Bids",
        "dataset.alljoined": "eegrecon_datasets.things_eeg2.alljoined:Alljoined",
        "dataset.eeg-imagenet": "eegrecon_datasets.eeg_imagenet.dataset:EEGImageNet",
        "dataset.mne-epochs": "eegrecon_datasets.mne_epochs.dataset:MneEpochs",
        "dataset.neuralset": "eegrecon_datasets.studies.dataset:NeuralsetStudy",
        "dataset.things-eeg2": "eegrecon_datasets.things_eeg2.dataset:ThingsEEG2",
        "captioner.image-to-text": "eegrecon_datasets.captions.image_to_text:ImageToText",
        "preparation.bids-files": "eegrecon_datasets.bids.recordings:BidsFiles",
        "preparation.eegcvpr40-file": "eegrecon_datasets.eegcvpr40.eeg_file:EEGFile",
        "preparation.eeg-imagenet-files": "eegrecon_datasets.eeg_imagenet.eeg_files:EEGImageNetFiles",
        "preparation.mne-epochs-files": "eegrecon_datasets.mne_epochs.preparation:MneEpochsFiles",
        "preparation.neuralset-files": "eegrecon_datasets.studies.recordings:StudyFiles",
        "preparation.things-eeg2-partition": "eegrecon_datasets.things_eeg2.partition:ThingsPartition",
        "preparation.eeg-recordings": "eegrecon_datasets.recordings.preparation:EEGRecordings",
    }
