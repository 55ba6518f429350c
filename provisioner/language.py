"""The language of what people read of a plan: sentences as values, made in English and told in another one when shown.

`gettext` and `ngettext` make a sentence of a template and named values. It is a text in the language in force, which is
English unless a report for people is being drawn (`spoken`), and it keeps what it was made of: findings are made in
English, for JSON and logs, and `translated` tells them again, with the sentences that are parts of them.

Catalogues are read when another language than English is in force, and are compiled by `make messages`. Must not know
what is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gettext import NullTranslations

ENGLISH, VIETNAMESE = "en", "vi"
LANGUAGES = (ENGLISH, VIETNAMESE)
VARIABLE = "ALICE_LANG"
DOMAIN = "alice_apply"
LOCALE = Path(__file__).parent / "locale"

_SURROUNDINGS = ("LC_ALL", "LC_MESSAGES", "LANG")  # in the order in which they win (POSIX)
_SPECS = ("", ",")  # how a value may be formatted: as it is, or a number in groups of three
_MARKS = str.maketrans(",.", ".,")  # 1,234.5 is 1.234,5 in Vietnamese
_language: ContextVar[str] = ContextVar("language", default=ENGLISH)

Told = str | int | float  # what a sentence may hold, a sentence included


def chosen(environ: Mapping[str, str]) -> str:
    """The language that the environment asks for; English where it names none that we have."""
    given = next((value for name in (VARIABLE, *_SURROUNDINGS) if (value := environ.get(name, "").strip())), "")
    name = given.replace("-", "_").partition("_")[0].partition(".")[0].lower()
    return name if name in LANGUAGES else ENGLISH


def current() -> str:
    """The language in force."""
    return _language.get()


@contextmanager
def spoken(language: str) -> Iterator[None]:
    """A block in which sentences are made, and told again, in a language."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


class Message(str):
    """A sentence with its template (and that of the plural) and the values in it."""

    template: str
    plural: str
    arguments: Mapping[str, Told]

    def __new__(cls, template: str, arguments: Mapping[str, Any] | None = None, plural: str = "") -> Message:
        kept = {name: _kept(value) for name, value in (arguments or {}).items()}
        made = super().__new__(cls, _told(template, plural, kept))
        made.template, made.plural, made.arguments = template, plural, kept
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy says the same words, whichever language is in force where it is made."""
        return _copied, (str(self), self.template, dict(self.arguments), self.plural)

    def again(self) -> str:
        """The same in the language in force."""
        return _told(self.template, self.plural, self.arguments)

    def document(self) -> dict[str, Any]:
        """As a JSON value."""
        arguments = {n: v.document() if isinstance(v, Message) else v for n, v in self.arguments.items()}
        return {"template": self.template, "plural": self.plural, "arguments": arguments}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Message:
        """Inverse of `document`, in English; ValueError for a template that does more than to put its values in."""
        template, plural = document["template"], document["plural"]
        if not all(spec in _SPECS and name.isidentifier() for name, spec in (*fields(template), *fields(plural))):
            raise ValueError("not a template of a sentence")
        values = {n: cls.read(v) if isinstance(v, Mapping) else v for n, v in document["arguments"].items()}
        with spoken(ENGLISH):
            return cls(template, values, plural)


def _copied(text: str, template: str, arguments: Mapping[str, Told], plural: str) -> Message:
    made = str.__new__(Message, text)
    made.template, made.plural, made.arguments = template, plural, arguments
    return made


def gettext(template: str, **arguments: Any) -> Message:
    """A sentence: `gettext("{name} is over", name=address)`. What is no number is told as `str` has it."""
    return Message(template, arguments)


def ngettext(template: str, plural: str, count: int, **arguments: Any) -> Message:
    """The same with a number: the first template is for one, `{count}` the number."""
    return Message(template, {"count": count, **arguments}, plural)


def template(text: str) -> str:
    """Marks a template that stands apart from its values."""
    return text


def term(word: str) -> Message:
    """A word that is a value of ours (an action, a status, what a kind is called); one that nobody knows stays."""
    return Message(word.replace("{", "{{").replace("}", "}}"))


def joined(parts: Iterable[str], between: str = ", ") -> Message:
    """Several in a row, each told again by itself."""
    values = {f"part{number}": part for number, part in enumerate(parts)}
    return Message(between.join(f"{{{name}}}" for name in values), values)


def translated(text: str) -> str:
    """A sentence in the language in force; any other text as it is."""
    return text.again() if isinstance(text, Message) and current() != ENGLISH else text


def number(value: float, spec: str = ",") -> str:
    """`1,234` in English, `1.234` in Vietnamese."""
    text = format(value, spec)
    return text if current() == ENGLISH else text.translate(_MARKS)


def fields(template: str) -> list[tuple[str, str]]:
    """Name and format of every value in a template; a conversion (`!r`) is none that we know."""
    parts = [part for part in Formatter().parse(template) if part[1] is not None]
    return [(f"{name}{f'!{conversion}' if conversion else ''}", spec or "") for _, name, spec, conversion in parts]


def recalled(value: Any, known: Mapping[str, Message]) -> Any:
    """A JSON value with the sentences that are known by their English text in place of the texts."""
    if isinstance(value, Mapping):
        return {name: recalled(part, known) for name, part in value.items()}
    if isinstance(value, list):
        return [recalled(part, known) for part in value]
    return known.get(value, value) if isinstance(value, str) else value


def pattern(template: str, plural: str = "", count: Any = 1) -> str:
    """A template in the language in force; `count` chooses between it and its plural."""
    if current() == ENGLISH or not template:  # the translation of "" is the head of a catalogue
        return plural if plural and count != 1 else template
    found = catalogue(current())
    return found.ngettext(template, plural, count) if plural else found.gettext(template)


def told(value: Any) -> Any:
    """A value as a sentence of the language in force holds it: sentences are told again, numbers written as there."""
    return translated(value) if isinstance(value, str) else _Number(value)


def _told(template: str, plural: str, arguments: Mapping[str, Any]) -> str:
    values = {name: told(value) for name, value in arguments.items()}
    return pattern(template, plural, arguments.get("count")).format_map(values)


def _kept(value: Any) -> Told:
    """As exactly the type that it is kept in: what is not shown (`sensitive.Hidden`) is replaced by what is."""
    return value if type(value) in (str, int, float, Message) else f"{value}"


@dataclass(frozen=True, slots=True)
class _Number:
    """A number that is written as in the language in force."""

    value: float

    def __format__(self, spec: str) -> str:
        return number(self.value, spec)


@cache
def catalogue(language: str) -> NullTranslations:
    """The sentences of another language than English."""
    from gettext import GNUTranslations

    with (LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as stream:
        return GNUTranslations(stream)
