"""A session for a command: manifests, client, state and clock brought together, and taken apart again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from provisioner.cli.context import GlobalOptions
from provisioner.cli.emitting import emit
from provisioner.cli.exits import Exit
from provisioner.cli.invocation import invocation
from provisioner.cli.opening import open_client, open_project, open_state, user_of
from provisioner.cli.options import ApplyOptions, Outputs
from provisioner.cli.progress import terminal_progress

if TYPE_CHECKING:
    from provisioner.session import Session

DEFAULT = ApplyOptions()


@contextmanager
def open_session(context: GlobalOptions, how: ApplyOptions = DEFAULT) -> Iterator[Session]:
    """Everything a plan needs; nothing is sent before it is used."""
    project = open_project(context)
    from provisioner.applying.work import PARALLELISM, READ_TIMEOUT, Timeouts, Tuning
    from provisioner.session import Session

    settings, this = project.settings, invocation()
    now = context.now(settings.endpoint)
    with open_client(context, settings, how) as client:
        tuning = Tuning(
            parallelism=how.parallelism or PARALLELISM,
            on_error=how.on_error,
            patience=Timeouts(read_timeout=how.timeout or READ_TIMEOUT),
            should_stop=lambda: this.interrupted,
        )
        with open_state(context, settings) as store:
            store.bind(settings.endpoint, user_of(context))
            former = former_secrets(context.environ)
            with Session(project, client, store, now, former, tuning, terminal_progress()) as session:
                yield session


def show_drift(context: GlobalOptions, outputs: Outputs, detailed_exitcode: bool) -> int:
    """What `drift` and `plan --refresh-only` do: read, compare with the record, show.

    What could not be compared may have drifted, so it is not the exit code of "nothing has".
    """
    from provisioner.reports import Run

    with open_session(context) as session:
        plan = session.drift()
    emit(Run(plan, view="drift"), outputs, context)
    return Exit.CHANGES if detailed_exitcode and (plan.drift or plan.findings) else Exit.DONE


def former_secrets(environ: Mapping[str, str]) -> tuple[str, ...]:
    """What a state of before schema version 4 may have been keyed with; such a run may have had none at all."""
    names = ("ALICE_PLAN_KEY", "ALICE_PASSWORD", "ALICE_TOKEN")
    return (*(environ[name] for name in names if environ.get(name)), "")
