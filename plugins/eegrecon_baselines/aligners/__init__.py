"""Aligners: from an encoder's embedding to conditioning tokens."""
