"""Retrieval of the seen picture: the metric, its ranks, joint scoring of queries, and spaces of pictures."""
