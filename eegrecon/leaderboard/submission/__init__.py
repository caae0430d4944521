"""Submissions as files: manifest, limits on what is read, sheets of pictures, packing."""
