"""Payloads of the API: what a body must hold, and how a row reads back. Contract sections 3 and 4."""
