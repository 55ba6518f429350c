"""A run that kills itself at one of its commits, as by the kernel's own hand.

`before` a commit, whatever shares it has its answers or is about to be sent, and nothing of it is durable; `after` it,
all of it is, and none of them has gone on.
"""

from __future__ import annotations

import os
import signal
from itertools import count

from sqlalchemy import Connection, Engine, Pool, event


def kill_at(number: int, moment: str) -> None:
    """Counts the commits of transactions that write; the connection of one comes back right after it."""
    commits, ended = count(1), [False]

    def before(connection: Connection) -> None:
        ended[0] = next(commits) == number
        if ended[0] and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)

    def after(*_: object) -> None:
        if ended[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "commit", before)
    event.listen(Pool, "checkin", after)
