"""Rows: sources, numbers, set difference, upload."""
