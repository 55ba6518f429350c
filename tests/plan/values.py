"""Random desired values for every declared field of every kind, straight from the declarations."""

from __future__ import annotations

from datetime import UTC, datetime, time

from hypothesis import strategies as st

from provisioner.resources import (
    KINDS,
    Choice,
    DailyTime,
    Field,
    Instant,
    Integer,
    Kind,
    Password,
    Relation,
    Text,
    Update,
)

DECLARED = sorted(kind.name for kind in KINDS.values() if kind.collection or kind.parent)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20)


def value_of(field: Field) -> st.SearchStrategy[object]:
    """A canonical value as it stands in a resource whose relations are resolved."""
    match field:
        case Relation(many=True):
            ids = st.frozensets(st.integers(1, 9), min_size=1, max_size=4)
            return ids.map(lambda found: tuple(sorted(found)))
        case Relation():
            return st.integers(1, 9)
        case Text():
            return TEXTS.map(field.canonical)
        case Integer():
            return st.integers(field.minimum or 0, field.maximum or 1000)
        case Choice():
            return st.sampled_from(sorted(field.codes))
        case Instant():
            moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1))
            return moments.map(lambda moment: moment.replace(tzinfo=UTC))
        case DailyTime():
            return st.times().map(lambda moment: time(moment.hour, moment.minute, moment.second))
    raise TypeError(f"no values for {type(field).__name__}")


def fields_of(kind: Kind) -> st.SearchStrategy[dict[str, object]]:
    """All comparable fields of one resource."""
    compared = [f for f in kind.fields if f.update is not Update.STATUS and not isinstance(f, Password)]
    return st.fixed_dictionaries({field.name: value_of(field) for field in compared})
