"""Rows behind the API's back: what the tables hold, and changes as somebody in Alice's web page would make them.

No tenant, no validation, no variants. Two things still follow, as they do on the web page: a campaign that is started
is frozen and imported, and a new contact of a running campaign is subscribed.
"""

from datetime import date, time
from typing import Any

from django.db import IntegrityError, connection
from django.db.models import Max, Model

from provisioner.simulator import lifecycle, subscriptions
from provisioner.simulator.models import CalendarProfile, Campaign, Contact, User
from provisioner.simulator.tables import HIDDEN_MODELS, MODELS

_TABLES: dict[str, Any] = {**MODELS, **HIDDEN_MODELS, "user": User}
_DEFAULTS: dict[str, dict[str, Any]] = {"campaigns": {"aleg_gateway": 23, "object_id": 350}}
_DEMO = 203
_USER_FIELDS = ("password", "calendar_setting")


def counts() -> dict[str, int]:
    return {kind: table.objects.count() for kind, table in _TABLES.items()}


def dump(kind: str, query: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows by id; a relation is an id, a list of relations a sorted list of ids."""
    table = _table(kind)
    lists = [column.name for column in table._meta.many_to_many]
    return [_as_json(row, lists) for row in table.objects.filter(**query).prefetch_related(*lists).order_by("pk")]


def _as_json(row: Model, lists: list[str]) -> dict[str, Any]:
    columns = {column.name: _plain(column.value_from_object(row)) for column in row._meta.concrete_fields}
    return {**columns, **{name: sorted(item.pk for item in getattr(row, name).all()) for name in lists}}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | time) else value


def create(kind: str, fields: dict[str, Any]) -> dict[str, Any]:
    """A row with all its consequences; `user` is demo unless given."""
    table = _table(kind)
    row = table()
    special = {name: fields[name] for name in _USER_FIELDS if table is User and name in fields}
    _save(row, {**_defaults(kind, table), **_without(fields, special)}, special)
    if isinstance(row, Campaign):
        lifecycle.follow_status(row)
    if isinstance(row, Contact):
        subscriptions.subscribe([row])
    return dump(kind, {"id": row.pk})[0]


def _without(fields: dict[str, Any], special: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in special}


def create_many(kind: str, bodies: list[dict[str, Any]]) -> list[int]:
    """Many rows by one statement, without consequences; answers their ids. Much faster than Django's bulk_create."""
    table = _table(kind)
    columns = {column.attname: column for column in table._meta.concrete_fields if not column.primary_key}
    blank = table(**_columns(table, _defaults(kind, table)))
    defaults = _stored(columns, {name: getattr(blank, name) for name in columns})
    values = [tuple({**defaults, **_stored(columns, _columns(table, fields))}.values()) for fields in bodies]
    marks = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table._meta.db_table} ({', '.join(columns)}) VALUES ({marks})", values)
    last = table.objects.aggregate(last=Max("pk"))["last"] or 0
    return list(range(last - len(bodies) + 1, last + 1))


def _stored(columns: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Values as the database keeps them; ids of new rows are left to it."""
    known = (name for name in values if name in columns)
    return {name: columns[name].get_db_prep_save(values[name], connection) for name in known}


def change(kind: str, pk: int, fields: dict[str, Any]) -> dict[str, Any]:
    row = _row(kind, pk)
    _save(row, fields, {})
    if isinstance(row, Campaign):
        lifecycle.follow_status(row)
    return dump(kind, {"id": pk})[0]


def delete(kind: str, pk: int) -> None:
    _row(kind, pk).delete()


def _table(kind: str) -> Any:
    if kind not in _TABLES:
        raise ValueError(f"no kind is called {kind!r}; there are {', '.join(_TABLES)}")
    return _TABLES[kind]


def _row(kind: str, pk: int) -> Any:
    row = _table(kind).objects.filter(pk=pk).first()
    if row is None:
        raise ValueError(f"no {kind} {pk}")
    return row


def _defaults(kind: str, table: Any) -> dict[str, Any]:
    owner = {"user": _DEMO} if table.OWNER == "user" and kind != "calendar-user" else {}
    return {**owner, **_DEFAULTS.get(kind, {})}


def _columns(table: Any, fields: dict[str, Any]) -> dict[str, Any]:
    """Plain columns by attribute name, so that a relation can be given as an id."""
    known = {column.name: column.attname for column in table._meta.concrete_fields}
    lists = {column.name for column in table._meta.many_to_many}
    unknown = set(fields) - set(known) - lists
    if unknown:
        raise ValueError(f"no column {', '.join(sorted(unknown))}; there are {', '.join([*known, *lists])}")
    return {known[name]: value for name, value in fields.items() if name in known}


def _save(row: Any, fields: dict[str, Any], special: dict[str, Any]) -> None:
    for name, value in _columns(type(row), fields).items():
        setattr(row, name, value)
    if "password" in special:
        row.set_password(special["password"])
    try:
        row.save()
    except IntegrityError as error:
        raise ValueError(str(error)) from error
    if "calendar_setting" in special:
        _make_calendar_user(row, special["calendar_setting"])
    for column in row._meta.many_to_many:
        if column.name in fields:
            getattr(row, column.name).set(fields[column.name])
    row.refresh_from_db()


def _make_calendar_user(user: User, setting: int) -> None:
    CalendarProfile.objects.create(user=user, manager_id=_DEMO, calendar_setting_id=setting)
