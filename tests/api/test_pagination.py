"""docs/alice-api.md#lists: every envelope is read, and a list is complete or an error."""

import random
import threading
import time
from typing import Any

import pytest

from provisioner.errors import ApiError, Forbidden, Incomplete, Inconsistent, Rejected, RouteMissing

from .conftest import MakeClient, Serve
from .scripted import INVALID_PAGE, NOT_FOUND_PAGE, Reply, Script, ScriptedServer, Seen, numbered, paged

FIVE = numbered(5)


NEXT = "https://internal.invalid/rest-api/contact/?page=2"


def ids(objects: list[dict[str, Any]]) -> list[int]:
    return sorted(found["id"] for found in objects)


def envelope(results: list[dict[str, Any]], count: int, next: str | None = None) -> Reply:
    return Reply(200, {"count": count, "next": next, "previous": None, "results": results})


def naming(*pages: list[dict[str, Any]], past_end: Reply = INVALID_PAGE, **told: Any) -> Script:
    """Pages of a server whose every page but the last names another; `told` is what else each of them says."""

    def script(seen: Seen) -> Reply:
        if seen.page > len(pages):
            return past_end
        return Reply(200, {**told, "next": NEXT if seen.page < len(pages) else None, "results": pages[seen.page - 1]})

    return script


def by_page(*pages: list[dict[str, Any]]) -> Script:
    """A server without a count."""
    return lambda seen: Reply(200, {"results": pages[seen.page - 1]}) if seen.page <= len(pages) else INVALID_PAGE


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param({"count": 5, "next": None, "previous": None, "results": FIVE}, FIVE, id="envelope"),
        pytest.param({"count": "5", "results": FIVE}, FIVE, id="count-as-text"),
        pytest.param({"id": 7, "username": "bot"}, [{"id": 7, "username": "bot"}], id="single-object"),
        pytest.param({"note": "no calendar-user found"}, [], id="note"),
        pytest.param({"count": 0, "results": []}, [], id="none"),
        pytest.param([], [], id="bare-none"),
        pytest.param({"results": []}, [], id="results-none"),
    ],
)
def test_every_envelope_is_read_with_one_request(
    serve: Serve, client_of: MakeClient, body: Any, expected: list[dict[str, Any]]
) -> None:
    server = serve(Reply(200, body))
    assert client_of(server).list("calendar-user") == expected
    assert len(server.asked) == 1


@pytest.mark.parametrize("wrap", [lambda part: part, lambda part: {"results": part}], ids=["bare", "results"])
def test_without_a_count_pages_are_read_until_a_404(serve: Serve, client_of: MakeClient, wrap: Any) -> None:
    pages = [numbered(10), numbered(10, 11), numbered(3, 21)]
    server = serve(lambda seen: Reply(200, wrap(pages[seen.page - 1])) if seen.page <= 3 else INVALID_PAGE)
    assert ids(client_of(server).list("phonebook")) == list(range(1, 24))
    assert [seen.page for seen in server.asked] == [1, 2, 3, 4]


def test_without_a_count_an_empty_page_is_the_end(serve: Serve, client_of: MakeClient) -> None:
    server = serve(by_page(numbered(10), numbered(2, 11), []))
    assert ids(client_of(server).list("phonebook")) == list(range(1, 13))
    assert len(server.asked) == 3


def test_without_a_count_two_pages_without_a_new_id_are_the_end(serve: Serve, client_of: MakeClient) -> None:
    server = serve(Reply(200, numbered(30)))
    assert ids(client_of(server).list("phonebook")) == list(range(1, 31))
    assert [seen.page for seen in server.asked] == [1, 2, 3]


def test_without_a_count_one_page_without_a_new_id_is_not_the_end(serve: Serve, client_of: MakeClient) -> None:
    server = serve(by_page(numbered(10), numbered(10), numbered(10, 11)))
    assert ids(client_of(server).list("phonebook")) == list(range(1, 21))


def test_without_a_count_pages_that_overlap_are_read_again(serve: Serve, client_of: MakeClient) -> None:
    """Row 10 moved to page 2 while page 1 was read, row 11 the other way: only a second pass sees it."""
    passes = [numbered(10), numbered(10, 10)[:1] + numbered(9, 12)]

    def script(seen: Seen) -> Reply:
        again = sum(earlier.page == seen.page for earlier in server.asked) > 1
        objects = [*numbered(10), *numbered(10, 11)] if again else [*passes[0], *passes[1]]
        part = objects[(seen.page - 1) * 10 : seen.page * 10]
        return Reply(200, {"results": part}) if part else INVALID_PAGE

    server = serve(script)
    assert ids(client_of(server).list("phonebook")) == list(range(1, 21))


@pytest.mark.parametrize("honour", [True, False], ids=["page-size-honoured", "page-size-ignored"])
@pytest.mark.parametrize("count", [1, 10, 11, 25, 1000, 1001, 2345])
def test_a_counted_list_is_complete(serve: Serve, client_of: MakeClient, count: int, honour: bool) -> None:
    server = serve(paged(numbered(count), honour=honour))
    assert client_of(server).list("contact") == numbered(count)
    assert len(server.asked) == -(-count // (1000 if honour else 10))


def test_larger_pages_are_asked_for_and_used_when_they_come(serve: Serve, client_of: MakeClient) -> None:
    server = serve(paged(numbered(150), most=100))
    client_of(server).list("contact")
    assert [seen.query for seen in server.asked] == [{"page_size": "1000"}, {"page_size": "1000", "page": "2"}]


def test_the_page_size_is_dropped_when_it_made_no_difference(serve: Serve, client_of: MakeClient) -> None:
    server = serve(paged(numbered(15), honour=False))
    client_of(server).list("contact", {"phonebook": 5})
    assert [dict(seen.query) for seen in server.asked] == [
        {"page_size": "1000", "phonebook": "5"},
        {"phonebook": "5", "page": "2"},
    ]


def test_a_server_that_refuses_unknown_parameters_is_asked_without_the_page_size(
    serve: Serve, client_of: MakeClient
) -> None:
    objects = paged(numbered(12), honour=False)
    server = serve(lambda seen: Reply(400, {"page_size": ["Unknown."]}) if "page_size" in seen.query else objects(seen))
    assert len(client_of(server).list("contact")) == 12


def test_a_filter_that_the_server_refuses_is_rejected(serve: Serve, client_of: MakeClient) -> None:
    server = serve(Reply(400, {"status": ["Select a valid choice."]}))
    with pytest.raises(Rejected) as caught:
        client_of(server).list("campaigns", {"status": 9})
    assert caught.value.fields == {"status": ("Select a valid choice.",)}


def test_pages_are_asked_of_our_own_address_whatever_next_says(serve: Serve, client_of: MakeClient) -> None:
    objects = paged(numbered(25), honour=False)

    def script(seen: Seen) -> Reply:
        reply = objects(seen)
        if reply.status == 200:
            reply.body["next"] = "https://internal.invalid:8000/rest-api/contact/?page=2"
        return reply

    assert len(client_of(serve(script)).list("contact")) == 25


@pytest.mark.parametrize("told", [{}, {"count": 0}, {"count": 10}, {"count": 20}, {"count": None}, {"count": 25}])
def test_a_page_that_names_another_is_not_the_last_whatever_the_count(
    serve: Serve, client_of: MakeClient, told: dict[str, Any]
) -> None:
    server = serve(naming(numbered(10), numbered(10, 11), numbered(5, 21), **told))
    assert ids(client_of(server).list("contact")) == list(range(1, 26))
    first, *others = [seen.page for seen in server.asked][:3]
    assert (first, sorted(others)) == (1, [2, 3])  # where a count is told, pages are asked for side by side


@pytest.mark.parametrize("told", [{}, {"count": 0}, {"count": 5}])
@pytest.mark.parametrize("empty", [0, 1, 2, 3])
def test_an_empty_page_that_names_another_is_not_the_last(
    serve: Serve, client_of: MakeClient, empty: int, told: dict[str, Any]
) -> None:
    """As of a server that takes out of a page what its user may not see."""
    pages = [numbered(3), numbered(2, 4)]
    pages[empty:empty] = [[], [], []]
    assert ids(client_of(serve(naming(*pages, **told))).list("contact")) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("told", [{}, {"count": 30}])
@pytest.mark.parametrize("shorter", [0, 1])
def test_pages_that_are_shorter_than_others_hide_none_after_them(
    serve: Serve, client_of: MakeClient, shorter: int, told: dict[str, Any]
) -> None:
    sizes = [10, 10, 10]
    sizes[shorter : shorter + 1] = [6, 4]
    firsts = [1 + sum(sizes[:place]) for place in range(4)]
    pages = [numbered(size, first) for size, first in zip(sizes, firsts, strict=True)]
    assert ids(client_of(serve(naming(*pages, **told))).list("contact")) == list(range(1, 31))


@pytest.mark.parametrize("results", [numbered(10), numbered(4)], ids=["full", "short"])
@pytest.mark.parametrize("past_end", [INVALID_PAGE, Reply(200, {"count": 15, "results": []})], ids=["404", "empty"])
def test_a_list_that_ends_before_its_count_is_a_failed_read(
    serve: Serve, client_of: MakeClient, results: list[dict[str, Any]], past_end: Reply
) -> None:
    server = serve(lambda seen: envelope(results, 15) if seen.page == 1 else past_end)
    with pytest.raises(Inconsistent, match=f"{len(results)} of 15 objects"):
        client_of(server).list("contact")


def test_a_count_that_only_a_later_page_tells_is_held_against_the_list_too(serve: Serve, client_of: MakeClient) -> None:
    pages = [{"results": numbered(10)}, {"count": 30, "results": numbered(10, 11)}]
    server = serve(lambda seen: Reply(200, pages[seen.page - 1]) if seen.page <= 2 else INVALID_PAGE)
    with pytest.raises(Inconsistent, match="20 of 30"):
        client_of(server).list("contact")


@pytest.mark.parametrize("told", [{}, {"count": 4}, {"count": 40}])
def test_a_next_that_leads_to_the_same_page_again_is_a_failed_read(
    serve: Serve, client_of: MakeClient, told: dict[str, Any]
) -> None:
    """As of a server that pages by cursor and does not look at page numbers: what follows was never seen."""
    server = serve(Reply(200, {**told, "next": "?cursor=cD0yMDA", "results": numbered(10)}))
    with pytest.raises(Inconsistent):
        client_of(server).list("contact")
    assert len(server.asked) < 20


@pytest.mark.parametrize("past_end", [numbered(10), []], ids=["repeat", "empty"])
def test_a_next_that_leads_to_nothing_new_is_the_end_of_a_list_that_agrees_with_its_count(
    serve: Serve, client_of: MakeClient, past_end: list[dict[str, Any]]
) -> None:
    server = serve(lambda seen: envelope(numbered(10) if seen.page == 1 else past_end, 10, NEXT))
    assert ids(client_of(server).list("contact")) == list(range(1, 11))
    assert len(server.asked) == 11


def test_ids_are_taken_from_urls(serve: Serve, client_of: MakeClient) -> None:
    urls = [{"url": f"http://internal/rest-api/phonebook/{number}/?format=json"} for number in (3, 41)]
    server = serve(Reply(200, {"count": 2, "results": urls}))
    assert ids(client_of(server).list("phonebook")) == [3, 41]


def test_objects_without_any_id_are_told_apart_by_their_content(serve: Serve, client_of: MakeClient) -> None:
    rows = [{"contact": number} for number in range(15)]
    assert client_of(serve(paged(rows, honour=False))).list("subscriber-list") == rows


def test_equal_objects_without_any_id_are_one_and_do_not_spoil_the_count(serve: Serve, client_of: MakeClient) -> None:
    rows = [{"contact": number // 2} for number in range(16)]
    assert len(client_of(serve(paged(rows, honour=False))).list("subscriber-list")) == 8


def test_a_list_in_random_order_is_complete(serve: Serve, client_of: MakeClient) -> None:
    chance = random.Random(1)

    def script(seen: Seen) -> Reply:
        objects = numbered(60)
        chance.shuffle(objects)
        return paged(objects, honour=False)(seen)

    client = client_of(serve(script))
    for _ in range(10):
        assert ids(client.list("contact")) == list(range(1, 61))


def test_a_row_that_moved_between_two_pages_is_found_by_another_pass(serve: Serve, client_of: MakeClient) -> None:
    before, after = numbered(20), [*numbered(5), *numbered(15, 6)[1:], {"id": 6, "name": "n6"}]
    server: ScriptedServer = serve(lambda seen: paged(before if len(server.asked) == 1 else after, honour=False)(seen))
    assert ids(client_of(server).list("contact")) == list(range(1, 21))


def test_a_row_added_while_reading_is_in_the_list(serve: Serve, client_of: MakeClient) -> None:
    server = serve(lambda seen: paged(numbered(20 if seen.page == 1 else 21), honour=False)(seen))
    assert ids(client_of(server).list("contact")) == list(range(1, 22))


def test_a_row_deleted_while_reading_does_not_hide_the_one_it_pulls_along(serve: Serve, client_of: MakeClient) -> None:
    before, after = numbered(20), numbered(20)[1:]
    server: ScriptedServer = serve(lambda seen: paged(before if len(server.asked) == 1 else after, honour=False)(seen))
    assert set(ids(client_of(server).list("contact"))) >= set(range(2, 21))


def test_rows_deleted_past_the_last_page_end_the_list(serve: Serve, client_of: MakeClient) -> None:
    server: ScriptedServer = serve(
        lambda seen: paged(numbered(15 if len(server.asked) == 1 else 10), honour=False)(seen)
    )
    assert ids(client_of(server).list("contact")) == list(range(1, 11))


def test_a_gap_after_three_passes_without_a_new_id_is_an_error(serve: Serve, client_of: MakeClient) -> None:
    server = serve(
        lambda seen: envelope(numbered(10), 15) if seen.page == 1 else envelope(numbered(4, 11), 15),
    )
    with pytest.raises(Inconsistent, match=r"contact/: 14 of 15 objects.*Run again"):
        client_of(server).list("contact")
    assert len(server.asked) == 2 * 4


@pytest.mark.parametrize("results", [[], numbered(10)], ids=["nothing-shown", "more-shown-than-counted"])
def test_a_count_that_lies_is_an_error(serve: Serve, client_of: MakeClient, results: list[dict[str, Any]]) -> None:
    server = serve(lambda seen: envelope(results if seen.page == 1 else [], 5))
    with pytest.raises(Inconsistent):
        client_of(server).list("contact")


def test_a_list_that_never_stands_still_is_an_error(serve: Serve, client_of: MakeClient) -> None:
    server: ScriptedServer = serve(lambda seen: envelope(numbered(10, 10 * len(server.asked)), 35))
    with pytest.raises(Inconsistent):
        client_of(server).list("contact")


def test_pages_are_read_in_parallel_but_never_more_than_allowed(serve: Serve, client_of: MakeClient) -> None:
    lock, running, most = threading.Lock(), [0], [0]

    def script(seen: Seen) -> Reply:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.02)
        with lock:
            running[0] -= 1
        return paged(numbered(200), honour=False)(seen)

    assert len(client_of(serve(script), parallelism=4).list("contact")) == 200
    assert most[0] == 4


def test_pages_come_as_they_arrive_and_only_a_few_are_read_ahead(serve: Serve, client_of: MakeClient) -> None:
    server = serve(paged(numbered(500), honour=False))
    batches = client_of(server, parallelism=2).pages("contact")
    assert [next(batches), next(batches)] == [numbered(10), numbered(10, 11)]
    time.sleep(0.1)
    assert len(server.asked) <= 6


def test_a_page_that_fails_fails_the_list(serve: Serve, client_of: MakeClient) -> None:
    server = serve(lambda seen: Reply(403, {"detail": "no"}) if seen.page == 3 else paged(numbered(50), size=10)(seen))
    with pytest.raises(Incomplete, match="page 3 could not be read"):
        client_of(server).list("contact", {"page_size": 10})


NO_LIST = {
    "html": (Reply(200, "<html><title>Sign in</title></html>"), "text/html titled 'Sign in'"),
    "error": (Reply(200, {"error": "Database is locked"}), "Database is locked"),
    "error-beside-results": (Reply(200, {"error": "Database is locked", "results": []}), "Database is locked"),
    "null": (Reply(200, b"null"), "another shape"),
    "detail": (Reply(200, {"detail": "Invalid page."}), "another shape"),
    "results-is-null": (Reply(200, {"count": 50, "results": None}), "another shape"),
    "text": (Reply(200, {"count": 50, "results": ["gone"]}), "another shape"),
    "cut": (Reply(200, b'{"count": 50, "results": [{"id"'), "application/json"),
    "hangs-up": (Reply(drop=True), "several times"),
    "breaks-off": (Reply(200, {"count": 50, "results": numbered(10, 21)}, cut=30), "several times"),
    "late": (Reply(200, {"count": 50, "results": numbered(10, 21)}, delay=0.3), "several times"),
    "500": (Reply(500, {"detail": "sorry"}), "500"),
    "401": (Reply(401, {"detail": "sorry"}), "refused although the login is fresh"),
}


@pytest.mark.parametrize("counted", [True, False], ids=["counted", "uncounted"])
@pytest.mark.parametrize("answer", [*NO_LIST])
def test_whatever_a_page_in_the_middle_is_but_a_page_fails_the_list(
    serve: Serve, client_of: MakeClient, answer: str, counted: bool
) -> None:
    wrong, message = NO_LIST[answer]

    def script(seen: Seen) -> Reply:
        right = paged(numbered(50), honour=False)(seen)
        if seen.page == 3:
            return wrong
        return right if counted or right.status != 200 else Reply(200, {"results": right.body["results"]})

    with pytest.raises(ApiError, match=message):
        client_of(serve(script), timeout=0.1).list("contact")


def test_first_reads_one_page_of_the_servers_own_size(serve: Serve, client_of: MakeClient) -> None:
    server = serve(paged(numbered(50)))
    assert client_of(server).first("contact", {"search": "x"}) == numbered(10)
    assert [dict(seen.query) for seen in server.asked] == [{"search": "x"}]


def test_a_forbidden_list_and_a_missing_route_are_told_apart(serve: Serve, client_of: MakeClient) -> None:
    server = serve(lambda seen: NOT_FOUND_PAGE if "alarm" in seen.path else Reply(403, {"detail": "no"}))
    client = client_of(server)
    with pytest.raises(RouteMissing):
        client.list("alarm")
    with pytest.raises(Forbidden):
        client.list("section-template")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param("<html><title>Sign in</title>0934890883</html>", r"text/html titled 'Sign in'", id="page"),
        pytest.param({"results": {"a": 1}}, "another shape", id="results-is-an-object"),
        pytest.param([1, 2], "another shape", id="numbers"),
        pytest.param(b"null", "another shape", id="null"),
        pytest.param({"error": "Phonebook 0934890883 is not selected"}, r"Phonebook \(hidden\) is not", id="error"),
        pytest.param({"error": "Database is locked", "results": []}, "Database is locked", id="error-beside-results"),
        pytest.param({"error": "Database is locked", "note": "none"}, "Database is locked", id="error-beside-note"),
        pytest.param(b"[{", "application/json", id="broken"),
    ],
)
def test_what_is_no_list_is_an_error_that_quotes_no_body(
    serve: Serve, client_of: MakeClient, body: Any, message: str
) -> None:
    with pytest.raises(ApiError, match=message) as caught:
        client_of(serve(Reply(200, body))).list("phonebook")
    assert "0934890883" not in str(caught.value)
