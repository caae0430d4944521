"""The data set EEGCVPR40: its published files, its splits, and the recordings that are assembled from them."""
