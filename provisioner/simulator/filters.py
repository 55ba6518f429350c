"""The list filters that Alice's page documents; all others are ignored, as DRF does. See docs/alice-api.md#filters."""

from typing import Any

import django_filters.rest_framework as filters
from django.db.models import Q, QuerySet

from provisioner.simulator import models
from provisioner.simulator.models.campaigns import Status, SubscriberStatus
from provisioner.simulator.models.records import DISPOSITIONS
from provisioner.simulator.runtime import variants


class DocumentedFilters(filters.DjangoFilterBackend):
    """django-filter, unless the variant ignores every filter, or nothing asks for one: its form is dear to make."""

    def filter_queryset(self, request: Any, queryset: QuerySet, view: Any) -> QuerySet:
        offered = self.get_filterset_class(view, queryset)
        asked = offered is not None and not offered.base_filters.keys().isdisjoint(request.query_params)
        if variants()["filters"] == "ignored" or not asked:
            return queryset
        return super().filter_queryset(request, queryset, view)


class Text(filters.CharFilter):
    """A text that must be equal; the variant may turn it into one that must be contained."""

    def filter(self, rows: QuerySet, value: str) -> QuerySet:
        self.lookup_expr = "icontains" if variants()["filter_match"] == "contains" else "exact"
        return super().filter(rows, value)


class Search(filters.CharFilter):
    """The parameter `search`: contained in one of some columns; the variant may demand equality."""

    def __init__(self, *columns: str) -> None:
        self.columns = columns
        super().__init__()

    def filter(self, rows: QuerySet, value: str) -> QuerySet:
        if not value:
            return rows
        lookup = "exact" if variants()["filter_match"] == "exact" else "icontains"
        match = Q()
        for column in self.columns:
            match |= Q(**{f"{column}__{lookup}": value})
        return rows.filter(match)


def _one_of(model: Any) -> filters.ModelChoiceFilter:
    """A relation: the id of any row, whoever owns it; another id is a 400."""
    return filters.ModelChoiceFilter(queryset=model.objects.all())


class SurveyTemplateFilters(filters.FilterSet):
    search = Search("name")
    description = Text()
    is_onboarding = filters.BooleanFilter()
    user = _one_of(models.User)


class SealedSurveyFilters(filters.FilterSet):
    search = Search("name")
    tts_language = Text()
    description = Text()
    campaign = _one_of(models.Campaign)


class PhonebookFilters(filters.FilterSet):
    search = Search("name")


class ContactFilters(filters.FilterSet):
    phonebook = _one_of(models.Phonebook)
    search = Search("contact", "first_name", "last_name")


class CampaignFilters(filters.FilterSet):
    name = Text()
    phonebook = _one_of(models.Phonebook)
    status = filters.ChoiceFilter(choices=Status.choices)


class SubscriberFilters(filters.FilterSet):
    campaign = _one_of(models.Campaign)
    contact = Text(field_name="duplicate_contact")
    status = filters.ChoiceFilter(choices=SubscriberStatus.choices)
    duration = filters.NumberFilter()
    billsec = filters.NumberFilter()


class CallRecordFilters(filters.FilterSet):
    callid = Text()
    callerid = Text()
    phone_number = Text()
    from_date = filters.IsoDateTimeFilter(field_name="starting_date", lookup_expr="gte")
    to_date = filters.IsoDateTimeFilter(field_name="starting_date", lookup_expr="lte")
    duration = filters.NumberFilter()
    billsec = filters.NumberFilter()
    disposition = filters.ChoiceFilter(choices=DISPOSITIONS)
    hangup_cause = Text()
    sip_term_status = filters.NumberFilter()
    sip_term_cause = filters.NumberFilter()
    endpoint_disposition = Text()
    campaign = _one_of(models.Campaign)
    alarm = filters.BooleanFilter()
    otp = filters.BooleanFilter()
