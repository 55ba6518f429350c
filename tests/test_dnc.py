"""Who must not be called is not called: DNC lists against the phonebooks that a campaign dials."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner.simulator.process import Simulator
from tests.factories import NOW
from tests.operator import Operator

SEED = "0900000000"  # another tenant's
PROJECT = """alice: 1
project: dnc
endpoint: {endpoint}
timezone: Asia/Ho_Chi_Minh
region: VN
"""
MANIFEST = """surveys:
  promo: {{name: Promo, sections: [{{key: hi, type: play_message, question: Hi, script: Hello}}]}}
phonebooks:
  vip: {{name: VIP, dnc: {dnc}, contacts: {{rows: [{{contact: "0934890841"}}, {{contact: "+84934890842"}}]}}}}
dnc_lists:
  opt-outs: {{name: Opt-outs, numbers: [{numbers}]}}
campaigns:
  tet:
    {{name: Tet, survey: promo, phonebooks: [vip], gateway: AliceDevGateway, frequency: 10, status: started,
     startingdate: 2027-01-10T08:00:00+07:00, expirationdate: 2027-01-30T17:00:00+07:00,
     daily_start_time: 08:00, daily_stop_time: 17:00}}
"""


@pytest.fixture
def operator(simulator: Simulator, tmp_path: Path) -> Operator:
    simulator.reset(now=NOW)
    operator = Operator(tmp_path, simulator, now=NOW)
    operator.write("alice.yaml", PROJECT.format(endpoint=simulator.endpoint))
    return operator


def test_a_listed_contact_refuses_a_start_by_default_in_whatever_form_it_is_written(operator: Operator) -> None:
    operator.write("main.yaml", MANIFEST.format(dnc="error", numbers='"0934890842"'))
    said = operator.run("apply", "--auto-approve", "--allow-calls")
    assert said.code == 3
    assert "dnc-scrub" in said.err
    assert "0934890842" not in said.out + said.err
    assert operator.simulator.writes() == []


def test_dnc_drop_leaves_a_listed_contact_out(operator: Operator) -> None:
    operator.write("main.yaml", MANIFEST.format(dnc="drop", numbers='"0934890842"'))
    assert operator.plan()["calls"]["contacts"] == 1
    operator.apply()
    assert [r["contact"] for r in operator.simulator.objects("contact") if r["contact"] != SEED] == ["0934890841"]
    operator.demand_nothing_to_do()


def test_dnc_drop_deactivates_a_contact_that_was_listed_later(operator: Operator) -> None:
    manifest = MANIFEST.replace("status: started,", "").format(dnc="drop", numbers='"0934890899"')
    operator.write("main.yaml", manifest)
    operator.apply()
    operator.write("main.yaml", manifest.replace("0934890899", "0934890842"))
    operator.apply("--max-remove-percent", "100")
    status = {r["contact"]: r["status"] for r in operator.simulator.objects("contact") if r["contact"] != SEED}
    assert sorted(status.values()) == [0, 1]
    operator.demand_nothing_to_do()


def test_every_list_counts_when_the_campaign_names_none(operator: Operator) -> None:
    text = MANIFEST.format(dnc="error", numbers='"0934890841"').replace("{name: Tet,", "{name: Tet, dnc_lists: [],")
    operator.write("main.yaml", text)
    assert operator.run("apply", "--auto-approve", "--allow-calls").code == 3
