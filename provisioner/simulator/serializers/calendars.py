"""The calendar chain: settings, calendar users, calendars, events, alarms (docs/alice-api.md#calendars-and-events)."""

from typing import Any

from provisioner.simulator.models import Alarm, Calendar, CalendarProfile, CalendarSetting, Event, User
from provisioner.simulator.runtime import variants
from provisioner.simulator.serializers.base import AliceSerializer
from provisioner.simulator.serializers.fields import Owner, PhoneNumber, Relation


class CalendarSettingSerializer(AliceSerializer):
    """How alarms call; its survey is a sealed one."""

    KIND = "calendar-setting"
    user = Owner()

    class Meta:
        model = CalendarSetting
        fields = [
            "id",
            "label",
            "callerid",
            "caller_name",
            "call_timeout",
            "voicemail",
            "amd_behavior",
            "survey",
            "aleg_gateway",
            "user",
            "created_date",
            "updated_date",
        ]
        extra_kwargs = {"call_timeout": {"required": True}}


class CalendarUserSerializer(AliceSerializer):
    """A user of calendars. An update stores the password as it comes (docs/alice-api.md#calendar-users)."""

    KIND = "calendar-user"
    calendar_setting = Relation(model=CalendarSetting, source="profile.calendar_setting")

    class Meta:
        model = User
        fields = ["id", "username", "password", "last_name", "first_name", "email", "calendar_setting"]

    def create(self, validated_data: dict[str, Any]) -> User:
        setting = validated_data.pop("profile")["calendar_setting"]
        user = User(**validated_data)
        user.set_password(validated_data["password"])
        user.save()
        manager = self.context["request"].user
        if variants()["calendar_user_keeps"] == "first":
            setting = CalendarSetting.objects.filter(user=manager).order_by("pk").first() or setting
        CalendarProfile.objects.create(user=user, manager=manager, calendar_setting=setting)
        return user

    def update(self, instance: User, validated_data: dict[str, Any]) -> User:
        profile = validated_data.pop("profile", None)
        user: User = super().update(instance, validated_data)
        if profile and f"{self.KIND}.calendar_setting" not in variants().names("immutable_fields"):
            user.profile.calendar_setting = profile["calendar_setting"]
            user.profile.save()
        return user

    def to_representation(self, row: Any) -> Any:
        body = super().to_representation(row)
        if variants()["password_hash"] == "hidden":
            del body["password"]
        if variants()["calendar_user_setting"] == "hidden":
            body.pop("calendar_setting", None)
        return body


class CalendarSerializer(AliceSerializer):
    """A calendar of a calendar user."""

    KIND = "calendar"

    class Meta:
        model = Calendar
        fields = ["id", "name", "user", "max_concurrent", "created_date"]
        extra_kwargs = {"user": {"required": True, "allow_null": False}}


class EventSerializer(AliceSerializer):
    """An appointment; nothing checks that it ends after it starts."""

    KIND = "event"
    SERVER_SET = ("notify_count", "status", "occ_count")

    class Meta:
        model = Event
        fields = [
            "id",
            "title",
            "description",
            "start",
            "end",
            "creator",
            "calendar",
            "created_on",
            "notify_count",
            "status",
            "parent_event",
            "occ_count",
        ]
        read_only_fields = ["parent_event"]
        extra_kwargs = {"start": {"required": True}, "end": {"required": True}}


class AlarmSerializer(AliceSerializer):
    """A call about an event; without a date it rings at once."""

    KIND = "alarm"
    SERVER_SET = ("status", "result", "num_attempt")
    alarm_phonenumber = PhoneNumber(max_length=50, variant="alarm_text")
    phonenumber_transfer = PhoneNumber(
        max_length=50, variant="alarm_text", required=False, allow_null=True, allow_blank=True
    )

    class Meta:
        model = Alarm
        fields = [
            "id",
            "alarm_phonenumber",
            "event",
            "date_start_notice",
            "phonenumber_transfer",
            "method",
            "status",
            "result",
            "maxretry",
            "retry_delay",
            "num_attempt",
            "advance_notice",
            "created_date",
        ]
