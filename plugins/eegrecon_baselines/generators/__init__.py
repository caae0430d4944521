"""Generators: a picture from a class name, or a picture of the training set."""
