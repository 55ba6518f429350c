"""What will happen to people: when each campaign and alarm dials, whom, how far it comes, and what the law says. Pure.

`outlook` has it all for a plan; `projection` runs one campaign forward inside the hours of its `schedule`. Nothing is
foreseen that is not known: a forecast is bounds, with the reason where one is missing.
"""
