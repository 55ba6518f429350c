"""What a CEL expression names, read from its text: variables, functions, and which fields of a variable it looks at.

Whoever evaluates it goes by that: of a field that is not known nothing can be said, so a rule that looks at it is not
evaluated. Where the text leaves open which fields are meant (`resource[x]`, `size(resource)`), all of them are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from provisioner.messages import did_you_mean, listed
from provisioner.resources import KINDS, Kind

RESOURCE, BEFORE, ACTION, ROWS, PLAN = VARIABLES = ("resource", "before", "action", "rows", "plan")
FACTS = ("key", "address", "kind")  # of every resource, beside its fields
MEMBERS: Mapping[str, tuple[str, ...]] = {
    ROWS: ("add", "change", "remove", "unchanged", "invalid", "duplicate", "calls"),
    PLAN: ("summary", "calls", "environment", "project", "endpoint"),
}
TYPES = frozenset({"int", "uint", "double", "bool", "string", "bytes", "list", "map", "null_type"})  # of `type(x) ==`
MACROS = frozenset({"all", "exists", "exists_one", "map", "filter"})
FUNCTIONS = frozenset(
    {
        *("bytes", "contains", "double", "duration", "dyn", "endsWith", "has", "int", "matches", "size", "startsWith"),
        *("string", "timestamp", "type", "uint", "getFullYear", "getMonth", "getDayOfYear", "getDayOfMonth", "getDate"),
        *("getDayOfWeek", "getHours", "getMinutes", "getSeconds", "getMilliseconds"),
    }
)

_TOKEN = re.compile(
    r"""
    (?P<comment> //[^\n]* )
  | (?P<text>
        (?:[rR][bB]?|[bB][rR]) (?: \"{3}(?s:.*?)\"{3} | '{3}(?s:.*?)'{3} | \"[^\"\n]*\" | '[^'\n]*' )
      | [bB]? (?: \"{3}(?s:\\.|[^\\])*?\"{3} | '{3}(?s:\\.|[^\\])*?'{3}
                | \"(?:\\.|[^\"\\\n])*\" | '(?:\\.|[^'\\\n])*' )
    )
  | (?P<name> [A-Za-z_]\w* )
  | (?P<number> \d[\w.]* )
  | (?P<sign> \S )
    """,
    re.VERBOSE | re.ASCII,
)
_PLAIN = re.compile(r"""(["'])([A-Za-z0-9_.:-]*)\1""")  # a text without escapes
_CALLABLE = re.compile(r"[A-Za-z]\w*")  # a function; the names of operators look otherwise


class _Token(NamedTuple):
    sort: str
    text: str


def _tokens(text: str) -> list[_Token]:
    found = (_Token(str(each.lastgroup), each.group()) for each in _TOKEN.finditer(text))
    return [token for token in found if token.sort != "comment"]


@dataclass(frozen=True, slots=True)
class Mentions:
    """What expressions look at: of each variable the members that they name, or None for all of it."""

    members: Mapping[str, frozenset[str] | None]
    bound: frozenset[str] = frozenset()

    def of(self, variable: str, known: Collection[str]) -> frozenset[str]:
        """Those of `known` members that they may look at."""
        named = self.members.get(variable, frozenset())
        return frozenset(known) if named is None else named & frozenset(known)


def mentions(*texts: str) -> Mentions:
    """What these expressions look at together."""
    found: dict[str, frozenset[str] | None] = {}
    bound: set[str] = set()
    for text in texts:
        tokens = _tokens(text)
        bound |= set(_bound(tokens))
        for variable, member in _members(tokens):
            named = found.get(variable, frozenset())
            found[variable] = None if member is None or named is None else named | {member}
    return Mentions(found, frozenset(bound))


def _members(tokens: list[_Token]) -> Iterator[tuple[str, str | None]]:
    """(variable, the member that is named behind it, None where that is open)."""
    ahead = [*tokens, *[_Token("end", "")] * 3]
    for index, token in enumerate(tokens):
        if token.sort != "name" or token.text not in VARIABLES or _is_member(tokens, index):
            continue
        sign, member, closing = ahead[index + 1], ahead[index + 2], ahead[index + 3]
        if sign.text == "." and member.sort == "name" and closing.text != "(":
            yield token.text, member.text
        elif sign.text == "[" and closing.text == "]" and (plain := _PLAIN.fullmatch(member.text)):
            yield token.text, plain.group(2)
        else:
            yield token.text, None


def _is_member(tokens: list[_Token], index: int) -> bool:
    """Whether a name stands behind something that it is a member of."""
    if index < 2 or tokens[index - 1].text != ".":
        return False
    holder = tokens[index - 2]
    return holder.sort in ("name", "text", "number") or holder.text in (")", "]", "}")


def _bound(tokens: list[_Token]) -> Iterator[str]:
    """The names that macros bind: the `x` of `list.all(x, x > 1)`."""
    for index in range(len(tokens) - 4):
        dot, macro, opening, name, comma = tokens[index : index + 5]
        if (dot.text, opening.text, comma.text) == (".", "(", ",") and macro.text in MACROS and name.sort == "name":
            yield name.text


def members_of_kind(kind: Kind) -> frozenset[str]:
    """What a resource of a kind may have, as rules see it."""
    declared = {owner.declared for owner in (kind.rows, kind.appointments) if owner}
    return frozenset({field.name for field in kind.fields} | {*kind.manifest.settings, *FACTS, "labels"} - declared)


def misnamed(found: Mentions, kind: str) -> Iterator[str]:
    """Members that nothing of the kind (of any kind, where it is "") can have: `has` of one would be false for ever."""
    kinds = [KINDS[kind]] if kind else [each for each in KINDS.values() if each.collection or each.parent]
    fields = frozenset().union(*map(members_of_kind, kinds))
    for variable, known in {RESOURCE: fields, BEFORE: fields - {"labels"}, **MEMBERS}.items():
        for name in sorted(found.members.get(variable) or ()):
            if name not in known:
                what = f"a {KINDS[kind].title} has no field" if kind and variable == RESOURCE else f"{variable} has no"
                guess = did_you_mean(name, known) or f"; there are {listed(sorted(known), 30)}"
                yield f"{what} '{name}'{guess}"


def undefined(variables: Collection[str], functions: Collection[str], bound: Collection[str]) -> Iterator[str]:
    """Variables and functions, as the library lists them, that there are none of."""
    for name in sorted(bound):
        if name in VARIABLES:
            yield f"calls a member of a list '{name}', which is a variable: call it otherwise"
    for name in sorted({*variables} - {*VARIABLES, *TYPES, *bound}):
        yield f"there is no variable '{name}'{did_you_mean(name, VARIABLES) or f'; there are {listed(VARIABLES)}'}"
    for name in sorted(each for each in functions if _CALLABLE.fullmatch(each) and each not in FUNCTIONS):
        guess = did_you_mean(name, FUNCTIONS | MACROS) or f"; there are {listed(sorted(FUNCTIONS | MACROS), 40)}"
        yield f"there is no function '{name}'{guess}"
