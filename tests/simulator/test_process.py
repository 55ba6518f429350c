"""Starting, stopping, keeping data, and many clients at once."""

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from provisioner.simulator.process import ControlError, Simulator

from .client import Api


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "alice.sqlite3"


def logged_in(simulator: Simulator) -> Api:
    api = Api(simulator)
    api.login()
    return api


def test_a_database_file_keeps_the_data_and_forgets_the_tokens(file: Path) -> None:
    with Simulator(db=file) as first:
        api = logged_in(first)
        phonebook = api.create("phonebook")["id"]
        token = api.session.headers["Authorization"]
        api.session.close()
    with Simulator(db=file, variants={"relations": "str"}, now=datetime(2030, 1, 1, tzinfo=UTC)) as second:
        api = logged_in(second)
        assert api.one("phonebook", phonebook)["name"] == "VIP"
        assert api.send("GET", "phonebook/", headers={"Authorization": token}).status_code == 401
        assert (second.variants()["relations"], second.clock().year) == ("str", 2030)
        api.session.close()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_committed_rows_survive_a_kill(file: Path) -> None:
    first = Simulator(db=file)
    api = logged_in(first)
    phonebook = api.create("phonebook")["id"]
    api.session.close()
    first.kill()
    with Simulator(db=file) as second:
        assert second.row("phonebook", phonebook)["name"] == "VIP"


def test_a_file_of_something_else_is_refused_and_left_alone(file: Path) -> None:
    file.write_text("precious", encoding="utf-8")
    with pytest.raises(ControlError, match="exit code 1"):
        Simulator(db=file)
    assert file.read_text(encoding="utf-8") == "precious"


def test_another_programs_database_is_refused(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE theirs (id INTEGER)")
    with pytest.raises(ControlError, match="exit code 1"):
        Simulator(db=file)


def test_it_is_up_in_about_a_second() -> None:
    started = time.monotonic()
    with Simulator():
        assert time.monotonic() - started < 5


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGTERM to catch there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_quietly(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "provisioner.simulator", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline().startswith(b"http://127.0.0.1:")
        process.send_signal(number)
        assert process.wait(10) == 0
        assert process.stderr.read() == b""


def test_serve_announces_its_base_url_and_blocks_until_stopped() -> None:
    code = (
        "import _thread, signal\n"
        "from provisioner.simulator import serve\n"
        "def ready(url):\n"
        "    print(url, flush=True)\n"
        "    _thread.interrupt_main(signal.SIGTERM)\n"
        "serve(port=0, db=None, page_size=10, variants={'lists': 'bare'}, speed=1.0, on_ready=ready)\n"
        "print('stopped')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=True)
    first, last = done.stdout.split()
    assert first.endswith("/rest-api")
    assert (last, done.stderr) == ("stopped", "")


def test_a_wrong_variant_stops_it_with_a_message() -> None:
    command = [sys.executable, "-m", "provisioner.simulator", "--variant", "lists=short"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert "one of envelope|results|bare" in done.stderr


@pytest.fixture
def clients(simulator: Simulator) -> Iterator[list[Api]]:
    clients = [logged_in(simulator) for _ in range(16)]
    yield clients
    for client in clients:
        client.session.close()


def test_sixteen_connections_write_at_once_without_an_error(clients: list[Api]) -> None:
    phonebook = clients[0].create("phonebook")["id"]

    def write(client: Api) -> list[int]:
        return [client.post("contact", phonebook=phonebook).status_code for _ in range(15)]

    with ThreadPoolExecutor(len(clients)) as pool:
        codes = [code for codes in pool.map(write, clients) for code in codes]
    assert codes == [201] * 240
    assert len(clients[0].simulator.objects("contact", phonebook=phonebook)) == 240


def test_a_hundred_thousand_contacts_can_be_listed(simulator: Simulator) -> None:
    phonebook = simulator.create("phonebook", name="Big")["id"]
    for start in range(0, 100_000, 25_000):
        rows = [{"phonebook": phonebook, "contact": f"09{start + number:08}"} for number in range(25_000)]
        simulator.create_many("contact", rows)
    simulator.variants(page_size_param="honoured")
    api = logged_in(simulator)
    started = time.monotonic()
    page = api.get("contact/", phonebook=phonebook, page_size=1000, page=100).json()
    api.session.close()
    assert (page["count"], len(page["results"]), page["next"]) == (100_000, 1000, None)
    assert time.monotonic() - started < 2
