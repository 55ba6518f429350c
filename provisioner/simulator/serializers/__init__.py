"""Payloads of the API: what a body must hold, and how a row reads back. See docs/alice-api.md#writes."""
