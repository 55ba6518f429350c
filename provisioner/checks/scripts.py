"""What is said in the calls: placeholders that nothing fills, the wrong language, sections that nobody reaches.

Vietnamese is told by its letters. That a text is not Vietnamese is told by the absence of all of them, together with
English words that no Vietnamese syllable is spelt like. What is not clear is in order.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from provisioner.checks.context import Context
from provisioner.errors import Severity
from provisioner.language import gettext, term
from provisioner.messages import count, did_you_mean, together
from provisioner.model import Address, Finding, Reference
from provisioner.plan.decision import Decision
from provisioner.plan.dnc import dialled
from provisioner.plan.model import Action
from provisioner.plan.starts import started_before
from provisioner.resources import KINDS, Speech, row_owner
from provisioner.sensitive import derived

VIETNAMESE, ENGLISH = "vi", "en"

_WORD = re.compile(r"[^\W\d_]+")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_MARKED = frozenset("àáâãèéêìíòóôõùúýăđĩũ")  # and those of Vietnamese alone
_BORROWED = frozenset("éèê")  # café, crème, crêpe
_OWN = frozenset("ăđ")  # in no word that English has borrowed
# None of these is spelt like a Vietnamese syllable without its marks; "the", "to", "can" and "day" are.
_WORDS = """
    about account after again all and are available before bill business call calls contact customer customers
    department details dear discount does each english every feedback first for free friend from future good goodbye
    has have hear hello help here how if information interested is just know last like make message minutes more most
    must need next number of offer one only or order other our please policy press product rate received renew
    representative reward satisfied service services should speak special support survey thank thanks that their them
    there these they this those through time today tomorrow tonight until use visit was we welcome were what when where
    which will wish with would year years yes you your yours
"""
_ENGLISH = frozenset(_WORDS.split())
ENOUGH = 3  # such words, and a quarter of all

ID = "content"
PLACEHOLDER = re.compile(r"\{([^{}\n]{1,60})\}")


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, without its placeholders."""
    return _WORD.findall(unicodedata.normalize("NFC", _PLACEHOLDER.sub(" ", text)).lower())


def is_vietnamese(text: str, language: str) -> bool:
    """Whether a text that is said to be in another language is Vietnamese.

    Marks make it so in English, which has next to none; in other languages only letters that nobody else has.
    """
    words = words_of(text)
    if language != ENGLISH:
        return sum(any(_is_alone(letter) for letter in word) for word in words) > 1
    marked = [{letter for letter in word if _is_marked(letter)} for word in words]
    sure = sum(not letters <= _BORROWED for letters in marked)
    return any(letters & _OWN or any(map(_is_alone, letters)) for letters in marked) or 3 * sure >= len(words) > 0


def is_surely_not_vietnamese(text: str) -> bool:
    """Whether a text has no Vietnamese letter at all and is English for the most part."""
    words = words_of(text)
    if any(_is_marked(letter) for word in words for letter in word):
        return False
    english = [word for word in words if word in _ENGLISH]
    return len(english) >= ENOUGH and 4 * len(english) >= len(words)


def _is_marked(letter: str) -> bool:
    return letter in _MARKED or _is_alone(letter)


def _is_alone(letter: str) -> bool:
    """Whether it is a letter of Vietnamese alone."""
    return letter in "ơư" or "ạ" <= letter <= "ỹ"


@dataclass(frozen=True, slots=True)
class Script:
    """Everything that is said in one call flow: `parts` in order, of the kind `child`."""

    whole: Decision
    child: str
    parts: tuple[Decision, ...]

    @property
    def speech(self) -> Speech:
        speech = KINDS[self.child].speech
        assert speech is not None
        return speech

    def spoken(self) -> Iterator[tuple[Decision, str, str]]:
        """(part, field, text) of what is declared to be said."""
        for part in self.parts:
            path = next((name for name in self.speech.texts if part.resource.fields.get(name)), None)
            if path is not None:
                yield part, path, part.resource.fields[path]


def run(context: Context) -> Iterator[Finding]:
    """What is to be said of every declared call flow, and of what those who use it can say."""
    users = _users(context)
    for script in _scripts(context.situation.decisions):
        campaigns = users.get(script.whole.address, [])
        yield from _language(script)
        yield from _sections(context, script, campaigns)
        yield from _placeholders(context, script, campaigns)


def _scripts(decisions: Mapping[Address, Decision]) -> Iterator[Script]:
    speaking = {kind.parent: kind.name for kind in KINDS.values() if kind.speech}
    parts: dict[Address, list[Decision]] = {}
    for address, decision in decisions.items():
        if address.kind in speaking.values():
            parts.setdefault(Address(KINDS[address.kind].parent, address.key.partition(".")[0]), []).append(decision)
    for address, decision in decisions.items():
        if address.kind in speaking and decision.chosen:
            yield Script(decision, speaking[address.kind], tuple(parts.get(address, ())))


def _users(context: Context) -> dict[Address, list[Decision]]:
    """The campaigns that say something of ours, by its address."""
    users: dict[Address, list[Decision]] = {}
    for decision, startable in context.campaigns():
        for name in startable.frozen:
            reference = decision.resource.fields.get(name)
            if isinstance(reference, Reference) and reference.by == "key":
                users.setdefault(Address(reference.kind, str(reference.value)), []).append(decision)
    return users


def _language(script: Script) -> Iterator[Finding]:
    whole, speech = script.whole, script.speech
    language = whole.after.get(speech.language)
    if language is None and whole.before is None:
        language = speech.usual
    texts = [text for _, _, text in script.spoken()]
    foreign = sum(is_vietnamese(text, str(language)) for text in texts)
    if language not in (None, VIETNAMESE) and foreign:
        values = {"language": language, "count": foreign, "texts": len(texts), "field": speech.language}
        if whole.resource.fields.get(speech.language):
            message = gettext(
                "{language} is declared, and Vietnamese is written in {count} of {texts} texts: write `{field}: vi`, "
                "or translate them",
                **values,
            )
        else:
            message = gettext(
                "{language} is what Alice takes, and Vietnamese is written in {count} of {texts} texts: write "
                "`{field}: vi`, or translate them",
                **values,
            )
        yield _finding(whole, speech.language, message)
    if language == VIETNAMESE and texts and is_surely_not_vietnamese(" ".join(texts)):
        message = gettext(
            "{language} is declared, and no text has a Vietnamese letter: write the language that they are in",
            language=VIETNAMESE,
        )
        yield _finding(whole, speech.language, message)


def _sections(context: Context, script: Script, campaigns: Iterable[Decision]) -> Iterator[Finding]:
    """What a call flow lacks; one that was frozen by every campaign that says it has nothing to come."""
    campaigns, live = list(campaigns), context.situation.live
    to_come = [each for each in campaigns if not started_before(each.match, live)]
    title = KINDS[script.child].title
    if not script.parts and _is_empty(context, script, to_come):
        message = gettext(
            "it has no {kind}, so a call would say nothing: declare some, or add them in Alice's web page",
            kind=term(title),
        )
        yield _finding(script.whole, KINDS[script.child].plural, message)
    if len(script.parts) > 1 and (to_come or not campaigns):
        message = gettext(
            "{sections} after the first: reached only if somebody links them in Alice's web page before a start, "
            "because the documented API cannot",
            sections=count(len(script.parts) - 1, title),
        )
        yield _finding(script.whole, KINDS[script.child].plural, message, Severity.INFO)


def _is_empty(context: Context, script: Script, to_come: list[Decision]) -> bool:
    """Whether nothing is there, declared or not; a live one is looked at when somebody is about to use it."""
    found = script.whole.match.live
    if found is None:
        return script.whole.change is not None and script.whole.change.action is Action.CREATE
    return bool(to_come) and context.account.without(script.child, KINDS[script.child].parent, found.id)


def _placeholders(context: Context, script: Script, campaigns: Iterable[Decision]) -> Iterator[Finding]:
    """Placeholders that the contacts of a campaign have nothing for."""
    targets, known = context.situation.matches.targets, context.situation.rows.known
    phonebooks = dict.fromkeys(one for each in campaigns for one in dialled(each, targets) if one in known)
    spoken = [(part, path, dict.fromkeys(_names(text))) for part, path, text in script.spoken()]
    wanted = {name for _, _, names in spoken for name in names}
    said = {one: _said(context, one, wanted | _tags(one)) for one in phonebooks} if wanted else {}
    by_all = set[str]().union(*map(_tags, phonebooks)).intersection(*said.values())  # nothing else is worth proposing
    for part, path, names in spoken:
        for name in names:
            lacking = [context.label(one) for one in phonebooks if name not in said[one]]
            if lacking:
                guess = did_you_mean(name, by_all - {name})
                message = gettext(
                    "contacts of {phonebooks} have nothing for {{{name}}}, so it is left out of the speech{advice}",
                    phonebooks=together(lacking),
                    name=name,
                    advice=guess or gettext(": correct it, or add the column to `variables`"),
                )
                yield _finding(part, path, message)


def _names(text: str) -> Iterator[str]:
    """The placeholders of a text, as hidden as the text is."""
    return (derived(name, text) for name in PLACEHOLDER.findall(text))


def _said(context: Context, address: Address, names: set[str]) -> frozenset[str]:
    """Those of the names that a script can say of the contacts of a phonebook."""
    owner = row_owner(address.kind)
    row = KINDS[owner.kind]
    identity = next(name for name in row.natural_key if name != owner.parent)
    fields = {name: row.tags.get(name, name) for name in names if name in row.tags or not _is_field(row.name, name)}
    found = context.numbers.says(address, [field for field in fields.values() if field != identity])
    return frozenset(name for name, field in fields.items() if field == identity or field in found)


def _tags(address: Address) -> set[str]:
    owner = KINDS[address.kind].rows
    return set(KINDS[owner.kind].tags) if owner else set()


def _is_field(kind: str, name: str) -> bool:
    return any(field.name == name for field in KINDS[kind].fields)


def _finding(decision: Decision, path: str, message: str, severity: Severity = Severity.WARNING) -> Finding:
    return Finding(ID, severity, message, decision.address, decision.resource.position(path))
