"""From an executable plan to outcomes: the only place that writes to Alice (but for `stop`).

    work          what the steps of one run share: client, state, ids known so far
    executor      which step when, in parallel; what a failure stops; how it went
    write         requests that create or change, read back and compared
    create, update, replace      one resource: made, changed, made anew; deleted
    in_flight     every write begun and settled in the journal, and looked for when its answer is lost
    lost_writes   which object a lost creation has made (docs/alice-api.md#lost-answers)
    read_back     the object after a write: the answer, or a reading
    status, stops start, pause, abort, end; what an emergency stop holds back
    rows          the rows of one address, sent
    record        what the state remembers

Apply decides nothing: every step and its order are in the executable plan.
"""
