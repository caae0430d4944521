"""Stable Diffusion: locating and checking its files, loading its networks, sampling pictures."""
