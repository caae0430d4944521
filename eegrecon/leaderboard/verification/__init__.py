"""Verification of a submission: what it claims against itself, against the benchmark, and against its own pictures."""
