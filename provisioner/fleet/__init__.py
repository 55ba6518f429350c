"""Several environments side by side: each in a process of its own, which is this very command with `-e`.

A `Task` is what a process is started with, `ProcessResult` how it ended; a `Pool` runs them here, a `Cluster`
on Dask. What each said as JSON is a `FleetClient` of the `Summary`. No memory is shared: credentials, state scope and
lock are those that a single run has, so nothing here knows what a plan does.
"""
