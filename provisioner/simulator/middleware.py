"""What happens around every request: the log, the language, routes that a variant takes away, writers' turns.

Function middleware where Django allows it; the last one is a class because only `process_view` sees the route.
"""

import time
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.defaults import page_not_found

from provisioner.simulator.database import writing
from provisioner.simulator.request_log import SAFE_METHODS, LoggedRequest
from provisioner.simulator.runtime import RUNTIME, variants
from provisioner.simulator.verbs import route_exists

Handler = Callable[[HttpRequest], HttpResponse]


def is_api(request: HttpRequest) -> bool:
    return not request.path.startswith("/_simulator/")


def log_requests(get_response: Handler) -> Handler:
    """Record every API request, with the end it came to, in the log of the run it began in."""

    def respond(request: HttpRequest) -> HttpResponse:
        log, started = RUNTIME.log, time.monotonic()
        response = get_response(request)
        if is_api(request):
            log.add(_logged(request, response, time.monotonic() - started))
        return response

    return respond


def _logged(request: HttpRequest, response: HttpResponse, seconds: float) -> LoggedRequest:
    user = getattr(request, "user", None)
    return LoggedRequest(
        method=request.method,
        path=request.path,
        query=request.META["QUERY_STRING"],
        status=None if getattr(response, "not_executed", False) else response.status_code,
        user=user.username if user else None,
        seconds=round(seconds, 6),
        write=request.method not in SAFE_METHODS and not request.path.endswith("/get-token/"),
        rows=getattr(response, "bulk_rows", None),
        fault=getattr(response, "fault", None),
    )


def choose_language(get_response: Handler) -> Handler:
    """Error texts in the language of Accept-Language, or of the server."""

    def respond(request: HttpRequest) -> HttpResponse:
        choice = variants()["language"]
        asked = "HTTP_ACCEPT_LANGUAGE" in request.META and choice != "vi-always"
        language = translation.get_language_from_request(request) if asked else choice[:2]
        with translation.override(language):
            return get_response(request)

    return respond


class RoutesAndWrites:
    """Answers routes that a variant takes away like unknown ones, and lets one write through at a time."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in SAFE_METHODS or not is_api(request):
            return self.get_response(request)
        with writing():
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, options: Any) -> HttpResponse | None:
        return None if _is_routed(request, view, options) else page_not_found(request, Exception())


def _is_routed(request: HttpRequest, view: Any, options: dict[str, Any]) -> bool:
    if "place" in options:
        return bool(options["place"] == variants()["token_path"])
    kind = getattr(getattr(view, "cls", None), "kind", None)
    detail = bool(getattr(view, "initkwargs", {}).get("detail"))
    return kind is None or route_exists(kind, detail, request.method, variants())
