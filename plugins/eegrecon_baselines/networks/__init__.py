"""Torch modules of the encoders, without training."""
