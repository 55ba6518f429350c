"""Looking after recorded state by hand: what is recorded, other addresses for it, taking over and letting go.

Reads the state, and for `adopt` the account; writes the state alone, never Alice. Parsing and printing belong to
`cli`. Must not know the command line or exit codes.
"""
