"""Tests of the local Alice: everything in docs/alice-api.md, and every variant at least once, over real HTTP."""
