"""Metrics with one score per trial, whose value is the mean or median over trials."""
