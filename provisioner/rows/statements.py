"""Whether a text is one SELECT and nothing else, and that statement as it is sent: without its comments.

Databases do not agree where a text or a comment ends, and so where a second statement would begin. What two of them
may read in two ways is refused; comments are left out, so that what is sent is what was looked at. This keeps mistakes
and other people's branches from writing; what may be read at all is for the rights of the database's user to say.
Must not know which columns there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from provisioner.error_ids import ErrorId, Identified

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<hint>/\*\+[\w\s(),.@-]*\*/)
      | (?P<comment>--[^\n]*|/\*(?:(?!/\*).)*?\*/)
      | (?P<text>'(?:[^']|'')*')
      | (?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`)
      | (?P<word>[^\W\d]\w*)
      | (?P<number>\d\w*)
      | (?P<dollar>\$\w*\$)
      | (?P<open>['"`\0]|/\*)
      | (?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_LEFT_OUT = frozenset({"space", "comment"})
_WRITING = frozenset(
    """
    INSERT UPDATE DELETE MERGE UPSERT CREATE ALTER DROP TRUNCATE GRANT REVOKE EXEC EXECUTE CALL COPY
    """.split()  # noqa: SIM905
)
# What begins a second statement where no semicolon has to stand between two
_OF_SQL_SERVER = frozenset(
    """
    DECLARE SET USE DENY BACKUP RESTORE SHUTDOWN KILL DBCC WAITFOR BULK OPENROWSET OPENQUERY RECONFIGURE
    """.split()  # noqa: SIM905
)
_FUNCTIONS = frozenset({"TRUNCATE"})  # where a parenthesis follows
_BRACKETED = frozenset({"mssql", "sqlite"})  # a name may stand in brackets, whatever is in it
_HASHED = frozenset({"mysql", "mariadb"})  # a comment begins with #

ONE = "must be one SELECT, or WITH and a SELECT"


class NoSelect(Identified, ValueError):
    """A text that is not sent. The message quotes nothing but words of SQL."""

    id: ErrorId = ErrorId.ROWS_QUERY


@dataclass(frozen=True, slots=True)
class Select:
    """One statement that reads. `ordered`: it says in which order its rows come."""

    text: str
    ordered: bool


@dataclass(frozen=True, slots=True)
class _Token:
    sort: str
    text: str

    @property
    def word(self) -> str:
        """A word in capitals; of anything else nothing."""
        return self.text.upper() if self.sort == "word" else ""


def select_of(text: str, dialect: str = "") -> Select:
    """The statement; raises NoSelect. `dialect` is the name of the database's, once it is known."""
    every = [_Token(str(found.lastgroup), found.group()) for found in _TOKEN.finditer(text)]
    tokens = [token for token in every if token.sort not in _LEFT_OUT and token.sort != "hint"]
    while tokens and tokens[-1].text == ";":
        tokens.pop()
    first = next((token.word for token in tokens if token.text != "("), "")
    if first not in ("SELECT", "WITH"):
        raise NoSelect(f"{ONE}; it begins with {first if first in _WRITING else 'something else'}")
    for problem in _problems(tokens, dialect):
        raise NoSelect(problem)
    sent = "".join(" " if token.sort in _LEFT_OUT else token.text for token in every).strip()
    return Select(sent.rstrip("; \n\t\r"), _ordered(tokens))


def _problems(tokens: Sequence[_Token], dialect: str) -> Iterator[str]:
    words = _WRITING | (_OF_SQL_SERVER if dialect == "mssql" else frozenset())
    for place, token in enumerate(tokens):
        before, after = (tokens[at].text if 0 <= at < len(tokens) else "" for at in (place - 1, place + 1))
        if token.text == ";":
            yield f"{ONE}; there are several statements in it"
        elif token.sort == "open":
            yield f"{ONE}; a quote or a comment in it does not end"
        elif token.sort in ("text", "name") and "\\" + token.text[0] in token.text:
            yield "has a backslash before a quote, which databases read in two ways; write it otherwise"
        elif token.sort == "dollar":
            yield "has a text between dollar signs; write it in single quotes"
        elif token.sort == "name" and set(token.text[1:-1]) & set(";'"):
            yield "has a quoted name with a quote or a semicolon in it; write texts in single quotes"
        elif token.text == "#" and dialect in _HASHED:
            yield "has a comment that begins with #; write it after two dashes"
        elif token.word == "INTO":
            yield f"{ONE}; with INTO it writes"
        elif token.word in words and before != "." and not (after == "(" and token.word in _FUNCTIONS):
            yield f"{ONE}; {token.word} is no part of one (quote it if it is the name of a column)"
    if dialect in _BRACKETED and _quote_in_brackets(tokens):
        yield "has a name in brackets with a quote in it; write texts in single quotes"


def _quote_in_brackets(tokens: Sequence[_Token]) -> bool:
    inside = False
    for token in tokens:
        inside = token.text == "[" or (inside and token.text != "]")
        if inside and token.sort in ("text", "name"):
            return True
    return False


def _ordered(tokens: Sequence[_Token]) -> bool:
    """Whether ORDER stands outside of all parentheses."""
    depth = 0
    for token in tokens:
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.word == "ORDER":
            return True
    return False
