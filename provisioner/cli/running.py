"""A session for a command: manifests, client, state and clock brought together, and taken apart again."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import TYPE_CHECKING

from provisioner.cli.context import Context
from provisioner.cli.emitting import emit
from provisioner.cli.exits import Exit
from provisioner.cli.opening import open_client, open_project, open_state
from provisioner.cli.options import ApplyOptions, Outputs
from provisioner.cli.progress import terminal_progress
from provisioner.errors import Interrupted, ProvisionerError

if TYPE_CHECKING:
    from provisioner.alice import Client
    from provisioner.session import Session

DEFAULT = ApplyOptions()
STDERR = 2
WAITING = b"interrupting: what is in flight is finished first\n"


@dataclass(slots=True)
class Signals:
    """Remembers a SIGINT or SIGTERM, so that what is in flight can be finished and recorded first."""

    received: int | None = None
    client: Client | None = field(default=None, repr=False)
    at_once: bool = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self.received is None and not self.at_once:
            os.write(STDERR, WAITING)  # unlike print it may be called in the middle of another print
        self.received = number
        if self.client is not None:
            self.client.cancel()
        if self.at_once:
            raise Interrupted(number)

    def check(self) -> None:
        """Raise Interrupted if one has come."""
        if self.received is not None:
            raise Interrupted(self.received)


@contextmanager
def open_session(context: Context, how: ApplyOptions = DEFAULT, signals: Signals | None = None) -> Iterator[Session]:
    """Everything a plan needs; nothing is sent before it is used."""
    project = open_project(context)
    from provisioner.applying.work import PARALLELISM, READ_TIMEOUT, Patience, Tuning
    from provisioner.session import Session

    settings = project.settings
    now = context.now(settings.endpoint)
    with open_client(context, settings, how) as client:
        if signals is not None:
            signals.client = client
        tuning = Tuning(
            parallelism=how.parallelism or PARALLELISM,
            on_error=how.on_error,
            patience=Patience(read_timeout=how.timeout or READ_TIMEOUT),
            should_stop=lambda: signals is not None and signals.received is not None,
        )
        with open_state(context, settings) as store:
            store.bind(settings.endpoint, context.environ.get("ALICE_USERNAME"))
            secret = plan_secret(context.environ)
            with Session(project, client, store, now, secret, tuning, terminal_progress()) as session:
                yield session


def show_drift(context: Context, outputs: Outputs, detailed_exitcode: bool) -> int:
    """What `drift` and `plan --refresh-only` do: read, compare with the record, show."""
    from provisioner.reports import Run

    with open_session(context) as session:
        plan = session.drift()
    emit(Run(plan, view="drift"), outputs, context)
    return Exit.CHANGES if detailed_exitcode and plan.drift else Exit.DONE


@contextmanager
def catching_signals(signals: Signals) -> Iterator[None]:
    """SIGINT and SIGTERM go to `signals` inside the block; whatever fails because of one is Interrupted."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signals) for number in numbers]
    try:
        yield
    except ProvisionerError:
        signals.check()
        raise
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


@contextmanager
def interruptible(signals: Signals) -> Iterator[None]:
    """While a person is asked nothing is in flight: a signal ends the block where it comes, with Interrupted."""
    signals.at_once = True
    try:
        yield
    finally:
        signals.at_once = False


def plan_secret(environ: Mapping[str, str]) -> str:
    """What keys the digests of a plan: ALICE_PLAN_KEY, else the password, else the token (design, section 4)."""
    return next(
        (environ[name] for name in ("ALICE_PLAN_KEY", "ALICE_PASSWORD", "ALICE_TOKEN") if environ.get(name)), ""
    )
