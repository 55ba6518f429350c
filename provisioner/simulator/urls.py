"""The routes: `/rest-api/{kind}/` and `/rest-api/{kind}/{id}/` by DRF's router, the odd ones by hand.

Every path ends with a slash; without it Django answers 301 whatever the verb (docs/alice-api.md#paths).
"""

from django.urls import include, path
from rest_framework.routers import DefaultRouter

from provisioner.simulator.views import bulk, calendars, campaigns, contacts, records, surveys, tokens
from provisioner.simulator.views.base import ReadOnlyKind

VIEWSETS: tuple[type[ReadOnlyKind], ...] = (
    surveys.SurveyTemplates,
    surveys.SectionTemplates,
    surveys.SealedSurveys,
    contacts.Phonebooks,
    contacts.Contacts,
    records.Gateways,
    campaigns.Campaigns,
    contacts.DncLists,
    contacts.DncContacts,
    records.CallRecords,
    records.Subscribers,
    calendars.CalendarSettings,
    calendars.CalendarUsers,
    calendars.Calendars,
    calendars.Events,
    calendars.Alarms,
)

router = DefaultRouter()
router.include_format_suffixes = False
for viewset in VIEWSETS:
    router.register(viewset.kind, viewset, basename=viewset.kind)

urlpatterns = [
    path("rest-api/get-token/", tokens.GetToken.as_view(), {"place": "base"}),
    path("get-token/", tokens.GetToken.as_view(), {"place": "root"}),
    path("rest-api/bulkcontact/", bulk.BulkContacts.as_view()),
    path("rest-api/campaigns/<int:pk>/status/", campaigns.CampaignStatusView.as_view()),
    path("rest-api/", include(router.urls)),
    path("_simulator/", include("provisioner.simulator.control.urls")),
]
