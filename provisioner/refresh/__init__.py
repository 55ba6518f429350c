"""What a plan has to know of the account, read with a client: listings, rows, records, how far campaigns are.

Nothing here writes, and nothing decides. Must not know state or the command line.
"""
