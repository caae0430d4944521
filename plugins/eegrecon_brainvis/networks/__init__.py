"""Torch modules of the method, without training."""
