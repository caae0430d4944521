"""Further EEG recordings for pre-training, in any file format that MNE reads."""
