"""Data sets in the form of BIDS, whose tables of events name the pictures: their recordings, read by mne-bids."""
