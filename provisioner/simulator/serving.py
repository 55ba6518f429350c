"""One run of the simulator, from an empty file to a stop by signal. The only module that sets Django up."""

import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from provisioner.simulator import django_settings
from provisioner.simulator.runtime import RUNTIME, Mode

OnReady = Callable[[str], None] | None


def run(mode: Mode, address: tuple[str, int], db: Path | None, on_ready: OnReady, stopped: threading.Event) -> None:
    """Serve until the event is set, by a signal or by the caller. Once per process: Django cannot be set up twice."""
    if db is not None and not db.absolute().parent.is_dir():
        raise ValueError(f"{db}: there is no folder {db.parent}")
    RUNTIME.start(mode)
    with _signals_set(stopped), _database_file(db) as path:
        django_settings.configure(path)
        _serve(address, on_ready, stopped)


def _serve(address: tuple[str, int], on_ready: OnReady, stopped: threading.Event) -> None:
    """Imports late: models and views can be imported only after Django is set up."""
    from django.core.wsgi import get_wsgi_application

    from provisioner.simulator import database, dialler
    from provisioner.simulator.server import Server

    database.prepare()
    with Server(address, get_wsgi_application()) as server:
        threads = [
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}),
            threading.Thread(target=dialler.run, args=(stopped,)),
        ]
        for thread in threads:
            thread.start()
        if on_ready is not None:
            on_ready(f"http://{address[0]}:{server.port}/rest-api")
        # Waking up now and then: on some platforms a signal is not noticed by a thread that waits for good.
        while not stopped.wait(0.2):
            pass
        server.shutdown()
        for thread in threads:
            thread.join()
    database.close_connections()


@contextmanager
def _database_file(db: Path | None) -> Iterator[Path]:
    """The given file, or a temporary one that is removed afterwards."""
    if db is not None:
        yield db
        return
    with tempfile.TemporaryDirectory(prefix="alice-simulator-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "simulator.sqlite3"


@contextmanager
def _signals_set(stopped: threading.Event) -> Iterator[None]:
    """Let SIGINT and SIGTERM set the event; only the main thread may ask for signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda *_: stopped.set())
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
