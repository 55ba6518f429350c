"""One simulator process for the whole session; every test begins at the seed, inside the sample campaign's window."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from provisioner.simulator.process import Simulator

from .client import Api

NOW = datetime(2027, 1, 25, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def process() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def simulator(process: Simulator) -> Simulator:
    process.reset(now=NOW)
    return process


@pytest.fixture
def user(simulator: Simulator) -> Iterator[Callable[[str], Api]]:
    """Logs somebody in; the password is the name."""
    clients: list[Api] = []

    def login(name: str) -> Api:
        clients.append(Api(simulator, name))
        clients[-1].login()
        return clients[-1]

    yield login
    for client in clients:
        client.session.close()


@pytest.fixture
def api(user: Callable[[str], Api]) -> Api:
    return user("demo")
