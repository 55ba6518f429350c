"""Appointments as rows: each is an event, and an alarm for every reminder. Read, compared and sent in sets.

They live in the workspace of the other rows and share its files, headers, numbers and reasons.
Must not know YAML, plans or HTTP.
"""
