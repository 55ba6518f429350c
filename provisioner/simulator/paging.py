"""Lists in pages, in the envelope and the order the variants ask for. See docs/alice-api.md#lists."""

from typing import Any

from django.db.models import F, QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from provisioner.simulator.runtime import RUNTIME, variants

_FOREIGN_HOST = "http://alice-internal:8000"
_PRIME = 1_000_003


class AlicePagination(PageNumberPagination):
    """DRF's page numbers; the size of a page is the simulator's option, or the client's if that is honoured."""

    def get_page_size(self, request: Any) -> int:
        asked = str(request.query_params.get("page_size", ""))
        if variants()["page_size_param"] == "ignored" or not asked.isdecimal() or int(asked) < 1:
            return RUNTIME.mode.page_size
        return min(int(asked), variants().integer("page_size_max"))

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        if variants()["paging"] == "off":
            return self._everything(queryset, request)
        if request.query_params.get(self.page_query_param, "1") == "1":
            queryset = _counted(queryset, self.get_page_size(request))
        try:
            return super().paginate_queryset(queryset, request, view=view)
        except NotFound:
            return self._past_the_end(queryset, request)

    def _everything(self, queryset: Any, request: Any) -> Any:
        self.request = request
        self.page = self.django_paginator_class(queryset, max(1, queryset.count())).page(1)
        return list(self.page)

    def _past_the_end(self, queryset: Any, request: Any) -> Any:
        choice = variants()["past_end"]
        asked = str(request.query_params.get(self.page_query_param))
        if choice == "404" or not asked.isdecimal() or int(asked) < 1:
            raise NotFound("Invalid page.")
        paginator = self.django_paginator_class(queryset, self.get_page_size(request))
        self.request = request
        self.page = paginator.page(paginator.num_pages)
        return list(self.page) if choice == "repeat" else []

    def get_paginated_response(self, data: Any) -> Response:
        match variants()["lists"]:
            case "results":
                return Response({"results": data})
            case "bare":
                return Response(data)
            case _:
                return Response(self._envelope(data))

    def _envelope(self, data: Any) -> dict[str, Any]:
        return {
            "count": self._count(),
            "next": self._link(self.get_next_link()),
            "previous": self._link(self.get_previous_link()),
            "results": data,
        }

    def _count(self) -> int:
        count, size = int(self.page.paginator.count), int(self.page.paginator.per_page)
        return {"inflated": count + 1, "page": min(count, size)}.get(variants()["count"], count)

    def get_next_link(self) -> Any:
        following = replace_query_param(self.request.build_absolute_uri(), self.page_query_param, self.page.number + 1)
        return {"null": None, "always": following}.get(variants()["next"], super().get_next_link())

    def _link(self, link: str | None) -> str | None:
        if link is None or variants()["next_host"] == "same":
            return link
        return link.replace(self.request.build_absolute_uri("/").rstrip("/"), _FOREIGN_HOST)


def _counted(rows: Any, size: int) -> Any:
    """The rows themselves where they fit into one page, so that nobody has to count them in a query of its own."""
    first = list(rows[: size + 1])
    return first if len(first) <= size else rows


def in_order(rows: QuerySet, shuffled: bool) -> QuerySet:
    """The rows in the order of this one request; nothing promises the next one the same."""
    choice = "shuffled" if shuffled else variants()["order"]
    if choice == "shuffled":
        factor = RUNTIME.shuffles.randrange(2, _PRIME)
        return rows.order_by((F("pk") * factor) % _PRIME, "pk")
    if choice == "updated" and "updated_date" in {field.name for field in rows.model._meta.fields}:
        return rows.order_by("updated_date", "pk")
    return rows.order_by("pk")
