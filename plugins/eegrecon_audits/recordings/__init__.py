"""Audits of the recordings: overlap of training and test, block design, drift."""
