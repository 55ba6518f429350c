"""Notifications about a run, by apprise: what happened, in counts and addresses.

Where they go is a secret of the environment (`notify` of alice.yaml names the variable). A notification is never worth
a run: it is sent when everything is done, in bounded time, and whatever is wrong with it is a warning that names the
variable and nothing that it holds.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from provisioner.project import NotifyTarget

PATIENCE = 5.0  # seconds for all of them: they are sent side by side
MOST_LINES = 20
# What of apprise is on the network beside web services; its others write to this machine or run something on it.
ON_THE_NETWORK = frozenset(
    {"amqp", "aprs", "deltachat", "email", "growl", "irc", "jellyfin", "mqtt", "rsyslog", "smpp", "xmpp"}
)
PLUGINS = "apprise.plugins."
EXTRA = "install alice-apply with the extra `notify`"

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Notification:
    """Something that happened to a project and environment; `lines` are counts and addresses."""

    event: str
    project: str | None
    environment: str
    lines: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"alice-apply: {' '.join(filter(None, [self.project, self.environment]))}: {self.event}"

    @property
    def body(self) -> str:
        more = len(self.lines) - MOST_LINES
        return "\n".join([*self.lines[:MOST_LINES], *([f"and {more:,} more"] if more > 0 else [])])


def wanted(targets: Sequence[NotifyTarget], event: str) -> tuple[NotifyTarget, ...]:
    """Those that want to know of an event."""
    return tuple(each for each in targets if event in each.on)


def send(notice: Notification, targets: Sequence[NotifyTarget], environ: Mapping[str, str], warn: Warn) -> None:
    """To all that want it; returns when all have it, or after `PATIENCE`. Raises nothing."""
    chosen = wanted(targets, notice.event)
    if not chosen:
        return
    try:
        import apprise
    except ImportError:
        warn(f"warning: nobody is told that it {notice.event}: {EXTRA}")
        return
    logging.getLogger("apprise").disabled = True  # it would say where they go
    deliveries = [_Delivery(each.variable, environ.get(each.variable, "")) for each in chosen]
    for each in deliveries:
        each.prepare(apprise)
    threads = [threading.Thread(target=each.send, args=(notice,), daemon=True) for each in deliveries if each.place]
    for thread in threads:
        thread.start()
    _wait(threads)
    for each in deliveries:
        if each.wrong is not None:
            warn(f"warning: the notification to ${{env.{each.variable}}} was not sent: {each.wrong}")


def on_the_network(service: type) -> bool:
    """Whether a service of apprise is certainly elsewhere: a web service, or one of those that we know.

    Another one may be of this machine (a desktop, a log, a program), and a later apprise may bring more of these.
    """
    modules = [each.__module__ for each in service.__mro__ if each.__module__.startswith(PLUGINS)]
    if not service.__module__.startswith(PLUGINS):
        return False
    known = {module.removeprefix(PLUGINS).partition(".")[0] for module in modules} & ON_THE_NETWORK
    return bool(known) or any(hasattr(sys.modules.get(module), "requests") for module in modules)


def _wait(threads: Sequence[threading.Thread]) -> None:
    ends = time.monotonic() + PATIENCE
    for thread in threads:
        thread.join(max(0.0, ends - time.monotonic()))


class _Delivery:
    """One notification on its way; `wrong` says why it did not arrive, None once it has.

    Whatever apprise raises may hold the URL, so nothing of it is said.
    """

    def __init__(self, variable: str, url: str) -> None:
        self.variable, self._url = variable, url.strip()
        self.place: Any = None
        self.wrong: str | None = None

    def prepare(self, apprise: Any) -> None:
        """Find out where it goes; the first one loads all that apprise knows, which is no waiting for anybody."""
        try:
            found: Any = apprise.Apprise.instantiate(self._url) if self._url else None
        except Exception as error:
            self.wrong = f"it failed with {type(error).__name__}"
            return
        self.wrong = self._refusal(found)
        if self.wrong is None:
            found.socket_connect_timeout = found.socket_read_timeout = PATIENCE - 1
            self.place, self.wrong = found, f"no answer within {PATIENCE:.0f} s"

    def _refusal(self, found: Any) -> str | None:
        if found is None:
            return "the variable holds no URL that apprise knows" if self._url else "the variable is not set"
        return None if on_the_network(type(found)) else "it is not known to be on the network"

    def send(self, notice: Notification) -> None:
        """In a thread of its own."""
        try:
            taken = self.place.notify(body=notice.body, title=notice.title, body_format="text")
            self.wrong = None if taken else "it was not taken"
        except Exception as error:
            self.wrong = f"it failed with {type(error).__name__}"
