"""The control endpoints, one small view each; bodies and answers are JSON. Rows are read and written in rows.py."""

import json
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import View

from provisioner.simulator import database, dialler
from provisioner.simulator.clock import clock_at
from provisioner.simulator.control import rows
from provisioner.simulator.fault_hold import Hold
from provisioner.simulator.models import CallRecord, User
from provisioner.simulator.runtime import RUNTIME, Mode, now, variants
from provisioner.simulator.variants import Variants, checked


class ControlView(View):
    """A view for this machine only, whose ValueErrors are 400s."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not ip_address(request.META["REMOTE_ADDR"]).is_loopback:
            return _answer({"error": "only from this machine"}, 403)
        try:
            return super().dispatch(request, *args, **kwargs)
        except ValueError as error:
            return _answer({"error": str(error)}, 400)

    def body(self) -> Any:
        return json.loads(self.request.body or b"null") or {}


def _answer(content: Any, status: int = 200) -> JsonResponse:
    """`default` writes instants in full, where Django's encoder would cut them to milliseconds."""
    options = {"default": str, "ensure_ascii": False}
    return JsonResponse(content, status=status, safe=False, encoder=json.JSONEncoder, json_dumps_params=options)


class Reset(ControlView):
    """Back to the seed and to the mode the simulator was started with, except for what the body gives."""

    def post(self, request: HttpRequest) -> HttpResponse:
        mode = _mode(self.body())
        with database.writing():
            RUNTIME.reset(mode)
        database.reset()
        return _answer({})


def _mode(body: dict[str, Any]) -> Mode:
    started = RUNTIME.started_with
    return Mode(
        variants=Variants(checked(body["variants"])) if body.get("variants") is not None else started.variants,
        page_size=int(body.get("page_size") or started.page_size),
        speed=float(body.get("speed") or started.speed),
        clock=clock_at(_instant(body["now"])) if body.get("now") else started.clock,
        dialler=bool(body.get("dialler", started.dialler)),
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


class Requests(ControlView):
    """The request log."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return _answer(RUNTIME.log.rows())

    def delete(self, request: HttpRequest) -> HttpResponse:
        RUNTIME.log.clear()
        return _answer({})


class Rings(ControlView):
    """Every time a telephone rang, and what made it ring."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return _answer([_ring(record) for record in CallRecord.objects.exclude(cause="").order_by("pk")])


def _ring(record: CallRecord) -> dict[str, Any]:
    cause, number = record.cause.split()
    return {"number": record.phone_number, "cause": cause, "id": int(number), "time": record.starting_date.isoformat()}


class Armed(ControlView):
    """What was done that makes telephones ring, now or later."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return _answer(RUNTIME.arming.rows())


class HoldOne(ControlView):
    """The request to be held: name it, ask whether it is here, let it go."""

    def post(self, request: HttpRequest) -> HttpResponse:
        RUNTIME.hold_request(Hold(**self.body()))
        return _answer({})

    def get(self, request: HttpRequest) -> HttpResponse:
        return _answer({"holds": RUNTIME.hold.holds})

    def delete(self, request: HttpRequest) -> HttpResponse:
        RUNTIME.hold.release()
        return _answer({})


class ClockHands(ControlView):
    """The simulated time: read it, set it, or move it on."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return _answer({"now": now().isoformat()})

    def post(self, request: HttpRequest) -> HttpResponse:
        body = self.body()
        if "advance" in body:
            RUNTIME.change(clock=RUNTIME.mode.clock.advanced(float(body["advance"])))
        else:
            RUNTIME.change(clock=clock_at(_instant(body["now"]) if body.get("now") else None))
        return self.get(request)


class Tick(ControlView):
    """One round of the dialler, as if so many seconds had passed since the last; the clock stays where it is."""

    def post(self, request: HttpRequest) -> HttpResponse:
        before = CallRecord.objects.count()
        dialler.tick(float(self.body().get("seconds", 1)))
        return _answer({"calls": CallRecord.objects.count() - before})


class NewToken(ControlView):
    """An access token without a login: for clients that are given one, and for a log without the login in it."""

    def post(self, request: HttpRequest) -> HttpResponse:
        name = self.body().get("username", "demo")
        user = User.objects.filter(username=name).first()
        if user is None:
            raise ValueError(f"no user is called {name!r}")
        return _answer({"token": RUNTIME.tokens.issue(user.pk, expires=None, only=False)})


class VariantsInForce(ControlView):
    """The variants: read them all, or change some."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return _answer(dict(variants()))

    def post(self, request: HttpRequest) -> HttpResponse:
        RUNTIME.change_variants(checked(self.body()))
        return self.get(request)


class Counts(ControlView):
    """How many rows each kind has."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return _answer(rows.counts())


class Rows(ControlView):
    """The rows of a kind, all tenants', hidden columns included; the query filters them by equality."""

    def get(self, request: HttpRequest, kind: str) -> HttpResponse:
        return _answer(rows.dump(kind, request.GET.dict()))

    def post(self, request: HttpRequest, kind: str) -> HttpResponse:
        body = self.body()
        with database.writing():
            made = rows.create_many(kind, body) if isinstance(body, list) else rows.create(kind, body)
        return _answer(made, 201)


class OneRow(ControlView):
    """One row, changed or deleted as if in Alice's web page."""

    def get(self, request: HttpRequest, kind: str, pk: int) -> HttpResponse:
        found = rows.dump(kind, {"id": pk})
        return _answer(found[0]) if found else _answer({"error": f"no {kind} {pk}"}, 404)

    def patch(self, request: HttpRequest, kind: str, pk: int) -> HttpResponse:
        with database.writing():
            return _answer(rows.change(kind, pk, self.body()))

    def delete(self, request: HttpRequest, kind: str, pk: int) -> HttpResponse:
        with database.writing():
            rows.delete(kind, pk)
        return _answer({})
