"""The `state` commands on PostgreSQL: the same words as on SQLite, and a lock that lives in a session."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from provisioner.cli import run
from provisioner.model import Address

from .conftest import OpenState
from .samples import CAMPAIGN, GREETING, SURVEY, record


def test_the_state_commands_work_on_a_shared_database(
    tmp_path: Path,
    postgres_url: str,
    open_state: OpenState,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def alice(*words: str) -> tuple[int, str]:
        code = run(["-C", str(tmp_path), "state", *words])
        return code, capsys.readouterr().out

    (tmp_path / "alice.yaml").write_text("alice: 1\nproject: antbuddy\nendpoint: http://127.0.0.1:9\n")
    monkeypatch.setenv("ALICE_STATE", postgres_url)
    store, neighbour = open_state(url=postgres_url), open_state("staging", url=postgres_url)
    for each in (SURVEY, GREETING, CAMPAIGN):
        store.put(record(each, fields={"survey": "welcome"} if each != SURVEY else {}))
        neighbour.put(record(each))
    assert alice("mv", "survey.welcome", "survey.hello")[0] == 0
    assert alice("rm", "campaign.tet-2027") == (0, "forgot campaign.tet-2027: id 7 stays on Alice\n")
    resources = json.loads(alice("list", "--output", "json")[1])["resources"]
    assert [each["address"] for each in resources] == ["section.hello.greeting", "survey.hello"]
    assert store.recorded()[Address("section", "hello.greeting")].fields == {"survey": "hello"}
    assert set(neighbour.recorded()) == {SURVEY, GREETING, CAMPAIGN}
    with store.lock():
        assert alice("rm", "survey.hello")[0] == 6
        assert alice("unlock", "--force")[1].startswith("Released the lock of ")
        assert alice("unlock") == (0, "The state is not locked.\n")
