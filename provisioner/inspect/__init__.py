"""What people ask about an account without planning anything: its objects, its progress, its abilities, its shape.

Each module reads with a client that it is given and returns values; how they look is `table`. Nothing here writes,
except in words. Imports api, resources and model; must not know planning, state or the command line.
"""
