"""Reads an answer: its JSON, or the one exception that says what the server meant. No I/O, no repeats.

Texts from the server are shown, because they are in English and name fields, but masked: some echo the telephone
number they are about. Bodies are never quoted. Must not know tokens, pages or kinds.
See docs/alice-api.md#errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import orjson

from provisioner.api.echoes import CUT, Echoes
from provisioner.api.wire import Answer, Loss, Lost, Request
from provisioner.errors import (
    ApiError,
    AuthError,
    Forbidden,
    ObjectMissing,
    OutcomeUnknown,
    Rejected,
    RouteMissing,
    TooLarge,
    Unreachable,
)

GENERAL = ("non_field_errors", "__all__", "detail", "error")
MOST_MESSAGES = 20
NOT_HERE = (301, 307, 308)  # redirects that ask for the same write at another address
GAVE_UP = (408, 499, 504, 524)  # of a proxy that waited no longer: what it passed on may be done later

_MEANINGS = frozenset(HTTPStatus)

_TITLE = re.compile(rb"<title[^>]*>\s*(.*?)\s*</title>", re.IGNORECASE | re.DOTALL)
_TELEPHONE = re.compile(r"(?<![\d-])\+?(?!\d{4}-\d\d-\d\d)\d(?:[ .()\-]{0,2}\d){6,}")
_EMAIL = re.compile(r"[^\s@\"'<>()]+@[^\s@\"'<>()]+")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What OPTIONS says: the verbs of a path, and the fields of a create (collection) or an update (object)."""

    allow: frozenset[str]
    fields: Mapping[str, Mapping[str, Any]]

    @property
    def writable(self) -> Mapping[str, Mapping[str, Any]] | None:
        """The fields that a client may write; None where the server does not say."""
        return {name: facts for name, facts in self.fields.items() if not facts.get("read_only")} or None


def payload(request: Request, answer: Answer) -> Any:
    """The JSON of a read; raises ApiError when there is none, else what `failure` says."""
    require_success(request, answer)
    data, valid = _json(answer)
    if not valid:
        raise _error(request, answer, f"expected JSON and got {_described(request, answer)}")
    return data


def mapping(request: Request, answer: Answer) -> dict[str, Any]:
    """The JSON object of a read; any other shape is an ApiError."""
    data = payload(request, answer)
    if not isinstance(data, dict):
        raise _error(request, answer, "expected one JSON object and got another shape")
    return data


def written(request: Request, answer: Answer) -> dict[str, Any]:
    """What a write gave back: its object, a list as `{"results": [...]}`, or {} when it told nothing.

    An `error` key in a success is Rejected. A page instead of JSON tells nothing about the write: OutcomeUnknown.
    """
    require_success(request, answer)
    if not answer.body.strip():
        return {}
    data, valid = _json(answer)
    if not valid:
        text = f"expected JSON and got {_described(request, answer)}, so it is not known whether it was done"
        raise _unknown(request, answer, text, "server-error")
    if isinstance(data, list):
        return {"results": data}
    if not isinstance(data, dict):
        return {}
    if data.get("error"):
        raise Rejected({}, messages(data["error"]), method=request.method, path=request.path, status=answer.status)
    return data


def options(answer: Answer) -> Capabilities:
    """Tolerant of servers that answer OPTIONS with nothing but an Allow header."""
    allow = frozenset(verb.strip().upper() for verb in answer.headers.get("Allow", "").split(",") if verb.strip())
    data, _ = _json(answer)
    actions = data.get("actions") if isinstance(data, dict) else None
    found = (actions.get("POST") or actions.get("PUT")) if isinstance(actions, dict) else None
    fields = found if isinstance(found, dict) else {}
    return Capabilities(allow, {name: facts for name, facts in fields.items() if isinstance(facts, dict)})


def require_success(request: Request, answer: Answer) -> None:
    """Return when the answer is a 2xx, else raise `failure`."""
    if not answer.ok:
        raise failure(request, answer)


def failure(request: Request, answer: Answer) -> ApiError:
    """The exception for an answer that is not a success; the one place that knows what a status means."""
    if answer.status >= 500 or _tells_nothing(request, answer.status):
        return _server_error(request, answer)
    if 300 <= answer.status < 400:
        return _redirect(request, answer)
    if answer.status == 400:
        return _rejected(request, answer)
    if answer.status == 404:
        return _missing(request, answer)
    text = _detail(request, answer)
    match answer.status:
        case 401:
            return _error(request, answer, text or "the server does not accept the token", AuthError)
        case 403 | 405:
            return _error(request, answer, text or "the server does not allow this", Forbidden)
        case 407:
            return _error(request, answer, "the proxy wants a user name and password in HTTPS_PROXY", Unreachable)
        case 413:
            return _error(request, answer, "the request is larger than the server accepts: send fewer rows", TooLarge)
        case 429:
            return _error(request, answer, "the server still throttles us after many pauses: set --rate-limit lower")
    return _error(request, answer, f"the server answered {answer.status}: {text or _described(request, answer)}")


def unanswered(request: Request, lost: Lost) -> ApiError:
    """The exception for a request that got no answer at all."""
    if lost.reason is Loss.UNREACHABLE:
        return Unreachable(lost.advice, method=request.method, path=request.path)
    if request.repeatable:
        return ApiError(f"{lost.advice}, tried several times", method=request.method, path=request.path)
    text = f"{lost.advice}: it may have been done"
    return OutcomeUnknown(text, reason=lost.reason.value, method=request.method, path=request.path)


def masked(text: str) -> str:
    """Text of the server without what looks like a telephone number or an e-mail address."""
    return _EMAIL.sub(CUT, _TELEPHONE.sub(CUT, text)).strip()


def messages(value: Any) -> list[str]:
    """Every message in an error value of any nesting, masked; rows of a list count from 1."""
    return [masked(text) for text, _ in zip(_flat(value), range(MOST_MESSAGES), strict=False)]


def _flat(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from (text if name in GENERAL else f"{name}: {text}" for text in _flat(inner))
    elif isinstance(value, list):
        for row, inner in enumerate(value, start=1):
            yield from (f"row {row}: {text}" if isinstance(inner, dict) else text for text in _flat(inner))
    elif value is not None:
        yield str(value)


def _rejected(request: Request, answer: Answer) -> ApiError:
    data, valid = _json(answer)
    if not valid:
        return _error(request, answer, f"the server answered 400: {_described(request, answer)}")
    if not isinstance(data, dict):
        return Rejected({}, messages(data), method=request.method, path=request.path)
    fields = {name: messages(value) for name, value in data.items() if name not in GENERAL}
    general = [text for name in GENERAL for text in messages(data.get(name))]
    return Rejected(fields, general, method=request.method, path=request.path)


def _missing(request: Request, answer: Answer) -> ApiError:
    """A routed path answers 404 in JSON, an unknown one in HTML."""
    data, _ = _json(answer)
    if isinstance(data, dict):
        return _error(request, answer, "no such object", ObjectMissing)
    return _error(request, answer, "the server has no such endpoint", RouteMissing)


def _tells_nothing(request: Request, status: int) -> bool:
    """Whether a 4xx leaves open if a write was done: a proxy gave up waiting, or nobody has said what it means."""
    return not request.repeatable and status >= 400 and (status in GAVE_UP or status not in _MEANINGS)


def _server_error(request: Request, answer: Answer) -> ApiError:
    text = f"the server failed with {answer.status} ({_described(request, answer)})"
    if request.repeatable:
        return _error(request, answer, f"{text}, tried several times")
    reason = Loss.TIMEOUT.value if answer.status in GAVE_UP else "server-error"
    return _unknown(request, answer, f"{text}: it may have been done", reason)


def _redirect(request: Request, answer: Answer) -> ApiError:
    """One that says to look elsewhere for the answer may be that to a write which was done."""
    try:
        target = urlsplit(answer.headers.get("Location", ""))
        where = f"{target.scheme}://{target.hostname}" if target.hostname else "another address"
    except ValueError:
        where = "another address"
    text, advice = f"the server redirects to {where}", "Put the address that answers itself in `endpoint`"
    if request.repeatable:
        return _error(request, answer, f"{text}. {advice}")
    if answer.status in NOT_HERE:
        return _error(request, answer, f"{text}. a redirect is not executed, so nothing was written. {advice}")
    return _unknown(request, answer, f"{text}: it may have been done. {advice}", "server-error")


def _unknown(request: Request, answer: Answer, text: str, reason: str) -> OutcomeUnknown:
    return OutcomeUnknown(text, reason=reason, method=request.method, path=request.path, status=answer.status)


def _detail(request: Request, answer: Answer) -> str:
    data, _ = _json(answer)
    texts = messages({name: data.get(name) for name in GENERAL}) if isinstance(data, dict) else ()
    return _unquoted(request, "; ".join(texts))


def _unquoted(request: Request, text: str) -> str:
    """Without the values that were sent; only a 400 is about them, and who asked knows which may be shown."""
    return Echoes(_values(orjson.loads(request.body))).cut(text) if text and request.body else text


def _values(sent: Any) -> Iterator[str]:
    """Every single value in what was sent."""
    if isinstance(sent, dict | list):
        for inner in sent.values() if isinstance(sent, dict) else sent:
            yield from _values(inner)
    elif sent is not None and not isinstance(sent, bool):
        yield str(sent)


def _described(request: Request, answer: Answer) -> str:
    """Content type and, of a web page, the title: never anything else of the body."""
    title = _TITLE.search(answer.body[:10_000])
    text = masked(_unquoted(request, title.group(1).decode("utf-8", "replace")))[:80] if title else ""
    kind = answer.media or "an answer without a content type"
    return f"{kind} titled {text!r}" if text else kind if answer.body else "an empty answer"


def _json(answer: Answer) -> tuple[Any, bool]:
    try:
        return orjson.loads(answer.body), True
    except orjson.JSONDecodeError:
        return None, False


def _error(request: Request, answer: Answer, text: str, error: type[ApiError] = ApiError) -> ApiError:
    return error(text, method=request.method, path=request.path, status=answer.status)
