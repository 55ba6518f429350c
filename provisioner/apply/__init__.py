"""From an executable plan to outcomes: the only place that writes to Alice (but for `stop`).

    work        what the steps of one run share: client, state, ids known so far
    executor    which step when, in parallel; what a failure stops
    writing     create and update, read back, compared, repaired
    lookup      what became of a write whose answer was lost (docs/alice-api.md#lost-answers)
    flight      what is in the journal while it is being sent
    statuses    start, pause, abort, end
    recording   what the state remembers

Apply decides nothing: every step and its order are in the executable plan.
"""
