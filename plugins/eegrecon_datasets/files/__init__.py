"""Readers of file formats that belong to no single data set: torch files, tables, pictures, channel lists."""
