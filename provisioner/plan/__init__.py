"""The plan as a value, from what is declared, live and recorded. Pure: no network, no file, no clock but the given one.

`stages` puts the parts together, for a run and for tests:

    match        which live object a resource is: by `id:`, by record, by natural key
    diff         which fields differ
    actions      create, update, adopt, replace or nothing: one `Decision` for each resource (`decision`)
    replace      whether what cannot be changed is created anew
    prune        what is recorded and declared no longer
    dialled      whose telephones ring
    steps        in which order, and what waits for what
    gates        what refuses the plan
    build        all of it as one `ExecutablePlan`, with its fingerprint
    explain      in what two values differ, for reports and for what makes a plan file stale

The values that a plan consists of are in `model`, what else it is made from in `situation`.
"""
