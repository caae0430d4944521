"""Training of the method beyond `eegrecon.training`: the alignment network, and EEG of several sources."""
