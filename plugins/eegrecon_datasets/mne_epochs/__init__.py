"""Own recordings in files that MNE reads, with a table of what was shown: their conversion, splits and checks."""
