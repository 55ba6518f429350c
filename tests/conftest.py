"""What every test may ask for: a simulator, a PostgreSQL server, a browser, an environment as at a desk."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from provisioner import language
from provisioner.simulator.process import Simulator
from tests import browser as chromium
from tests.state.postgres_server import MISSING, Server, programs
from tests.strange import Strange

# How long an example takes depends on what else the machine does; that is no reason to fail.
settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# What tests start in processes of their own finds its modules compiled, as an installed tool does from its second run
# on: else a command line compiles for half of its time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_xdist_auto_num_workers() -> int:
    """Two for a processor: half of the time a test waits for an answer, a process or a pause."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones begin first, as many with each worker as with any other: whatever begins last is short, so that
    no worker is left alone with it. Each worker begins with its share of the list and later takes of others' shares."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers > 1:
        longest = [item for item in items if item.get_closest_marker("long")]
        others = [item for item in items if not item.get_closest_marker("long")]
        shares = [(longest[each::workers], _share(others, each, workers)) for each in range(workers)]
        items[:] = [item for share in shares for part in share for item in part]


def _share(items: list[pytest.Item], number: int, of: int) -> list[pytest.Item]:
    """In the order of the list, so that what a file shares is made once."""
    return items[len(items) * number // of : len(items) * (number + 1) // of]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*os.environ]:
        if name == "CI" or (name.startswith("ALICE_") and not name.startswith("ALICE_TEST_")):
            monkeypatch.delenv(name)


@pytest.fixture
def strange(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every language but English is one that has no letter of English."""
    monkeypatch.setattr(language, "catalogue", lambda name: Strange())


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[Simulator]:
    """One process per session, and so one per worker of xdist; started when the first test wants it."""
    with Simulator() as process:
        yield process


@pytest.fixture
def simulator(simulator_process: Simulator) -> Simulator:
    """A simulator as good as new: the seed, no variants, no faults, no dialler, the real time, pages of ten."""
    simulator_process.reset()
    return simulator_process


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Skipped where there is none to start; ALICE_TEST_REQUIRE_POSTGRES=1 makes that a failure, for CI."""
    folder = programs()
    if folder is None:
        required = os.environ.get("ALICE_TEST_REQUIRE_POSTGRES") == "1"
        (pytest.fail if required else pytest.skip)(MISSING)
    server = Server(folder)
    yield server
    server.remove()


@pytest.fixture
def postgres_url(server: Server) -> str:
    return server.schema()


@pytest.fixture(scope="session")
def browser_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Browser]:
    """One per worker. Skipped where there is none; ALICE_TEST_REQUIRE_CHROMIUM=1 makes that a failure, for CI."""
    if chromium.program() is None:
        (pytest.fail if chromium.required() else pytest.skip)(chromium.MISSING)
    with chromium.started(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture
def browser(browser_process: chromium.Browser) -> chromium.Browser:
    return browser_process
