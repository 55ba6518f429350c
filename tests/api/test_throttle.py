"""docs/alice-api.md#rate-limit, and what the client promises about speed and about stopping at once."""

import random
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from provisioner.api import Cancelled
from provisioner.api.throttle import Throttle
from provisioner.api.wire import Answer
from provisioner.errors import ApiError, OutcomeUnknown

from .conftest import TOKEN, MakeClient, Serve
from .scripted import Reply, Seen
from .test_responses import VERBS

OK = Reply(200, {"id": 5})


@pytest.mark.parametrize("verb", VERBS)
def test_a_throttled_request_of_any_verb_is_repeated(serve: Serve, client_of: MakeClient, verb: str) -> None:
    server = serve([Reply(429, {"detail": "Request was throttled."}), Reply(429, headers={"Retry-After": "0"}), OK])
    VERBS[verb](client_of(server))
    assert len(server.asked) == 3


def test_the_servers_retry_after_is_kept(serve: Serve, client_of: MakeClient) -> None:
    server = serve([Reply(429, headers={"Retry-After": "0.3"}), OK])
    client_of(server).create("phonebook", {})
    assert 0.3 <= server.asked[1].at - server.asked[0].at < 0.6


def test_all_threads_pause_together(serve: Serve, client_of: MakeClient) -> None:
    first = threading.Event()

    def script(seen: Seen) -> Reply:
        if not first.is_set():
            first.set()
            return Reply(429, headers={"Retry-After": "0.4"})
        return OK

    server = serve(script)
    client = client_of(server)
    client.identity()
    with ThreadPoolExecutor(4) as threads:
        results = [threads.submit(client.get, "phonebook", 1)]
        assert first.wait(5)
        time.sleep(0.1)
        results += [threads.submit(client.get, "phonebook", number) for number in (2, 3, 4)]
    assert [result.result() for result in results] == [{"id": 5}] * 4
    assert all(seen.at - server.asked[0].at >= 0.4 for seen in server.asked[1:])


def test_a_server_that_throttles_for_ever_is_an_error(serve: Serve, client_of: MakeClient) -> None:
    server = serve(Reply(429, headers={"Retry-After": "0"}))
    with pytest.raises(ApiError, match="still throttles us after many pauses") as caught:
        client_of(server, backoff=0.001).create("phonebook", {})
    assert caught.value.status == 429
    assert len(server.asked) == 11


def test_many_threads_under_a_slow_limit_all_get_through(serve: Serve, client_of: MakeClient) -> None:
    lock, free_at = threading.Lock(), [0.0]

    def script(seen: Seen) -> Reply:
        with lock:
            if seen.at < free_at[0]:
                return Reply(429, headers={"Retry-After": "0.02"})
            free_at[0] = seen.at + 0.02
        return OK

    client = client_of(serve(script))
    with ThreadPoolExecutor(8) as threads:
        assert len(list(threads.map(lambda number: client.create("contact", {}), range(60)))) == 60


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "-7"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "Mon, 01 Feb 2027 08:00:30 GMT", "Date": "Mon, 01 Feb 2027 08:00:00 GMT"}, 30.0),
        ({"Retry-After": "Mon, 01 Feb 2027 07:00:00 GMT", "Date": "Mon, 01 Feb 2027 08:00:00 GMT"}, 0.0),
        ({"Retry-After": "Mon, 01 Feb 2027 08:00:30 -0000", "Date": "Mon, 01 Feb 2027 08:00:00 GMT"}, 30.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(headers: dict[str, str], expected: float | None) -> None:
    assert Answer(429, headers).retry_after() == expected


def test_a_date_without_the_servers_clock_is_measured_on_ours() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    seconds = Answer(429, {"Retry-After": soon}).retry_after()
    assert seconds is not None and 55 < seconds <= 60


def test_the_rate_limit_is_shared_by_all_threads(serve: Serve, client_of: MakeClient) -> None:
    server = serve(OK)
    client = client_of(server, TOKEN, rate_limit=50)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: client.get("phonebook", number), range(21)))
    took = server.asked[-1].at - server.asked[0].at
    assert 0.38 <= took < 1.5


def test_no_more_requests_than_the_parallelism_are_under_way(serve: Serve, client_of: MakeClient) -> None:
    lock, running, most = threading.Lock(), [0], [0]

    def script(seen: Seen) -> Reply:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.02)
        with lock:
            running[0] -= 1
        return OK

    client = client_of(serve(script), TOKEN, parallelism=3)
    with ThreadPoolExecutor(12) as threads:
        list(threads.map(lambda number: client.get("phonebook", number), range(24)))
    assert most[0] == 3


WAITING: dict[str, tuple[Reply, dict[str, float]]] = {
    "throttled": (Reply(429, headers={"Retry-After": "60"}), {}),
    "after-a-server-error": (Reply(503), {"backoff": 60}),
    "for-the-rate-limit": (OK, {"rate_limit": 0.01}),
}


@pytest.mark.parametrize("reason", WAITING)
def test_cancelling_wakes_whoever_waits(serve: Serve, client_of: MakeClient, reason: str) -> None:
    reply, keywords = WAITING[reason]
    server = serve(reply)
    client = client_of(server, TOKEN, **keywords)

    def keep_asking() -> None:
        for number in range(3):
            client.get("phonebook", number)

    with ThreadPoolExecutor(2) as threads:
        results = [threads.submit(keep_asking) for _ in range(2)]
        while not server.asked:
            time.sleep(0.01)
        time.sleep(0.05)
        began = time.monotonic()
        client.cancel()
        assert all(isinstance(result.exception(timeout=5), Cancelled) for result in results)
    assert time.monotonic() - began < 1


def test_cancelling_lets_a_write_in_flight_finish_and_starts_nothing_new(serve: Serve, client_of: MakeClient) -> None:
    server = serve(Reply(201, {"id": 5}, delay=0.2))
    client = client_of(server, TOKEN)
    with ThreadPoolExecutor(1) as threads:
        result = threads.submit(client.create, "phonebook", {"name": "VIP"})
        while not server.asked:
            time.sleep(0.01)
        client.cancel()
        assert result.result(timeout=5) == {"id": 5}
    with pytest.raises(Cancelled, match="stopped before it was sent"):
        client.create("phonebook", {"name": "VIP"})
    assert len(server.asked) == 1


def test_a_signal_handler_can_cancel_a_list_being_read(serve: Serve, client_of: MakeClient) -> None:
    server = serve([Reply(200, {"count": 30, "results": [{"id": 1}]}), Reply(429, headers={"Retry-After": "60"})])
    client = client_of(server)
    before = signal.signal(signal.SIGALRM, lambda number, frame: client.cancel())
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(Cancelled):
            client.list("contact")
    finally:
        signal.signal(signal.SIGALRM, before)


def test_a_signal_never_finds_a_lock_that_cancelling_would_wait_for() -> None:
    """The handler runs in the middle of whatever the main thread does; an Event's lock hung there once in a while."""
    chance = random.Random(1)
    before = signal.getsignal(signal.SIGALRM)
    try:
        for _ in range(300):
            _cancel_after(pace := Throttle(parallelism=2), chance.uniform(0.0002, 0.002))
            with pytest.raises(Cancelled):
                _take_turns(pace)
    finally:
        signal.signal(signal.SIGALRM, before)


def _cancel_after(pace: Throttle, seconds: float) -> None:
    signal.signal(signal.SIGALRM, lambda number, frame: pace.cancel())
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _take_turns(pace: Throttle) -> None:
    while True:
        with pace.turn():
            pass


def test_cancelling_also_reaches_who_waits_for_a_slot(serve: Serve, client_of: MakeClient) -> None:
    server = serve(Reply(200, {"id": 5}, delay=1.0))
    client = client_of(server, TOKEN, parallelism=1)
    with ThreadPoolExecutor(2) as threads:
        results = [threads.submit(client.get, "phonebook", number) for number in range(2)]
        while not server.asked:
            time.sleep(0.01)
        began = time.monotonic()
        client.cancel()
        while not any(result.done() for result in results):
            time.sleep(0.01)
        assert time.monotonic() - began < 0.6
    assert sorted(type(result.exception()).__name__ for result in results) == ["Cancelled", "NoneType"]


def test_a_closed_client_sends_nothing(serve: Serve, client_of: MakeClient) -> None:
    server = serve(OK)
    with client_of(server) as client:
        client.get("phonebook", 5)
    with pytest.raises(Cancelled):
        client.get("phonebook", 5)
    assert len(server.asked) == 1


def test_a_long_pause_is_told_once_however_many_wait(serve: Serve, client_of: MakeClient) -> None:
    told: list[str] = []
    client = client_of(serve(Reply(429, headers={"Retry-After": "60"})), TOKEN, tell=told.append)
    with ThreadPoolExecutor(8) as threads:
        results = [threads.submit(client.get, "phonebook", number) for number in range(8)]
        while not told:
            time.sleep(0.01)
        time.sleep(0.3)
        client.cancel()
        assert all(isinstance(result.exception(timeout=5), Cancelled) for result in results)
    assert told == ["the server throttles: pausing 60 s"]


def test_backing_off_is_told_and_what_is_short_is_not(serve: Serve, client_of: MakeClient) -> None:
    told: list[str] = []
    client = client_of(serve(Reply(503)), TOKEN, tell=told.append, backoff=30)
    with ThreadPoolExecutor(1) as threads:
        result = threads.submit(client.get, "phonebook", 1)
        while not told:
            time.sleep(0.01)
        client.cancel()
        assert isinstance(result.exception(timeout=5), Cancelled)
    assert len(told) == 1 and told[0].startswith("the server does not answer as it should: pausing ")
    told.clear()
    with pytest.raises(ApiError):
        client_of(serve(Reply(503)), TOKEN, tell=told.append, backoff=0.01).get("phonebook", 1)
    assert told == []


def test_the_next_pause_is_told_again() -> None:
    told: list[str] = []
    pace = Throttle(parallelism=8, tell=told.append)
    pace.throttled(time.monotonic(), 30)
    pace.throttled(time.monotonic(), 30)
    pace.throttled(time.monotonic(), 3600)  # far longer than what was told
    assert told == ["the server throttles: pausing 30 s", "the server throttles: pausing 120 s"]


def test_a_slow_limit_of_ones_own_is_told_once(serve: Serve, client_of: MakeClient) -> None:
    told: list[str] = []
    client = client_of(serve(OK), TOKEN, tell=told.append, rate_limit=0.1)
    client.get("phonebook", 1)
    assert told == ["the rate limit that was set: one request every 10 s"]


def test_abandoning_ends_whoever_waits_for_an_answer(serve: Serve, client_of: MakeClient) -> None:
    server = serve(lambda seen: Reply(200, {"id": 5}, delay=20 if "phonebook" in seen.path else 0))
    client = client_of(server, TOKEN, timeout=60)
    with ThreadPoolExecutor(2) as threads:
        read = threads.submit(client.get, "phonebook", 1)
        write = threads.submit(client.create, "phonebook", {})
        while len(server.asked) < 2:
            time.sleep(0.01)
        began = time.monotonic()
        client.cancel()
        client.abandon()
        assert isinstance(read.exception(timeout=10), Cancelled)
        error = write.exception(timeout=10)
    assert time.monotonic() - began < 5
    assert isinstance(error, OutcomeUnknown) and "it may have been done" in str(error)
