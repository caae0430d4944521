"""The static site of boards: ranks, pages, a file for machines, and Markdown."""
