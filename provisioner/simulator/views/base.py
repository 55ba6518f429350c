"""The viewset of every kind: DRF's actions with the variants' answers (docs/alice-api.md#lists, #writes)."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.views.defaults import server_error
from rest_framework import mixins
from rest_framework.response import Response
from rest_framework.views import exception_handler
from rest_framework.viewsets import GenericViewSet

from provisioner.simulator.lifecycle import NoSurvey
from provisioner.simulator.models.base import visible
from provisioner.simulator.paging import in_order
from provisioner.simulator.puts import RESETTING, completed_body, is_partial
from provisioner.simulator.runtime import variants
from provisioner.simulator.verbs import allowed_methods


class ReadOnlyKind(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """A kind that clients only read. Subclasses name their kind and serializer."""

    kind: str
    related: tuple[str, ...] = ()
    """To-many relations to fetch with a list, so that a page costs a fixed number of queries."""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        self.http_method_names = allowed_methods(self.kind, bool(self.detail), variants())
        return super().dispatch(request, *args, **kwargs)

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        failing = self.kind in variants().names("failing_pages")
        if failing and request.query_params.get("page", "1") == variants()["failing_page"]:
            return failed_page(variants()["failing_page_answer"])
        return super().list(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet:
        rows = visible(self.serializer_class.Meta.model, self.request.user).prefetch_related(*self.related)
        if not self.detail and self.kind in variants().names("list_hides"):
            return rows.none()
        return in_order(rows, getattr(self.request, "shuffled", False))


class WritableKind(mixins.CreateModelMixin, mixins.DestroyModelMixin, ReadOnlyKind):
    """A kind that clients write. PATCH is not offered; PUT is one of several kinds of PUT."""

    owned = False
    """Whether a row has a `user` column of its own, set to the caller by every save."""

    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        self.perform_create(serializer)
        return created(serializer.data, request.data)

    def perform_create(self, serializer: Any) -> None:
        serializer.save(**({"user": self.request.user} if self.owned else {}))

    def update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        try:
            row = self.get_object()
        except Http404:
            if variants()["put_missing"] == "404":
                raise
            return self.create(request)
        serializer = self.get_serializer(row, data=request.data, partial=is_partial(self.kind))
        if variants()["put"] in RESETTING:
            serializer.initial_data = completed_body(serializer)
        serializer.is_valid(raise_exception=True)
        self.perform_update(serializer)
        body = self.get_serializer(self.get_object()).data
        return Response(as_answered(variants()["put_answer"], body, request.data))

    def perform_update(self, serializer: Any) -> None:
        takes_over = self.owned and variants()["owner_on_update"] == "moves"
        serializer.save(**({"user": self.request.user} if takes_over else {}))


def failed_page(answer: str) -> HttpResponse:
    """What stands in for one page of a list: DRF's JSON, or the HTML of a server or a proxy."""
    code = int(answer.removeprefix("html-"))
    if answer.startswith("html-") or code >= 500:
        return HttpResponse(f"<html><head><title>Error {code}</title></head><body></body></html>", status=code)
    return Response({"detail": "You do not have permission to perform this action."}, status=code)


def created(body: dict[str, Any], sent: Mapping[str, Any]) -> Response:
    """The answer to a successful create, as much of it as the variant leaves."""
    return Response(as_answered(variants()["create_answer"], body, sent), status=int(variants()["create_status"]))


def as_answered(how: str, body: dict[str, Any], sent: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the answer to a write shows of the object."""
    match how:
        case "no-id":
            return {name: value for name, value in body.items() if name != "id"}
        case "empty":
            return {}
        case "blank":
            return None
        case "id":
            return {name: value for name, value in body.items() if name == "id"}
        case "sent":
            return {name: sent.get(name, value) for name, value in body.items()}
        case _:
            return body


def answer_to_error(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's answers to exceptions, and an HTML 500 for what crashes a real server after it has saved."""
    if isinstance(error, NoSurvey):
        return server_error(context["request"])
    return exception_handler(error, context)
