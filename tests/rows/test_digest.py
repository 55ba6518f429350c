"""The digest of a change set: the same for the same change, different for any other, and of no use without the key."""

from __future__ import annotations

from collections.abc import Sequence

from tests.rows.conftest import VIP, Project

KEY = b"a key of sixteen"
ROWS = ("0934890883,Linh,1", "0934890884,Nam,1", "0934890885,Lan,0")


def digest(project: Project, rows: Sequence[str], live: Sequence[dict[str, object]] = (), key: bytes = KEY) -> str:
    lines = "\n".join(["contact,first_name,status", *rows])
    project.load(project.write("a.csv", lines + "\n"))
    project.live(*live)
    project.workspace.difference(VIP)
    return project.workspace.digest(VIP, key)


def test_order_and_spelling_of_the_source_do_not_matter(project: Project) -> None:
    respelt = ["+84934890885, Lan ,inactive", *ROWS[1::-1]]
    assert digest(project, ROWS) == digest(project, respelt)


def test_remote_ids_do_not_matter(project: Project) -> None:
    live = {"contact": "0934890883", "status": 1, "first_name": "Linh"}
    other = {"contact": "0934890999", "status": 1}
    first = digest(project, ROWS, [{**live, "id": 1}, {**other, "id": 2}])
    assert digest(project, ROWS, [{**live, "id": 8}, {**other, "id": 7}]) == first


def test_every_change_of_the_set_is_noticed(project: Project) -> None:
    live: list[dict[str, object]] = [{"contact": "0934890884", "status": 1, "first_name": "X"}]
    gone: list[dict[str, object]] = [*live, {"contact": "0934890999", "status": 1}]
    digests = [
        digest(project, ROWS),
        digest(project, ROWS[:2]),
        digest(project, [*ROWS[:2], "0934890885,Lan,1"]),
        digest(project, [*ROWS[:2], "0934890886,Lan,0"]),
        digest(project, [*ROWS[:2], "0934890885,Lam,0"]),
        digest(project, ROWS, live),
        digest(project, ROWS, gone),
        digest(project, ROWS, key=b"another key of 16"),
    ]
    assert len(set(digests)) == len(digests)


def test_what_is_not_sent_is_not_in_it(project: Project) -> None:
    same = {"contact": "0934890883", "status": 1, "first_name": "Linh"}
    assert digest(project, ROWS[1:]) == digest(project, ROWS, [{**same, "email": "x@y.vn"}])


def test_it_is_64_hex_digits(project: Project) -> None:
    assert len(bytes.fromhex(digest(project, ROWS))) == 32
