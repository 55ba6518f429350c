"""From the context to what commands work on: the settings, the project, a client. Heavy modules are imported here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from provisioner.cli.context import Context
from provisioner.cli.streams import say
from provisioner.model import Project, Settings

if TYPE_CHECKING:
    from provisioner.alice import Client


def open_project(context: Context) -> Project:
    """All manifests; raises ManifestError."""
    from provisioner.manifests import load

    return load(
        context.directory,
        environment=context.environment,
        variables=context.variables,
        environ=context.environ,
    )


def open_settings(context: Context) -> Settings:
    """alice.yaml alone, for commands that need only to know where Alice is."""
    from provisioner.manifests import load_settings

    return load_settings(
        context.directory,
        environment=context.environment,
        variables=context.variables,
        environ=context.environ,
    )


@contextmanager
def open_client(
    context: Context,
    settings: Settings,
    *,
    timeout: float | None = None,
    parallelism: int | None = None,
    rate_limit: float | None = None,
) -> Iterator[Client]:
    """A connection with the credentials of the environment; closed with the block."""
    from provisioner.alice import Client, credentials_from

    given = {"timeout": timeout, "parallelism": parallelism}
    with Client(
        settings.endpoint,
        credentials_from(context.environ),
        rate_limit=rate_limit,
        log=say if context.verbosity else None,
        **{name: value for name, value in given.items() if value is not None},
    ) as client:
        yield client
