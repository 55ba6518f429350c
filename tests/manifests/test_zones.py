"""Time zones: which names are accepted, everywhere the same, and what the others are answered with."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from provisioner.manifests import zones
from provisioner.manifests.zones import UnknownZone, zone
from tests.manifests.conftest import Folder

HERE = "Asia/Ho_Chi_Minh"


@pytest.mark.parametrize(
    "name", [HERE, "Asia/Saigon", "America/Indiana/Knox", "Europe/London", "US/Pacific", *zones.UTC]
)
def test_regions_and_utc_are_accepted(name: str) -> None:
    assert zone(name).key == name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("GMT+7", f"for UTC+07:00 write '{HERE}' (the zone that is called GMT+7 lies 7 hours WEST of Greenwich)"),
        ("UTC+7", f"for UTC+07:00 write '{HERE}'"),
        ("UTC +7", f"for UTC+07:00 write '{HERE}'"),
        ("utc+07", f"for UTC+07:00 write '{HERE}'"),
        ("+07:00", f"for UTC+07:00 write '{HERE}'"),
        ("+0700", f"for UTC+07:00 write '{HERE}'"),
        ("UTC+07:00", f"for UTC+07:00 write '{HERE}'"),
        ("GMT-7", "for UTC-07:00 write 'America/Phoenix' (the zone that is called GMT-7 lies 7 hours EAST"),
        ("GMT+5:30", "for UTC+05:30 write 'Asia/Kolkata'"),
        ("UTC+25", "no region keeps UTC+25:00 all year"),
        (
            "Etc/GMT+7",
            f"7 hours WEST of Greenwich, its sign is turned round; name the region: for UTC+07:00 write '{HERE}'",
        ),
        ("Etc/GMT-7", "7 hours EAST of Greenwich, its sign is turned round; name the region: for UTC-07:00"),
        ("GMT", "did you mean 'UTC'?"),
        ("Etc/GMT0", "did you mean 'UTC'?"),
        ("Zulu", "did you mean 'UTC'?"),
        ("localtime", "is another time zone on each machine; name the region"),
        ("posixrules", "is another time zone on each machine"),
        ("Factory", "is another time zone on each machine"),
        ("posix/Asia/Tokyo", "on some machines only; name the region, 'Asia/Tokyo'"),
        ("right/Asia/Tokyo", "on some machines only; name the region, 'Asia/Tokyo'"),
        ("EST", "did you mean 'America/New_York'?"),
        ("EST5EDT", "did you mean 'America/New_York'?"),
        ("MST", "did you mean 'America/Phoenix'?"),
        ("CET", "did you mean 'Europe/Brussels'?"),
        ("ICT", f"did you mean '{HERE}'?"),
        ("ICT-7", f"did you mean '{HERE}'?"),
        ("CST", "is an abbreviation and may be several time zones"),
        ("VN time", f"did you mean '{HERE}'?"),
        ("Việt Nam", f"did you mean '{HERE}'?"),
        ("SE Asia Standard Time", f"did you mean '{HERE}'?"),
        ("Singapore", "did you mean 'Asia/Singapore'?"),
        ("Hongkong", "did you mean 'Asia/Hong_Kong'?"),
        ("Amsterdam", "did you mean 'Europe/Amsterdam'?"),
        ("asia/ho_chi_minh", f"did you mean '{HERE}'?"),
        ("Asia/Ho Chi Minh", f"did you mean '{HERE}'?"),
        ("Asia/Ho_Chi_Min", f"did you mean '{HERE}'?"),
        ("../localtime", f"use a name like {HERE}"),
        ("", f"use a name like {HERE}"),
    ],
)
def test_anything_else_is_refused_with_what_is_meant(name: str, said: str) -> None:
    with pytest.raises(UnknownZone) as caught:
        zone(name)
    assert said in str(caught.value)


@pytest.mark.parametrize("sign", ["+", "-"])
@pytest.mark.parametrize("hours", range(15))
@pytest.mark.parametrize("form", ["GMT{}{}", "UTC{}{}", "Etc/GMT{}{}", "{}{:02}:00"])
def test_an_alias_with_a_sign_is_never_proposed(form: str, hours: int, sign: str) -> None:
    with pytest.raises(UnknownZone) as caught:
        zone(form.format(sign, hours))
    assert "'Etc/" not in str(caught.value).removeprefix("'Etc/")


def test_the_region_of_an_offset_keeps_it_all_year() -> None:
    for minutes, region in zones._pairs(zones._OFFSETS):
        offsets = {ZoneInfo(region).utcoffset(datetime(2027, month, 1)) for month in (1, 7)}
        assert offsets == {timedelta(minutes=int(minutes))}, region


def test_every_proposal_is_accepted() -> None:
    assert {region for _, region in zones._named()} <= zones.regions()


@pytest.mark.parametrize("key", ["timezone", "server_timezone"])
def test_a_project_says_it_at_the_place(folder: Folder, key: str) -> None:
    folder.write("alice.yaml", f"alice: 1\nendpoint: https://x.example/rest-api\n{key}: GMT+7\n")
    [line] = folder.errors()
    assert line.startswith(
        f"alice.yaml:3:{len(key) + 3}: error: {key}: 'GMT+7' is not the name of a region: for UTC+07:00"
    )
