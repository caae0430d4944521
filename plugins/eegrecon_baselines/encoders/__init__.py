"""Encoders: one module for each, and what the networks share."""
