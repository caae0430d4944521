"""Facts of the published data set: where it is published, its file names, and the time window that is used."""

from __future__ import annotations

SOURCE = "fetch it from https://github.com/perceivelab/eeg_visual_classification"
EEG_FILES = {  # by band; names of perceivelab/eeg_visual_classification
    "5_95_std": "eeg_5_95_std.pth",
    "14_70_std": "eeg_14_70_std.pth",
    "55_95_std": "eeg_55_95_std.pth",
    "raw": "eeg_signals_raw_with_mean_std.pth",
}
SPLIT_FILES = {"all": "block_splits_by_image_all.pth", "single": "block_splits_by_image_single.pth"}
SFREQ = 1000.0  # Hz
WINDOW = slice(20, 460)  # samples at 1 kHz; perceivelab/eeg_visual_classification, --time_low and --time_high
LENGTHS = (450, 600)  # samples; the same code keeps segments of 450 to 600
