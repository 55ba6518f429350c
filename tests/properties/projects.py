"""Random projects over all kinds, and random other ones made from them. Values are manifests as JSON, which is YAML.

A second project is a mixture of the first and another one drawn from the same small pools of keys, names and values:
fields, references, rows and whole resources change, come, go, swap names or get another key. What cannot stand is
taken out again: a reference to nothing, two resources that would be one live object.
"""

from __future__ import annotations

import copy
import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

Manifest = dict[str, dict[str, dict[str, Any]]]
Draw = Callable[[st.SearchStrategy[Any]], Any]

NUMBERS = tuple(f"09348908{index:02}" for index in range(10, 22))
FORMS: tuple[Callable[[str], str], ...] = (
    lambda number: number,
    lambda number: f"+84{number[1:]}",
    lambda number: f"{number[:4]} {number[4:7]} {number[7:]}",
)
TEXTS = (
    "Xin chào",
    "Ca\u0302u ho\u0309i",
    "  blanks  ",
    "two\nlines\n",
    "0123",
    "yes",
    "08:00",
    "a: {b} # c",
    "'\"\\",
    "",
    None,
)
ZONE = timezone(timedelta(hours=7))  # of moments without an offset
FREE = tuple(text for text in TEXTS if text and text.strip())
NAMES = ("Tết 2027", "VIP", "1234", "no", "a b c", "Z" * 30)
PAST = ("2027-01-02T08:00:00+07:00", "2027-01-03 17:00")  # over when the story begins
FIRST = ("2027-01-10T08:00:00+07:00", "2027-01-20 08:00", "2027-01-20T01:00:00Z", "2027-02-01T00:00:00.250000+09:00")
LAST = ("2027-03-01T17:00:00+07:00", "2027-03-02 00:00:59")
VARIABLES = ({}, {"amount": "100"}, {"amount": "100", "policy_no": "Đ1"}, {"x": ""})

COLLECTIONS = (
    "surveys", "phonebooks", "dnc_lists", "campaigns",
    "calendar_settings", "calendar_users", "calendars", "events", "alarms",
)  # fmt: skip
IDENTITY = {
    "surveys": ("name",),
    "phonebooks": ("name",),
    "dnc_lists": ("name",),
    "campaigns": ("name",),
    "calendar_settings": ("label",),
    "calendar_users": ("username",),
    "calendars": ("user", "name"),
    "events": ("calendar", "title", "start"),
    "alarms": ("event", "alarm_phonenumber", "date_start_notice"),
}
REFERENCES = {
    "campaigns": {"survey": "surveys"},
    "calendar_users": {"calendar_setting": "calendar_settings"},
    "calendars": {"user": "calendar_users"},
    "events": {"calendar": "calendars"},
    "alarms": {"event": "events"},
}
# Not what identifies an object: with an empty state it would be looked for in vain.
IGNORABLE = {
    "surveys": ("description", "tts_language"),
    "phonebooks": ("description",),
    "campaigns": ("frequency", "description", "callerid", "status"),
    "calendar_settings": ("call_timeout", "callerid"),
    "events": ("description", "end"),
}


def some(draw: Draw, values: Any) -> Any:
    return draw(st.sampled_from(values))


def maybe(draw: Draw) -> bool:
    return bool(draw(st.booleans()))


@st.composite
def projects(draw: Draw) -> Manifest:
    """A project in which every reference leads somewhere; empty collections are left in."""
    found: Manifest = {name: {} for name in COLLECTIONS}
    least = some(draw, (0, 1, 1, 1))
    for name in COLLECTIONS:
        for key in draw(st.lists(st.sampled_from(("a", "b", "c")), unique=True, min_size=least, max_size=3)):
            resource = MAKERS[name](draw, found)
            if resource is not None:
                found[name][key] = resource
    return standing(found)


@st.composite
def successors(draw: Draw, first: Manifest) -> Manifest:
    """What the same project may look like later."""
    second = draw(projects())
    mixed: Manifest = {name: {} for name in COLLECTIONS}
    for name in COLLECTIONS:
        for key in dict.fromkeys((*first[name], *second[name])):
            resource = _mixed(draw, first[name].get(key), second[name].get(key))
            if resource is not None:
                mixed[name][key] = copy.deepcopy(resource)
    for name in COLLECTIONS:
        for key in [*mixed[name]]:
            if some(draw, range(6)) == 0:
                _rename(draw, mixed, name, key)
        for resource in mixed[name].values():
            if name in IGNORABLE and some(draw, range(5)) == 0:
                resource["lifecycle"] = {"ignore_changes": [some(draw, IGNORABLE[name])]}
    return standing(mixed)


def _mixed(draw: Draw, old: Any, new: Any) -> Any:
    if old is None or new is None:
        return some(draw, (old, old, new))
    fields = {name: some(draw, (old, old, new)).get(name) for name in {**old, **new}}
    for begin, end in (("startingdate", "expirationdate"), ("start", "end")):
        if begin in fields and (fields[begin] in PAST) != (fields[end] in PAST):
            fields |= {name: old[name] for name in (begin, end)}
    return {name: value for name, value in fields.items() if value is not None or (name in old and name != "status")}


def _rename(draw: Draw, project: Manifest, name: str, key: str) -> None:
    """Another key; everything that points at it follows."""
    other = f"{key}-new"
    project[name] = {other if k == key else k: resource for k, resource in project[name].items()}
    if maybe(draw):
        project[name][other]["renamed_from"] = key
    for collection in COLLECTIONS:
        for resource in project[collection].values():
            point(resource, collection, name, key, other)


def point(resource: dict[str, Any], collection: str, name: str, key: str, other: str) -> None:
    for field, to in REFERENCES.get(collection, {}).items():
        if to == name and resource[field] == key:
            resource[field] = other
    if collection == "campaigns" and name in ("phonebooks", "dnc_lists"):
        resource[name] = [other if each == key else each for each in resource.get(name, ())]
    if collection == "calendar_settings" and resource["survey"] == {"campaign": key} and name == "campaigns":
        resource["survey"] = {"campaign": other}
    if collection == "calendar_settings" and resource["survey"] == key and name == "surveys":
        resource["survey"] = other


def standing(project: Manifest) -> Manifest:
    """Without what points at nothing or is the same live object as another."""
    kept: Manifest = {}
    for name in COLLECTIONS:
        kept[name], seen = {}, set()
        for key, resource in project[name].items():
            identity = tuple(_comparable(resource.get(field)) for field in IDENTITY[name])
            if identity not in seen and _complete(name, resource, kept):
                seen.add(identity)
                kept[name][key] = resource
    return kept


def _comparable(value: Any) -> str:
    """Without blanks, numbers and moments in one form."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return re.sub(r"^\+84", "0", re.sub(r"\s", "", str(value)))
    return str((moment if moment.tzinfo else moment.replace(tzinfo=ZONE)).astimezone(UTC))


def _complete(name: str, resource: dict[str, Any], kept: Manifest) -> bool:
    if name == "campaigns":
        for field in ("phonebooks", "dnc_lists"):
            resource[field] = [key for key in resource.get(field) or () if key in kept[field]]
        if not resource["phonebooks"]:
            return False
    if name == "calendar_settings":
        survey = resource["survey"]
        makers = kept["campaigns"]
        return survey["campaign"] in makers if isinstance(survey, dict) else survey in kept["surveys"]
    return all(resource.get(field) in kept[to] for field, to in REFERENCES.get(name, {}).items())


# One resource of each kind. None: what it needs is not there.


def _survey(draw: Draw, found: Manifest) -> dict[str, Any]:
    keys = draw(st.lists(st.sampled_from(("s1", "s2", "s3")), unique=True, max_size=3))
    questions = draw(st.permutations(FREE))
    sections = [
        {
            "key": key,
            "type": some(draw, ("play_message", "rating", "hang_up")),
            "question": question,
            **_optional(draw, script=TEXTS),
        }
        for key, question in zip(keys, questions, strict=False)
    ]
    language = _optional(draw, tts_language=("vi", "en"), description=TEXTS)
    return {"name": some(draw, NAMES), **language, "sections": sections}


def _optional(draw: Draw, **values: Any) -> dict[str, Any]:
    return {name: some(draw, those) for name, those in values.items() if maybe(draw)}


def _phonebook(draw: Draw, found: Manifest) -> dict[str, Any]:
    phonebook = {"name": some(draw, NAMES), "dnc": "drop", **_optional(draw, description=TEXTS)}
    if some(draw, range(4)):
        phonebook["contacts"] = {
            "rows": draw(st.lists(st.builds(dict, **ROW) | rows(), min_size=1, max_size=9)),
            "on_duplicate": some(draw, ("first", "last")),
            "on_missing": some(draw, ("deactivate", "deactivate", "keep")),
            "as_file": maybe(draw),
        }
    return phonebook


@st.composite
def rows(draw: Draw) -> dict[str, Any]:
    """A row with some of the fields."""
    return _number(draw) | _optional(
        draw,
        status=("active", "inactive"),
        first_name=("Linh", " Đạt ", "", "Nguyễn Thị"),
        email=("linh@example.com", ""),
        description=("0123", 'a,b;c"d'),
        variables=VARIABLES,
    )


def _number(draw: Draw) -> dict[str, Any]:
    return {"contact": some(draw, FORMS)(some(draw, NUMBERS))}


ROW = {"contact": st.sampled_from(NUMBERS)}


def _dnc_list(draw: Draw, found: Manifest) -> dict[str, Any]:
    own = {"name": some(draw, NAMES), **_optional(draw, description=TEXTS)}
    if maybe(draw):
        own["numbers"] = [
            some(draw, FORMS)(number) for number in draw(st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=4))
        ]
    return own


def _campaign(draw: Draw, found: Manifest) -> dict[str, Any] | None:
    if not found["surveys"] or not found["phonebooks"]:
        return None
    return {
        "name": some(draw, NAMES),
        "survey": some(draw, [*found["surveys"]]),
        "phonebooks": draw(st.lists(st.sampled_from([*found["phonebooks"]]), unique=True, min_size=1)),
        "dnc_lists": draw(st.lists(st.sampled_from([*found["dnc_lists"]]), unique=True)) if found["dnc_lists"] else [],
        "gateway": some(draw, ("AliceDevGateway", "AliceBackupGateway")),
        "frequency": some(draw, (1, 10, 100)),
        **_span(draw, "startingdate", "expirationdate"),
        "daily_start_time": some(draw, ("08:00", "09:30")),
        "daily_stop_time": some(draw, ("17:00", "19:59:59")),
        **_optional(
            draw,
            callerid=("19001234", None),
            description=TEXTS,
            status=("started", "started", "paused", "aborted", "ended"),
        ),
    }


def _span(draw: Draw, begin: str, end: str) -> dict[str, str]:
    if some(draw, range(6)) == 0:
        return {begin: PAST[0], end: PAST[1]}
    return {begin: some(draw, FIRST), end: some(draw, LAST)}


def _calendar_setting(draw: Draw, found: Manifest) -> dict[str, Any] | None:
    sources = [{"campaign": key} for key in found["campaigns"]]
    sources += [resource["survey"] for resource in found["campaigns"].values()]
    if not sources:
        return None
    return {
        "label": some(draw, NAMES),
        "survey": some(draw, sources),
        "gateway": "AliceDevGateway",
        "call_timeout": some(draw, (30, 60)),
        **_optional(draw, callerid=("19001234", ""), caller_name=FREE),
    }


def _calendar_user(draw: Draw, found: Manifest) -> dict[str, Any] | None:
    if not found["calendar_settings"]:
        return None
    return {
        "username": some(draw, ("bot-1", "bot-2", "bot-3")),
        "password": "${env.CLINIC_PASSWORD}",
        "calendar_setting": some(draw, [*found["calendar_settings"]]),
    }


def _calendar(draw: Draw, found: Manifest) -> dict[str, Any] | None:
    return _under(draw, found, "user", "calendar_users", name=some(draw, NAMES))


def _event(draw: Draw, found: Manifest) -> dict[str, Any] | None:
    event = _under(draw, found, "calendar", "calendars", title=some(draw, FREE), **_span(draw, "start", "end"))
    return event and {**event, **_optional(draw, description=TEXTS)}


def _alarm(draw: Draw, found: Manifest) -> dict[str, Any] | None:
    alarm = _under(
        draw,
        found,
        "event",
        "events",
        alarm_phonenumber=some(draw, FORMS)(some(draw, NUMBERS)),
        date_start_notice=some(draw, (*FIRST[1:], PAST[0])),
    )
    return alarm and {**alarm, **_optional(draw, phonenumber_transfer=("0934890899", ""))}


def _under(draw: Draw, found: Manifest, field: str, parents: str, **fields: Any) -> dict[str, Any] | None:
    return {field: some(draw, [*found[parents]]), **fields} if found[parents] else None


MAKERS: dict[str, Callable[[Draw, Manifest], dict[str, Any] | None]] = {
    "surveys": _survey,
    "phonebooks": _phonebook,
    "dnc_lists": _dnc_list,
    "campaigns": _campaign,
    "calendar_settings": _calendar_setting,
    "calendar_users": _calendar_user,
    "calendars": _calendar,
    "events": _event,
    "alarms": _alarm,
}


def files(project: Manifest) -> Iterator[tuple[str, str]]:
    """The files of a project: one manifest, and the row files it names."""
    written = copy.deepcopy(project)
    for key, phonebook in written["phonebooks"].items():
        contacts = phonebook.get("contacts")
        if contacts and contacts.pop("as_file") and contacts["rows"]:
            yield f"{key}.csv", _csv(contacts.pop("rows"))
            contacts["file"] = f"{key}.csv"
    yield "main.yaml", json.dumps({name: those for name, those in written.items() if those}, indent=1)


def _csv(those: list[dict[str, Any]]) -> str:
    names = [*dict.fromkeys(name for row in those for name in row if name != "variables")]
    out = io.StringIO()
    writer = csv.DictWriter(out, names, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(those)
    return out.getvalue()
