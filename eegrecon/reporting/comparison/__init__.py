"""Comparison of finished runs: trials and scores as recorded, tests between runs, and the check against a baseline."""
