"""Scripted servers and clients that are closed after each test; pauses are short, so nobody waits for a second."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest

from provisioner.api import Client, Credentials

from .scripted import Reply, Script, ScriptedServer

PASSWORD = Credentials(username="demo", password="secret")
TOKEN = Credentials(token="given")


class MakeClient(Protocol):
    """`credentials` and the keywords of `Client`."""

    def __call__(
        self, server: ScriptedServer | str, credentials: Credentials = PASSWORD, **keywords: Any
    ) -> Client: ...


Serve = Callable[..., ScriptedServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server with a script, or with replies that are given one after another (the last one again)."""
    servers: list[ScriptedServer] = []

    def start(script: Script | list[Reply] | Reply, **keywords: Any) -> ScriptedServer:
        servers.append(ScriptedServer(_script(script), **keywords))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def client_of() -> Iterator[MakeClient]:
    """Connects a client to a server, or to any address."""
    clients: list[Client] = []

    def connect(server: ScriptedServer | str, credentials: Credentials = PASSWORD, **keywords: Any) -> Client:
        endpoint = server if isinstance(server, str) else server.endpoint
        clients.append(Client(endpoint, credentials, **{"backoff": 0.01, "timeout": 5.0, **keywords}))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


def _script(script: Script | list[Reply] | Reply) -> Script:
    if callable(script):
        return script
    replies = [script] if isinstance(script, Reply) else list(script)
    return lambda seen: replies.pop(0) if len(replies) > 1 else replies[0]
