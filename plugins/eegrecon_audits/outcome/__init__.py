"""Audits of the outcome: decoded classes, generated pictures, scores, and their reproducibility."""
