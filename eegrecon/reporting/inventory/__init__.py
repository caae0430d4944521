"""Descriptions of what is installed, stored, found and missing."""
