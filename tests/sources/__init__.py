"""Rows from elsewhere than files."""
