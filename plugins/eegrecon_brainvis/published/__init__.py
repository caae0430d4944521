"""The published checkpoints: their names and shapes, and conversion into the weights of this package."""
