"""Which column of a file holds which field, and what is wrong with a file's columns: for validate and plan alike.

A column that is named in the manifest is that very one if the file has it; else, like a field that goes by its own
name, the one whose name is the same to a reader (`messages.folded`). Where two are, nobody can know which is meant. A
column that looks like the status is never passed over: who is not to be called would be. Must not read files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from provisioner.messages import differing, folded, looks_like_name, looks_personal, nearest, one_line, plain, shown

STATUS = "status"
ALIKE = 0.8
MAX_LISTED = 12
NOT_SHOWN = "(not shown)"
NO_HEADER = "is not there; a file without a header line has nothing but the number"


@dataclass(frozen=True, slots=True)
class ColumnOptions:
    """What is declared of the columns. `number` is the field of the telephone number.

    `fields` go by their own names; `columns` says which column holds a field, "" that none does, `variables` which one
    holds a variable; `condition` is the filter, which may read others.
    """

    number: str
    fields: tuple[str, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    condition: str = ""

    @classmethod
    def of(
        cls, fields: Sequence[str], columns: Mapping[str, str], variables: Mapping[str, str], condition: str | None
    ) -> ColumnOptions:
        """`fields` of a row, the number first. Once a column is named, only the number and the status go unnamed."""
        number = fields[0]
        named = any(columns.values())
        by_name = [name for name in fields if name not in columns and (not named or name in (number, STATUS))]
        return cls(number, tuple(by_name), dict(columns), dict(variables), condition or "")

    def found(self, names: Sequence[str]) -> int:
        """How many of the wanted columns are among these names."""
        there = {folded(name) for name in names}
        wanted = {*self.fields, *self.columns.values(), *self.variables.values()} - {""}
        return sum(folded(name) in there for name in wanted)


@dataclass(frozen=True, slots=True)
class ColumnProblem:
    """What is wrong with `columns`, names as they are written; `path` is the option that names them, if one does."""

    columns: tuple[str, ...]
    why: str
    path: tuple[str | int, ...] = ()

    def said(self, quoted: Sequence[str], of: str = "") -> str:
        """The sentence, given the names in quotes."""
        names = " and ".join(quoted)
        return f"the column{'s' if len(quoted) > 1 else ''} {names}{of} {self.why}"

    def __str__(self) -> str:
        return self.said([f"'{shown(name)}'" for name in self.columns])


@dataclass(slots=True)
class Columns:
    """Where the fields and the variables are, counted from 0; `problems` are all that is wrong."""

    fields: dict[str, int] = field(default_factory=dict)
    variables: dict[str, int] = field(default_factory=dict)
    problems: list[ColumnProblem] = field(default_factory=list)


def columns_of(names: Sequence[str], wanted: ColumnOptions, *, whole: bool = True) -> Columns:
    """No names are those of a file without a header, which is one column of numbers.

    `whole`: these are all names there are, so that one which is not among them is missing.
    """
    if not names:
        return _bare(wanted)
    found = Columns()
    for name in wanted.fields:
        places = alike(names, name)
        if len(places) > 1:
            found.problems.append(_ambiguous(names, places, name))
        elif places:
            found.fields[name] = places[0]
        elif name == wanted.number and whole:
            found.problems.append(ColumnProblem((name,), _missing(names, name)))
    for path, name, column in _declared(wanted):
        places = meant(names, column)
        if len(places) > 1:
            found.problems.append(_twice(names, places, path))
        elif places:
            (found.fields if path[0] == "columns" else found.variables)[name] = places[0]
        elif whole:
            found.problems.append(ColumnProblem((column,), _missing(names, column), path))
    found.problems += _overlooked(names, wanted, found)
    return found


def taken(names: Sequence[str], wanted: ColumnOptions, found: Columns) -> Iterator[tuple[str, str]]:
    """(column, what it was taken for) where the name is not the very one that was looked for."""
    asked = {**{name: name for name in wanted.fields}, **wanted.columns, **wanted.variables}
    for name, place in (*found.fields.items(), *found.variables.items()):
        found_as = one_line(plain(names[place])) if names else ""
        if names and found_as != plain(asked.get(name, name)):
            yield found_as, asked.get(name, name)


def _bare(wanted: ColumnOptions) -> Columns:
    """The number is all there is, whatever its column is called elsewhere."""
    told = [(path, name, column) for path, name, column in _declared(wanted) if name != wanted.number]
    return Columns({wanted.number: 0}, {}, [ColumnProblem((column,), NO_HEADER, path) for path, _, column in told])


def alike(names: Sequence[str], wanted: str) -> list[int]:
    """The columns whose name is the same to a reader."""
    return [place for place, name in enumerate(names) if folded(name) == folded(wanted)] if folded(wanted) else []


def meant(names: Sequence[str], wanted: str) -> list[int]:
    """The columns that a name in a manifest means: the very one, else those that look the same."""
    return [place for place, name in enumerate(names) if plain(name) == plain(wanted)] or alike(names, wanted)


def listed(names: Sequence[str]) -> str:
    """The columns there are, for a message; nothing of them when they may be somebody's data."""
    if any(looks_personal(name) for name in names):
        return "; the first line looks like data, and must name the columns"
    there = [plain(name) for name in names if plain(name)]
    told = [shown(one_line(name)) for name in there if looks_like_name(name)][:MAX_LISTED]
    if there and not told:
        return "; nothing in the first line looks like the name of a column"
    return f"; there are {', '.join(told)}" + (f" and {len(there) - len(told)} more" if len(there) > len(told) else "")


def _declared(wanted: ColumnOptions) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """(path of the option, field or variable, column) of what is named in the manifest."""
    for name, column in wanted.columns.items():
        if column:
            yield ("columns", name), name, column
    for name, column in wanted.variables.items():
        yield ("variables", name), name, column


def _missing(names: Sequence[str], wanted: str) -> str:
    near = (
        None
        if any(looks_personal(name) for name in names)
        else nearest(wanted, filter(looks_like_name, filter(str.strip, names)))
    )
    guess = "" if near is None else f", did you mean '{shown(one_line(plain(near)))}'?{differing(wanted, near)}"
    return f"is not there{guess or listed(names)}"


def _ambiguous(names: Sequence[str], places: list[int], field_name: str) -> ColumnProblem:
    first, second = (plain(names[place]) for place in places[:2])
    if first == second:
        return _twice(names, places, ())
    why = f"both mean {field_name}; rename one, or say which it is: columns: {{{field_name}: {shown(first)}}}"
    return ColumnProblem((first, second), why)


def _twice(names: Sequence[str], places: list[int], path: tuple[str | int, ...]) -> ColumnProblem:
    first, second = (plain(names[place]) for place in places[:2])
    if first == second:
        return ColumnProblem((first,), "is there twice; rename one of them", path)
    return ColumnProblem(
        (first, second), "look the same; write the name as it is in the file, or rename one of them", path
    )


def _overlooked(names: Sequence[str], wanted: ColumnOptions, found: Columns) -> Iterator[ColumnProblem]:
    """Columns nobody reads that look like the status, where no other is."""
    if STATUS not in wanted.fields or STATUS in found.fields or any(looks_personal(name) for name in names):
        return
    read = {*found.fields.values(), *found.variables.values()}
    for place, name in enumerate(names):
        if place not in read and _looks_like_status(name) and not _reads(wanted.condition, plain(name)):
            told = plain(name) if looks_like_name(name) else NOT_SHOWN
            why = (
                f"looks like the status and is not mapped; write columns: {{{STATUS}: {shown(told)}}}, "
                f"or columns: {{{STATUS}: null}} if it is something else"
            )
            yield ColumnProblem((told,), why)


def _looks_like_status(name: str) -> bool:
    words = re.findall(r"[a-z]+", name.casefold())
    return STATUS in words or SequenceMatcher(None, folded(name), STATUS).ratio() >= ALIKE


def _reads(condition: str, name: str) -> bool:
    return bool(condition) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", condition, re.IGNORECASE) is not None
