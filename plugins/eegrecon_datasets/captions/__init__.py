"""Captioning of a data set's pictures: models that write captions, and the table that keeps them."""
