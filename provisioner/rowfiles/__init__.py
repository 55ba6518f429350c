"""Row files as text: what a header is, which delimiter, which encoding, which line. One reader for validate and plan.

Must not know manifests, kinds, numbers or duckdb: `manifests` asks it for headers, `contacts` for rows.
"""
