"""What right manifests become: fields in manifest shape, references, settings, places."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone
from pathlib import Path

import pytest

from provisioner import manifests
from provisioner.errors import ManifestError
from provisioner.model import Address, LifecycleRules, Reference, Source
from provisioner.project import Safety
from tests.manifests.conftest import Folder

HANOI = timezone(timedelta(hours=7))
CAMPAIGN = """
surveys:
  welcome: {name: Welcome}
phonebooks:
  vip: {name: VIP}
dnc_lists:
  opt-outs: {name: Opt-outs}
campaigns:
  tet:
    name: Tết 2027
    survey: welcome
    phonebooks: [vip, {name: "Old list"}, {id: 732}]
    gateway: AliceDevGateway
    callerid: 19001234
    frequency: 10
    startingdate: 2027-01-20T08:00:00+07:00
    expirationdate: 2027-01-30 17:00
    daily_start_time: 8:00
    daily_stop_time: 17:00:30
    status: started
    purpose: advertising
    dnc_lists: [opt-outs]
    safety: {max_update_percent: 50}
    lifecycle: {prevent_delete: true, ignore_changes: [callerid]}
    id: 7
    renamed_from: tet-2026
"""


def test_a_campaign_is_read_in_manifest_shape(folder: Folder) -> None:
    campaign = folder.one(CAMPAIGN)
    assert campaign.address == Address("campaign", "tet")
    assert campaign.fields == {
        "name": "Tết 2027",
        "survey": Reference("survey", "key", "welcome"),
        "phonebooks": (
            Reference("phonebook", "key", "vip"),
            Reference("phonebook", "name", "Old list"),
            Reference("phonebook", "id", 732),
        ),
        "gateway": Reference("gateway", "name", "AliceDevGateway"),
        "callerid": "19001234",
        "frequency": 10,
        "startingdate": datetime(2027, 1, 20, 8, tzinfo=HANOI),
        "expirationdate": datetime(2027, 1, 30, 17, tzinfo=HANOI),
        "daily_start_time": time(8),
        "daily_stop_time": time(17, 0, 30),
        "status": "started",
    }


def test_what_is_not_sent_is_kept_apart(folder: Folder) -> None:
    campaign = folder.one(CAMPAIGN)
    assert campaign.settings == {
        "purpose": "advertising",
        "dnc_lists": (Reference("dnc_list", "key", "opt-outs"),),
        "safety": Safety(max_update_percent=50),
    }
    assert campaign.lifecycle == LifecycleRules(prevent_delete=True, ignore_changes=("callerid",))
    assert (campaign.pin, campaign.renamed_from) == (7, "tet-2026")


def test_positions_are_those_of_the_values(folder: Folder) -> None:
    campaign = folder.one(CAMPAIGN)
    assert campaign.source == Source("manifest.yaml", 9, 3)
    assert campaign.position("name") == Source("manifest.yaml", 10, 11)
    assert campaign.position("daily_stop_time") == Source("manifest.yaml", 19, 22)
    assert campaign.position("description") == campaign.source
    assert set(campaign.positions) >= {"name", "status", "id"}
    assert len(campaign.positions) == 17


def test_a_declared_datetime_keeps_its_offset(folder: Folder) -> None:
    event = folder.one(
        "events:\n  e: {title: E, start: 2027-01-20T01:00:00Z, end: 2027-01-20 10:00+0900, calendar: {id: 1}}"
    )
    assert event.fields["start"].utcoffset() == timedelta(0)
    assert event.fields["end"].utcoffset() == timedelta(hours=9)
    assert event.fields["start"] == datetime(2027, 1, 20, 1, tzinfo=UTC)


def test_sections_are_resources_in_declared_order(folder: Folder) -> None:
    resources = folder.resources(
        """
        surveys:
          welcome:
            name: Welcome
            sections:
              - {key: zulu, type: play_message, question: A, renamed_from: older}
              - {key: alpha, type: hang_up, question: B, script: ""}
          other: {name: Other}
        """
    )
    assert [str(address) for address in resources] == [
        "survey.welcome",
        "section.welcome.zulu",
        "section.welcome.alpha",
        "survey.other",
    ]
    zulu, alpha = resources[Address("section", "welcome.zulu")], resources[Address("section", "welcome.alpha")]
    assert zulu.fields["survey"] == Reference("survey", "key", "welcome")
    assert zulu.renamed_from == "welcome.older"
    assert alpha.fields["script"] is None
    assert zulu.source == Source("manifest.yaml", 6, 17)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{campaign: tet}", Reference("sealed_survey", "campaign", "tet")),
        ("welcome", Reference("sealed_survey", "key", "welcome")),
        ("{name: Welcome}", Reference("sealed_survey", "name", "Welcome")),
        ("{id: 953}", Reference("sealed_survey", "id", 953)),
    ],
)
def test_a_sealed_survey_has_four_forms(folder: Folder, written: str, expected: Reference) -> None:
    setting = f"calendar_settings:\n  s: {{label: S, survey: {written}, gateway: {{id: 23}}, call_timeout: 60}}\n"
    found = folder.resources(CAMPAIGN + setting)[Address("calendar_setting", "s")]
    assert found.fields["survey"] == expected
    assert found.fields["gateway"] == Reference("gateway", "id", 23)


def test_the_creator_of_an_event_is_its_calendars_user(folder: Folder) -> None:
    event = folder.one(
        """
        calendars:
          c: {name: C, user: {name: bot}}
        events:
          e: {title: E, start: 2027-01-20 08:00, end: 2027-01-20 09:00, calendar: c}
        """
    )
    assert event.fields["creator"] == Reference("calendar_user", "name", "bot")
    assert event.settings["inherited"] == ("creator",)
    assert "creator" not in event.positions


@pytest.mark.parametrize("more", ["calendar: {name: Theirs}", "calendar: c, creator: {id: 3}"])
def test_a_declared_creator_or_an_unmanaged_calendar_inherits_nothing(folder: Folder, more: str) -> None:
    event = folder.one(
        f"calendars:\n  c: {{name: C, user: {{id: 1}}}}\n"
        f"events:\n  e: {{title: E, start: 2027-01-20 08:00, end: 2027-01-20 09:00, {more}}}\n"
    )
    assert "inherited" not in event.settings
    assert event.fields.get("creator") in (None, Reference("calendar_user", "id", 3))


def test_text_takes_plain_scalars_as_written_and_loses_outer_blanks(folder: Folder) -> None:
    survey = folder.one('surveys:\n  s: {name: 1.10, tts_language: no, description: "  "}')
    assert survey.fields == {"name": "1.10", "tts_language": "no", "description": None}


def test_a_key_may_be_used_again_in_another_kind_and_collections_spread_over_files(folder: Folder) -> None:
    folder.write("a.yaml", "surveys:\n  x: {name: One}\nphonebooks:\n  x: {name: One}\n")
    folder.write("b/c.yml", "surveys:\n  y: {name: Two}\n")
    assert [str(address) for address in folder.load().resources] == ["survey.x", "phonebook.x", "survey.y"]


def test_extension_keys_hold_anchors(folder: Folder) -> None:
    survey = folder.one(
        "x-any: &any {tts_language: vi, nonsense: [1]}\nx-more:\nsurveys:\n  s: {name: S, <<: &l {tts_language: en}}\n"
    )
    assert survey.fields["tts_language"] == "en"


def test_nothing_declared_is_an_empty_project(folder: Folder) -> None:
    folder.write("empty.yaml", "")
    folder.write("comment.yaml", "# nothing yet\nsurveys:\n")
    assert folder.load().resources == {}


def test_an_alarms_number_gets_the_form_in_which_it_is_sent(folder: Folder) -> None:
    text = 'alarms:\n  a: {event: {id: 1}, alarm_phonenumber: "+84 934 890 883", date_start_notice: 2027-01-20 08:00}\n'
    assert folder.one(text).fields["alarm_phonenumber"] == "0934890883"
    folder.configure("number_format: e164\n")
    assert folder.one(text.replace("+84 ", "0")).fields["alarm_phonenumber"] == "+84934890883"
    folder.configure("number_format: as_is\n")
    assert folder.one(text).fields["alarm_phonenumber"] == "+84 934 890 883"


def test_a_folder_without_project_file_is_not_looked_into(tmp_path: Path) -> None:
    with pytest.raises(
        ManifestError, match=r"there is no alice.yaml in .*; run `alice-apply init`, or name the project"
    ):
        manifests.load(tmp_path, environment=None, variables={}, environ={})


def test_a_project_file_with_the_other_suffix_is_recognised(folder: Folder) -> None:
    (folder.root / "alice.yaml").rename(folder.root / "alice.yml")
    assert "; rename alice.yml" in folder.errors()[0]
