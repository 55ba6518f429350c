"""From the options to what commands work on: settings, the project, a client, the state, a session; and closed again.

Heavy modules are imported here, when they are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from provisioner.cli.arguments import ApplyOptions
from provisioner.cli.invocation import GlobalOptions, invocation
from provisioner.cli.output import log, say, say_lines
from provisioner.cli.progress import stderr_progress
from provisioner.error_ids import ErrorId
from provisioner.errors import ProvisionerError, StateError
from provisioner.model import Address, Resource
from provisioner.project import Project, Settings
from provisioner.resources import KINDS
from provisioner.sensitive import Hidden, content

if TYPE_CHECKING:
    from provisioner.api import Client
    from provisioner.session import Session
    from provisioner.state import Store

DEFAULT = ApplyOptions()


def open_project(context: GlobalOptions, *, offline: bool = False) -> Project:
    """All manifests; raises ManifestError. `offline`: environment variables that they name may be unset."""
    from provisioner.manifests import load

    return load(**context.chosen, offline=offline)


def open_settings(context: GlobalOptions) -> Settings:
    """alice.yaml alone, for commands that need only to know where Alice is."""
    from provisioner.manifests import settings

    return settings(**context.chosen)


def open_rules(context: GlobalOptions) -> Settings:
    """alice.yaml alone and offline, with its rules looked at; raises ManifestError."""
    from provisioner.manifests import settings_with_rules

    return settings_with_rules(**context.chosen)


def declared_resources(context: GlobalOptions) -> Mapping[Address, Resource]:
    """The resources of the manifests, or none while these are broken: looking and stopping go on without them."""
    try:
        return open_project(context, offline=True).resources
    except ProvisionerError:
        say("note: the manifests do not load (see `validate`), so names, ids and keys of the last apply are understood")
        return {}


def hidden_names(context: GlobalOptions, declared: Mapping[Address, Resource]) -> Mapping[str, Address]:
    """The names on Alice that are not shown, as they come from the environment, and what to say instead.

    `declared` are the resources if they were read already. Manifests that do not load say nothing of them.
    """
    try:
        resources = declared or open_project(context, offline=True).resources
    except ProvisionerError:
        return {}
    names = ((address, each.fields.get(KINDS[address.kind].label)) for address, each in resources.items())
    return {content(name): address for address, name in names if isinstance(name, Hidden)}


def recorded_ids(context: GlobalOptions, settings: Settings) -> Callable[[], Mapping[Address, int]]:
    """What to ask for the remote ids of the last apply; they are none when the state is broken or another account's."""

    def ask() -> Mapping[Address, int]:
        try:
            with bound_state(context, settings) as store:
                return {address: record.remote_id for address, record in store.recorded().items()}
        except Exception:  # whatever is wrong with it: looking and stopping go on without
            say("note: the state cannot be read, so keys that are no longer declared are not understood")
            return {}

    return ask


def emergency_settings(context: GlobalOptions) -> Settings:
    """Enough of alice.yaml to stop by; all that is wrong with it is said and stands in the way of nothing.

    `state` is empty where nobody can tell which one is meant. Raises ManifestError only without an endpoint.
    """
    from provisioner.manifests import partial_settings

    settings, wrong = partial_settings(**context.chosen)
    if wrong is not None:
        if not settings.endpoint:
            raise wrong
        say_lines(
            [
                *wrong.lines,
                f"note: alice.yaml has mistakes; they do not prevent stopping at {settings.endpoint_shown}",
            ]
        )
    return settings


@contextmanager
def open_client(context: GlobalOptions, settings: Settings, how: ApplyOptions | None = None) -> Iterator[Client]:
    """A connection with the credentials of the environment; closed with the block."""
    from provisioner.api import Client, credentials_from, remarks

    say_lines(remarks(context.environ, settings.credentials))
    requests = log if context.verbosity else None
    shown = settings.endpoint_shown if settings.endpoint_hidden else None
    credentials = credentials_from(context.environ, settings.credentials)
    with Client(settings.endpoint, credentials, log=requests, tell=log, shown=shown, **_tuning(how)) as client:
        invocation().opened(client)
        yield client


@contextmanager
def open_state(context: GlobalOptions, settings: Settings) -> Iterator[Store]:
    """What is recorded of the project and environment; no credentials are needed, and nothing is made by reading."""
    from provisioner.public import require_own_state
    from provisioner.state import open_store

    require_own_state(settings, context.environ)
    with open_store(
        settings.state, directory=context.directory, project=settings.project, environment=settings.environment
    ) as store:
        yield store


@contextmanager
def bound_state(context: GlobalOptions, settings: Settings) -> Iterator[Store]:
    """The same, of this account: StateError if it is another one's, or nobody can tell which state is meant.

    It is not tied to the account: nobody has answered there yet, and the endpoint may be mistyped.
    """
    if not settings.state:
        raise StateError("alice.yaml does not say which one it is", id=ErrorId.STATE_URL)
    with open_state(context, settings) as store:
        user, hidden = user_of(context, settings), settings.endpoint_hidden
        store.bind(settings.endpoint, user, hidden=hidden, answered=lambda: False)
        yield store


def user_of(context: GlobalOptions, settings: Settings) -> str | None:
    """Whose account the state is to be, as far as the environment says."""
    from provisioner.api import user_from

    return user_from(context.environ, settings.credentials)


def _tuning(how: ApplyOptions | None) -> dict[str, Any]:
    """What the user wants of the connection; the client has defaults for the rest."""
    wanted = {} if how is None else {name: getattr(how, name) for name in ("timeout", "parallelism", "rate_limit")}
    return {name: value for name, value in wanted.items() if value is not None}


@contextmanager
def open_session(context: GlobalOptions, how: ApplyOptions = DEFAULT) -> Iterator[Session]:
    """Everything a plan needs; nothing is sent before it is used."""
    project = open_project(context)
    from provisioner.apply.work import Tuning
    from provisioner.public import session_over

    settings, this = project.settings, invocation()
    now = context.now(settings.endpoint)
    tuning = Tuning.of(how.parallelism, how.timeout, how.on_error, lambda: this.interrupted)
    with (
        open_client(context, settings, how) as client,
        open_state(context, settings) as store,
        session_over(
            project, client, store, context.environ, now, tuning, stderr_progress(context.language), this.id
        ) as session,
    ):
        yield session
