"""Torch modules of the methods, without their training."""
