"""The data set EEG-ImageNet: its published files, its protocols, and the recordings that are assembled from them."""
