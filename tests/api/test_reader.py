"""What reading yields: a value, certainly nothing, or that it is not known, and never one for the other."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from provisioner.api.reader import Reader
from provisioner.errors import ApiError, Incomplete, Inconsistent
from provisioner.model import LiveObject, Unknown
from provisioner.resources import KINDS, Zones

from .conftest import MakeClient, Serve
from .scripted import Reply, paged

CAMPAIGN, SUBSCRIBER = KINDS["campaign"], KINDS["subscriber"]
HTML = "<html><title>Blocked</title></html>"
REFUSALS = [Reply(403, {"detail": "no"}), Reply(405, {"detail": "no"}), Reply(403, HTML), Reply(404, HTML)]


def subscribers(*campaigns: Any) -> list[dict[str, Any]]:
    return [{"id": number, "campaign": campaign} for number, campaign in enumerate(campaigns, 1)]


@pytest.fixture
def reader_of(client_of: MakeClient) -> Any:
    return lambda server: Reader(client_of(server), Zones(ZoneInfo("UTC")))


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refused_list_is_unreadable_and_a_refused_page_is_a_failure(
    serve: Serve, reader_of: Any, refusal: Reply
) -> None:
    assert reader_of(serve(lambda seen: refusal)).listing(CAMPAIGN).unreadable
    many = [{"id": number} for number in range(30)]
    server = serve(lambda seen: refusal if seen.page == 2 else paged(many, honour=False)(seen))
    with pytest.raises(Incomplete, match="page 2"):
        reader_of(server).listing(CAMPAIGN)


def test_a_page_of_html_with_a_200_is_no_list(serve: Serve, reader_of: Any) -> None:
    with pytest.raises(ApiError, match="expected JSON"):
        reader_of(serve(Reply(200, HTML))).listing(CAMPAIGN)


@pytest.mark.parametrize("identity", ["b7e3-11", None, True, {}, [1]])
def test_objects_that_cannot_be_told_apart_are_not_none(serve: Serve, reader_of: Any, identity: Any) -> None:
    listing = reader_of(serve(paged([{"id": 5}, {"id": identity, "status": 1}]))).listing(CAMPAIGN)
    assert [found.id for found in listing.objects] == [5]
    assert "1 of 2 have no id" in str(listing.unreadable)


@pytest.mark.parametrize(
    ("objects", "ignored", "expected"),
    [
        ([], False, False),
        (subscribers(7), False, True),
        (subscribers(*[8] * 25), True, False),
        (subscribers(*[8] * 25, 7), True, True),  # not on the first page
        (subscribers("http://x/rest-api/campaigns/7/"), False, True),
        (subscribers(None), False, Unknown),
        (subscribers("tet"), True, Unknown),
        (subscribers(*[8] * 12, "tet"), True, Unknown),
    ],
)
def test_whether_something_was_started_by_what_it_left_behind(
    serve: Serve, reader_of: Any, objects: list[dict[str, Any]], ignored: bool, expected: Any
) -> None:
    """A filter that is ignored shows others first, so all of it is read; some may not say whose they are."""
    server = serve(paged(objects) if ignored or len(objects) < 2 else paged([o for o in objects if o["campaign"] == 7]))
    answer = reader_of(server).any("subscriber", "campaign", 7)
    assert isinstance(answer, Unknown) if expected is Unknown else answer is expected


@pytest.mark.parametrize("told", [{"count": 1, "next": None}, {"next": "?page=2"}], ids=["count", "next"])
def test_an_empty_page_that_tells_of_others_is_no_proof_that_nothing_was_left_behind(
    serve: Serve, reader_of: Any, told: dict[str, Any]
) -> None:
    pages = [[], subscribers(7)]
    server = serve(
        lambda seen: Reply(200, {**told, "results": pages[seen.page - 1]} if seen.page <= 2 else {"results": []})
    )
    try:
        assert reader_of(server).any("subscriber", "campaign", 7) is True
    except Inconsistent:
        assert told["next"] is None


def test_an_ignored_filter_costs_one_reading_for_all_owners(serve: Serve, reader_of: Any) -> None:
    server = serve(paged(subscribers(*[8] * 25)))
    reader = reader_of(server)
    assert [reader.any("subscriber", "campaign", owner) for owner in (7, 6, 5)] == [False] * 3
    assert len([seen for seen in server.asked if "campaign" not in seen.query]) <= 4


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refused_question_has_no_answer(serve: Serve, reader_of: Any, refusal: Reply) -> None:
    reader = reader_of(serve(lambda seen: refusal))
    assert isinstance(reader.any("subscriber", "campaign", 7), Unknown)
    assert isinstance(reader.look(CAMPAIGN, 7), Unknown)
    assert reader.one(CAMPAIGN, 7) is None


def test_one_object_is_there_or_certainly_not(serve: Serve, reader_of: Any) -> None:
    there = reader_of(serve(lambda seen: Reply(200, {"id": 7, "status": 1}))).look(CAMPAIGN, 7)
    assert isinstance(there, LiveObject)
    assert there.fields["status"] == "started"
    assert reader_of(serve(Reply(404, {"detail": "Not found."}))).look(CAMPAIGN, 7) is None
