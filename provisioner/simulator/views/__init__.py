"""The endpoints, one module per area. What all kinds share is in base.py; which verbs exist is in verbs.py."""
