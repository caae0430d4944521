"""The scripts that made the weights and the lead field. They need more libraries than a run does (mne)."""
