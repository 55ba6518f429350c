"""SQL that tells whether a text may be what a server made of another: other case, blanks, escapes, a part of it, `?`.

It decides only whether a row is worth sending a second time, and what a finding says: what the server makes of rows is
learnt from what it was sent and shows (`forms`). Must not know tables.
"""

from __future__ import annotations

from collections.abc import Iterable

NONE = "'{}'"  # no variables

_MARKUP = r"<[^<>]*>|&(#x?[0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});"


def alike(sent: str, shown: str) -> str:
    """A condition on two text columns: `shown` says what `sent` says, or the beginning of it."""
    pairs = [(fold(sent), fold(shown)) for fold in (_letters, _ascii)]
    same = " OR ".join(f"({b} <> '' AND starts_with({a}, {b})) OR ({a} = '' AND {shown} <> '')" for a, b in pairs)
    return f"({sent} = {shown} OR {same})"


def alike_variables(sent: str, shown: str) -> str:
    """The same for variables in their one form: every name is there, the values alike, numbers equal as numbers."""
    values = ", ".join(f"json_extract_string({text}, '$.*')" for text in (sent, shown))
    one, other = "coalesce(pair[1], '')", "coalesce(pair[2], '')"
    test = f"try_cast({one} AS DOUBLE) = try_cast({other} AS DOUBLE)"
    same = f"list_bool_and([coalesce({test}, false) OR {alike(one, other)} FOR pair IN list_zip({values})])"
    return f"({sent} = {shown} OR ({_names(sent)} = {_names(shown)} AND {same}))"


def lost(sent: str, shown: str) -> str:
    """A condition: something was sent, and nothing is shown."""
    return f"({sent} <> '' AND {shown} = '')"


def lost_variables(sent: str, shown: str) -> str:
    """A condition: a variable that was sent is not shown."""
    return f"({sent} <> {NONE} AND NOT list_has_all({_names(shown)}, {_names(sent)}))"


def described(sent: str, shown: str) -> str:
    """How the one became the other, as a piece of a sentence."""
    blanks = f"trim(regexp_replace({sent}, '\\s+', ' ', 'g'))"
    rules: Iterable[tuple[str, str]] = (
        (f"{shown} = lower({sent})", "lower case"),
        (f"{shown} = upper({sent})", "upper case"),
        (f"lower({shown}) = lower({sent})", "other capitals"),
        (f"{shown} = {blanks}", "fewer blanks"),
        (f"{shown} <> '' AND starts_with({sent}, {shown})", "cut"),
        (f"contains({shown}, '&') AND {_letters(sent)} = {_letters(shown)}", "escaped"),
    )
    cases = " ".join(f"WHEN {condition} THEN '{words}'" for condition, words in rules)
    return f"CASE {cases} ELSE 'another form' END"


def _letters(text: str) -> str:
    """Letters and digits of any script, without accents, case and what surrounds them."""
    plain = f"translate(strip_accents({_unmarked(text)}), 'đĐ', 'dd')"
    return f"regexp_replace(lower({plain}), '[^\\pL\\pN]', '', 'g')"


def _ascii(text: str) -> str:
    """What is left where a server puts `?`, or nothing, for all else."""
    return f"regexp_replace(lower({_unmarked(text)}), '[^a-z0-9]', '', 'g')"


def _unmarked(text: str) -> str:
    return f"regexp_replace({text}, '{_MARKUP}', '', 'g')"


def _names(text: str) -> str:
    return f"json_keys({text}::JSON)"
