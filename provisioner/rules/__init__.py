"""Rules of one's own about what a plan leaves behind, in CEL (docs/guides/rules.md): read, checked, evaluated.

`expression` reads one without evaluating it, `evaluation` has them evaluated in a process of its own (`worker`), with
bounded time and memory: a rule may come from a branch that nobody has looked at. `variables` makes values for them, and
`examples` runs what stands beside a rule. What is asked of a plan is in `provisioner.checks.rules`.
"""
