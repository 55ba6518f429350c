"""The links of a plan: what depends on what, as far as the plan touches it."""

from __future__ import annotations

from pathlib import Path

from provisioner.simulator.process import Simulator
from tests.factories import NOW
from tests.operator import Operator

PROJECT = "alice: 1\nendpoint: {endpoint}\ntimezone: Asia/Ho_Chi_Minh\nregion: VN\n"
LISTS = """\
surveys:
  welcome:
    name: {name}
    sections: [{{key: hi, type: play_message, question: Hi, script: Xin chào}}]
phonebooks: {{vip: {{name: VIP}}}}
dnc_lists: {{opt-outs: {{name: Opt-outs, numbers: ["0934890884"]}}}}
"""
CAMPAIGN = """\
campaigns:
  tet:
    name: Tết
    survey: welcome
    phonebooks: [vip]
    gateway: AliceDevGateway
    frequency: 10
    startingdate: 2027-01-20T08:00:00+07:00
    expirationdate: 2027-01-30T17:00:00+07:00
    daily_start_time: 08:00
    daily_stop_time: 17:00
    dnc_lists: [opt-outs]
"""
SECTION = "section.welcome.hi needs survey.welcome"


def links(operator: Operator, *options: str) -> list[str]:
    return [f"{each['address']} needs {each['needs']}" for each in operator.plan(*options)["links"]]


def test_links_are_those_of_what_a_plan_touches(simulator: Simulator, tmp_path: Path) -> None:
    operator = Operator(tmp_path, simulator, now=NOW)
    operator.write("alice.yaml", PROJECT.format(endpoint=simulator.endpoint))
    operator.write("lists.yaml", LISTS.format(name="Welcome"))
    operator.write("campaign.yaml", CAMPAIGN)
    everything = [f"campaign.tet needs {each}" for each in ("dnc_list.opt-outs", "phonebook.vip", "survey.welcome")]
    assert links(operator) == [*everything, SECTION]
    assert operator.plan()["timezone"] == "Asia/Ho_Chi_Minh"

    operator.apply()
    operator.demand_nothing_to_do()
    assert links(operator) == []

    operator.write("lists.yaml", LISTS.format(name="Chào"))
    assert links(operator) == ["campaign.tet needs survey.welcome", SECTION]

    operator.write("lists.yaml", LISTS.format(name="Welcome"))
    operator.write("campaign.yaml", "{}")
    assert links(operator, "--prune") == [each for each in everything if "dnc_list" not in each]
