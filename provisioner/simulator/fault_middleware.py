"""Makes requests go wrong in the way a seeded plan has drawn for them (docs/alice-api.md#lost-answers).

Sits outside the writers' lock, so that a slow request holds nobody else up, and inside the log. What strikes after a
request was executed leaves one alone whose token another fault has ended meanwhile: nothing was executed then.
"""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.views.defaults import server_error
from rest_framework.status import HTTP_401_UNAUTHORIZED, HTTP_429_TOO_MANY_REQUESTS

from provisioner.simulator.access import bearer_token
from provisioner.simulator.faults import in_scope
from provisioner.simulator.runtime import RUNTIME, variants

Handler = Callable[[HttpRequest], HttpResponse]

DROP_HEADER = "X-Simulator-Drop"
"""Tells the server to close the connection instead of sending this response."""


def inject_faults(get_response: Handler) -> Handler:
    """Draw a fault for the request and let it strike."""

    def respond(request: HttpRequest) -> HttpResponse:
        if _is_struck(request):
            return _hold(request, get_response)
        fault = _drawn(request)
        response = get_response(request) if fault is None else _FAULTS[fault](request, get_response)
        response.fault = fault
        return response

    return respond


def _is_struck(request: HttpRequest) -> bool:
    hold = RUNTIME.hold
    return bool(hold.at) and _is_open_to_faults(request) and in_scope(request.method, hold.scope) and hold.strikes()


def _hold(request: HttpRequest, get_response: Handler) -> HttpResponse:
    """What the modes of a hold mean; the client is taken to be dead by then, and a reset leaves it no place."""
    hold, log = RUNTIME.hold, RUNTIME.log
    if hold.mode == "executed":
        response = _drop_after(request, get_response)
        hold.wait()
        return response
    hold.wait()
    late = hold.mode == "late" and RUNTIME.log is log
    return get_response(request) if late else _drop_before(request, get_response)


def _is_open_to_faults(request: HttpRequest) -> bool:
    return request.path.startswith("/rest-api/") and not request.path.endswith("/get-token/")


def _drawn(request: HttpRequest) -> str | None:
    if not _is_open_to_faults(request):
        return None
    return RUNTIME.faults.draw(request.method, request.path, variants())


def _drop_before(request: HttpRequest, get_response: Handler) -> HttpResponse:
    response = _dropped(HttpResponse())
    response.not_executed = True
    return response


def _drop_after(request: HttpRequest, get_response: Handler) -> HttpResponse:
    response = get_response(request)
    return response if response.status_code == HTTP_401_UNAUTHORIZED else _dropped(response)


def _dropped(response: HttpResponse) -> HttpResponse:
    response[DROP_HEADER] = "yes"
    return response


def _error_before(request: HttpRequest, get_response: Handler) -> HttpResponse:
    return server_error(request)


def _error_after(request: HttpRequest, get_response: Handler) -> HttpResponse:
    response = get_response(request)
    return response if response.status_code == HTTP_401_UNAUTHORIZED else server_error(request)


def _throttled(request: HttpRequest, get_response: Handler) -> HttpResponse:
    wait = variants()["fault_retry_after"]
    body = f'{{"detail":"Request was throttled. Expected available in {wait} seconds."}}'
    headers = {"Retry-After": wait}
    return HttpResponse(body, "application/json", HTTP_429_TOO_MANY_REQUESTS, headers=headers)


def _slow(request: HttpRequest, get_response: Handler) -> HttpResponse:
    response = get_response(request)
    time.sleep(variants().number("fault_slow"))
    return response


def _late_commit(request: HttpRequest, get_response: Handler) -> HttpResponse:
    """A reset in the meantime begins another run, in which this request has no place."""
    log = RUNTIME.log
    time.sleep(variants().number("fault_slow"))
    return get_response(request) if RUNTIME.log is log else _drop_before(request, get_response)


def _expire_token(request: HttpRequest, get_response: Handler) -> HttpResponse:
    RUNTIME.tokens.expire(bearer_token(request) or "")
    return get_response(request)


def _shuffle(request: HttpRequest, get_response: Handler) -> HttpResponse:
    request.shuffled = True
    return get_response(request)


_FAULTS: dict[str, Callable[[HttpRequest, Handler], HttpResponse]] = {
    "drop-before": _drop_before,
    "drop-after": _drop_after,
    "500-before": _error_before,
    "500-after": _error_after,
    "429": _throttled,
    "slow": _slow,
    "late-commit": _late_commit,
    "expire-token": _expire_token,
    "shuffle": _shuffle,
}
