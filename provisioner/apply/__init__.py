"""From an executable plan to outcomes: the only place that writes to Alice (but for `stop`).

    work          what the steps of one run share: client, state, ids known so far
    executor      which step when, in parallel; what a failure stops; how it went
    write         requests that create or change, read back and compared
    create, update, replace      one resource: made, changed, made anew; deleted
    lost_writes   what is in the journal while it is sent, and what became of it (docs/alice-api.md#lost-answers)
    status, stops start, pause, abort, end; what an emergency stop holds back
    rows          the rows of one address, sent
    record        what the state remembers

Apply decides nothing: every step and its order are in the executable plan.
"""
