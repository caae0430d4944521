"""The data set THINGS-EEG2 in the forms in which it is used, its protocols, and the recordings that are assembled."""
