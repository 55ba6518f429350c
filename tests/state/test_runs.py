"""Who applied: kept for each scope, newest first, with an end only where there was one."""

from __future__ import annotations

import pytest

from provisioner.errors import StateError
from provisioner.state import RunOrigin, Store

from .conftest import OpenState


def test_a_run_is_noted_at_its_begin_and_at_its_end(store: Store, open_state: OpenState) -> None:
    assert store.runs.latest(9) == ()
    with store.lock():
        store.runs.begin(RunOrigin("r1", "demo", "https://ci.example.vn/1"), "f" * 64, allow_calls=True)
        (begun,) = store.runs.latest(9)
        assert (begun.ended, begun.exit_code, begun.outcomes, begun.allow_calls) == (None, None, {}, True)
        store.runs.end("r1", {"done": 3, "failed": 1})
        store.runs.note_exit("r1", 4)
        store.runs.begin(RunOrigin("r2"), "g", allow_calls=False)
    other = open_state()
    newest, oldest = other.runs.latest(9)
    assert (newest.run, newest.user, newest.job, newest.ended) == ("r2", None, None, None)
    assert (oldest.run, oldest.user, oldest.job) == ("r1", "demo", "https://ci.example.vn/1")
    assert (oldest.fingerprint, dict(oldest.outcomes), oldest.exit_code) == ("f" * 64, {"done": 3, "failed": 1}, 4)
    assert oldest.ended is not None and oldest.began <= oldest.ended and oldest.host and oldest.by
    assert [run.run for run in other.runs.latest(1)] == ["r2"]


def test_scopes_keep_their_own(store: Store, open_state: OpenState) -> None:
    store.runs.begin(RunOrigin("r1"), "f", allow_calls=False)
    other = open_state(environment="staging")
    assert other.runs.latest(9) == ()
    other.runs.begin(RunOrigin("r1"), "g", allow_calls=False)
    other.runs.end("r1", {})
    assert [run.ended for run in store.runs.latest(9)] == [None]


def test_who_has_lost_the_lock_begins_nothing(store: Store, open_state: OpenState) -> None:
    with store.lock():
        open_state().unlock()
        with pytest.raises(StateError):
            store.runs.begin(RunOrigin("r1"), "f", allow_calls=False)
        assert store.runs.latest(9) == ()


def test_names_are_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "\x1b[31m" + "x" * 1000)
    store.runs.begin(RunOrigin("r1", "\u202e" + "y" * 1000), "f", allow_calls=False)
    (run,) = store.runs.latest(1)
    assert run.by == ("[31m" + "x" * 1000)[:100] and run.user == "y" * 100
