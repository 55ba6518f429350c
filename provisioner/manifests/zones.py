"""Time zones by the names of their regions, with advice for names that are no region. The data is tzdata's.

Which names are accepted is the same on every machine: regions (`Asia/Ho_Chi_Minh`) and UTC. The IANA data has other
names too, and each is an accident in waiting: `Etc/GMT+7` lies seven hours west of Greenwich, `EST` knows no summer
time, `localtime` is another zone on every machine, and `posix/...` is there on some machines only.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from provisioner.messages import did_you_mean, named

EXAMPLE = "Asia/Ho_Chi_Minh"
UTC = ("UTC", "Etc/UTC")
ELSEWHERE = frozenset({"localtime", "posixrules", "factory", "local", "system"})
_COPIES = re.compile(r"(?:posix|right)/", re.IGNORECASE)
_OFFSET = re.compile(
    r"(?P<etc>etc/)?(?:gmt|utc|ut|z)?\s*(?P<sign>[+\-\u2212])\s*(?P<hours>\d{1,2}):?(?P<minutes>\d\d)?"
)
_GREENWICH = re.compile(
    r"(?:etc/)?(?:gmt|utc|ut|uct|z|zulu|universal|greenwich)(?:[+-]?0{1,2}(?::?00)?)?|[+-]0{1,2}:?(?:00)?"
)
_ABBREVIATION = re.compile(r"(?P<letters>[a-z]{2,5})(?:[+-]?\d{1,2}(?:[a-z]{3,5})?)?")

# What people call a zone, where the data's own links do not say it. What has several meanings is left out.
_MEANT = """
    ict Asia/Ho_Chi_Minh      indochina Asia/Ho_Chi_Minh   vietnam Asia/Ho_Chi_Minh    viet_nam Asia/Ho_Chi_Minh
    hanoi Asia/Ho_Chi_Minh    ha_noi Asia/Ho_Chi_Minh      asia/hanoi Asia/Ho_Chi_Minh se_asia Asia/Ho_Chi_Minh
    wib Asia/Jakarta          sgt Asia/Singapore           myt Asia/Kuala_Lumpur       pht Asia/Manila
    hkt Asia/Hong_Kong        jst Asia/Tokyo               kst Asia/Seoul              npt Asia/Kathmandu
    est America/New_York      edt America/New_York         est5edt America/New_York    cst6cdt America/Chicago
    cdt America/Chicago       mdt America/Denver           mst7mdt America/Denver      pst America/Los_Angeles
    pdt America/Los_Angeles   pst8pdt America/Los_Angeles  aest Australia/Brisbane     aedt Australia/Sydney
    awst Australia/Perth      bst Europe/London            cest Europe/Brussels        eest Europe/Athens
    msk Europe/Moscow         eat Africa/Nairobi           wat Africa/Lagos            sast Africa/Johannesburg
"""

# A region for every offset that some region keeps all year, in minutes east of Greenwich.
_OFFSETS = """
    -660 Pacific/Pago_Pago  -600 Pacific/Honolulu  -540 Pacific/Gambier     -480 Pacific/Pitcairn  -420 America/Phoenix
    -360 America/Costa_Rica -300 America/Bogota    -240 America/Puerto_Rico -180 America/Sao_Paulo -120 America/Noronha
    -60 Atlantic/Cape_Verde 0 UTC                  60 Africa/Lagos          120 Africa/Johannesburg 180 Africa/Nairobi
    210 Asia/Tehran         240 Asia/Dubai         270 Asia/Kabul           300 Asia/Karachi       330 Asia/Kolkata
    345 Asia/Kathmandu      360 Asia/Dhaka         390 Asia/Yangon          420 Asia/Ho_Chi_Minh   480 Asia/Singapore
    525 Australia/Eucla     540 Asia/Tokyo         570 Australia/Darwin     600 Australia/Brisbane 660 Pacific/Noumea
    720 Pacific/Fiji        780 Pacific/Tongatapu  840 Pacific/Kiritimati
"""


class UnknownZone(ValueError):
    """No region of that name; the message says which was probably meant."""


def zone(name: str) -> ZoneInfo:
    """The zone of a region's name; raises UnknownZone."""
    if name not in regions():
        raise UnknownZone(_refusal(name))
    return ZoneInfo(name)


@cache
def regions() -> frozenset[str]:
    """Every name that is accepted."""
    names = (resources.files("tzdata") / "zones").read_text(encoding="utf-8").split()
    return frozenset({*UTC, *(name for name in names if "/" in name and not name.startswith("Etc/"))})


def _refusal(name: str) -> str:
    """Why a name is not accepted, and what to write."""
    plain = " ".join(_unaccented(name).split()).casefold()
    if spelled := _folded().get(plain.replace(" ", "_")):
        return f"there is no time zone {named(name)}, did you mean '{spelled}'?"
    if plain in ELSEWHERE:
        return f"{named(name)} is another time zone on each machine; name the region, like {EXAMPLE}"
    if copy := _COPIES.match(plain):
        region = _folded().get(plain[copy.end() :], EXAMPLE)
        return f"{named(name)} is a time zone on some machines only; name the region, '{region}'"
    if _GREENWICH.fullmatch(plain):
        return f"{named(name)} is not the name of a region, did you mean 'UTC'?"
    if offset := _OFFSET.fullmatch(plain):
        return _of_offset(name, offset)
    if meant := _meant(plain):
        return f"there is no region {named(name)}, did you mean '{meant}'?"
    if _ABBREVIATION.fullmatch(plain) and name.isupper():
        return f"{named(name)} is an abbreviation and may be several time zones; name the region, like {EXAMPLE}"
    near = did_you_mean(name, regions(), cutoff=0.85)  # Asia/Hanoi is not Asia/Shanghai, an hour away
    return f"there is no time zone {named(name)}{near or f'; use a name like {EXAMPLE}'}"


def _unaccented(text: str) -> str:
    return "".join(mark for mark in unicodedata.normalize("NFD", text) if not unicodedata.combining(mark))


def _folded() -> dict[str, str]:
    return {region.casefold(): region for region in regions()}


def _of_offset(name: str, found: re.Match[str]) -> str:
    """An offset names no region, and in the names of Etc/ its sign is turned round: what that means is said."""
    east, hours = found["sign"] == "+", int(found["hours"])
    minutes = (hours * 60 + int(found["minutes"] or 0)) * (1 if east else -1)
    lies = f"{hours} hours {'WEST' if east else 'EAST'} of Greenwich"
    if found["etc"]:
        both = "; ".join(_at(each) for each in (minutes, -minutes))
        return f"{named(name)} lies {lies}, its sign is turned round; name the region: {both}"
    called = f"GMT{'+' if east else '-'}{hours}"
    return f"{named(name)} is not the name of a region: {_at(minutes)} (the zone that is called {called} lies {lies})"


def _at(minutes: int) -> str:
    """The region to write for an offset."""
    offset = f"UTC{'+' if minutes >= 0 else '-'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    region = dict(_pairs(_OFFSETS)).get(str(minutes))
    return f"for {offset} write '{region}'" if region else f"no region keeps {offset} all year"


def _meant(plain: str) -> str | None:
    """The region of an abbreviation, a country, a city, or another name of the data for it."""
    words = re.sub(r"(?: standard| daylight| summer)?[ _]time$", "", plain)
    letters = _ABBREVIATION.fullmatch(words)
    known = dict(_named())
    return known.get(words) or (known.get(letters["letters"]) if letters else None)


def _named() -> Iterator[tuple[str, str]]:
    """Other names for regions, folded; what comes later wins."""
    yield from ((_city(region), region) for region in sorted(regions()))
    for _, region, name in (line.split() for line in _table("tzdata.zi") if line.startswith("L ")):
        if region in regions():
            yield _city(name), region
    countries = dict(line.split("\t") for line in _table("iso3166.tab"))
    zones = [(code, region) for code, _, region, *_ in (line.split("\t") for line in _table("zone.tab"))]
    several = Counter(code for code, _ in zones)
    for code, region in zones:
        yield _city(region), region
        if several[code] == 1:
            yield from ((code.casefold(), region), (countries[code].casefold(), region))
    yield from ((name.replace("_", " "), region) for name, region in _pairs(_MEANT))


def _city(name: str) -> str:
    return name.rpartition("/")[2].replace("_", " ").casefold()


def _table(name: str) -> list[str]:
    lines = (resources.files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    words = iter(text.split())
    return zip(words, words, strict=True)
