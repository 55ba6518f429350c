"""Tests of the local Alice: the contract's traps one by one, and every variant at least once, over real HTTP."""
