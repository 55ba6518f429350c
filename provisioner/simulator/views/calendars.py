"""calendar-setting/, calendar-user/, calendar/, event/ and alarm/. See docs/alice-api.md#calendars-and-events."""

from typing import Any

from django.views.defaults import server_error
from rest_framework.response import Response

from provisioner.simulator.models import Alarm
from provisioner.simulator.models.appointments import AlarmStatus
from provisioner.simulator.runtime import RUNTIME, variants
from provisioner.simulator.serializers.calendars import (
    AlarmSerializer,
    CalendarSerializer,
    CalendarSettingSerializer,
    CalendarUserSerializer,
    EventSerializer,
)
from provisioner.simulator.views.base import WritableKind, created


class CalendarSettings(WritableKind):
    """Settings; a deleted one leaves its calendar users behind, invisible."""

    kind = "calendar-setting"
    owned = True
    serializer_class = CalendarSettingSerializer


class CalendarUsers(WritableKind):
    """Calendar users, whose create and list have ways of their own."""

    kind = "calendar-user"
    related = ("profile",)
    serializer_class = CalendarUserSerializer

    def create(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        match variants()["calendar_user_create"]:
            case "500-after-commit":
                return server_error(request)
            case "full":
                return created(serializer.data, request.data)
            case _:
                shown = {name: value for name, value in serializer.data.items() if name != "id"}
                return created(shown, request.data)

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        if variants()["calendar_user_list"] == "paged":
            return super().list(request, *args, **kwargs)
        return Response(_polymorphic(self.get_serializer(self.get_queryset(), many=True).data))


def _polymorphic(rows: list[Any]) -> Any:
    """Newfies-Dialer's list: a note for none, the object itself for one, an array for more."""
    match len(rows):
        case 0:
            return {"note": "no calendar-user found"}
        case 1:
            return rows[0]
        case _:
            return rows


class Calendars(WritableKind):
    """Calendars of the caller's calendar users."""

    kind = "calendar"
    serializer_class = CalendarSerializer


class Events(WritableKind):
    """Events of the caller's calendar users."""

    kind = "event"
    serializer_class = EventSerializer


class Alarms(WritableKind):
    """Alarms; the dialler calls them when they fall due (appointments.py)."""

    kind = "alarm"
    serializer_class = AlarmSerializer

    def perform_create(self, serializer: Any) -> None:
        super().perform_create(serializer)
        RUNTIME.arming.note("alarm", serializer.instance.pk)

    def perform_update(self, serializer: Any) -> None:
        before = _what_rings(serializer.instance)
        super().perform_update(serializer)
        alarm = serializer.instance
        if _what_rings(alarm) == before:
            return
        RUNTIME.arming.note("alarm", alarm.pk)
        if variants()["alarm_change"] == "rearms":
            alarm.status = AlarmStatus.PENDING
            alarm.save()


def _what_rings(alarm: Alarm) -> tuple[Any, ...]:
    return alarm.alarm_phonenumber, alarm.date_start_notice, alarm.event_id
