"""The exit codes, and the one table from errors to codes. Scripts and CI rely on them: README.md#exit-codes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType

from provisioner.errors import Interrupted, ProvisionerError, Refused, StalePlan, StateLocked


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    ERROR = 1  # before the first write
    CHANGES = 2  # with --detailed-exitcode: the plan is not empty; never anything else
    REFUSED = 3  # by a gate: nothing was written
    INCOMPLETE = 4  # something failed at or after the first write
    STALE = 5
    LOCKED = 6


CODES: Mapping[type[BaseException], Exit] = MappingProxyType(
    {
        ProvisionerError: Exit.ERROR,
        Refused: Exit.REFUSED,
        StalePlan: Exit.STALE,
        StateLocked: Exit.LOCKED,
    }
)
"""The nearest class above an error counts."""


def exit_code(error: BaseException) -> int:
    """The code of an error that ended a command before its first write."""
    if isinstance(error, Interrupted):
        return interrupted(error.signal_number)
    return next((CODES[each] for each in type(error).__mro__ if each in CODES), Exit.ERROR)


def interrupted(signal_number: int) -> int:
    """What a shell reports for a program that a signal ended: 130 and 143."""
    return 128 + signal_number
