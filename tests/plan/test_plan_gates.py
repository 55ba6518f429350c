"""Plans as tables: why apply would refuse. Gates refuse only what they are about, and a stop passes all of them."""

from __future__ import annotations

from tests.factories import campaign, dnc_list, manifest, phonebook, survey
from tests.plan.table import allows, case, forgotten, rows, table, tet, there, unlisted

BOOK = phonebook("vip", "0934890821")


def books(*changed: int, count: int = 10, safety: str | None = None) -> str:
    """So many phonebooks, some of them with another description."""
    return manifest(
        *(
            phonebook(f"b{n}", name=f"B{n}", description="Other" if n in changed else "Some", safety=safety)
            for n in range(count)
        )
    )


def campaigns(status: str, frequency: int = 10) -> str:
    """Ten campaigns that call one phonebook."""
    made = (campaign(f"c{n}", name=f"C{n}", status=status, frequency=frequency) for n in range(10))
    return manifest(survey(), BOOK, *made)


test_calls = table(
    case(
        "whatever rings is named, and needs leave",
        """
        ...
        apply would refuse: campaign.tet would place calls; pass --allow-calls to permit it
        ...
        """,
        applied=tet(status="paused"),
        desired=tet(status="started"),
    ),
    case(
        "what rings not needs none",
        '~ campaign.tet description: (none) -> "New"',
        applied=tet(status="started"),
        desired=tet(status="started", description="New"),
    ),
    case(
        "a stop needs none, whatever else it is",
        '~ campaign.tet status: "started" -> "aborted"',
        applied=tet(status="started"),
        desired=tet(status="aborted"),
    ),
    case(
        "deactivations need none",
        "rows of phonebook.vip: 0 rows to add, 0 to change, 1 to deactivate, 9 unchanged",
        applied=tet(status="started"),
        rows={"phonebook.vip": rows(remove=1, unchanged=9)},
    ),
    case(
        "numbers that must not be called need none",
        "rows of dnc_list.opt-outs: 50 rows to add, 0 to change, 0 to deactivate, 1 unchanged",
        applied=tet(dnc_list("opt-outs", "0934890899"), status="started"),
        rows={"dnc_list.opt-outs": rows(add=50, unchanged=1)},
    ),
)

MANY = {"phonebook.vip": rows(unchanged=100_000)}  # in 143 hours of 600 calls each 85,800 of them are called

test_how_many_must_be_reached = table(
    case(
        "a start that does not reach enough of its contacts is refused when that is asked for",
        """
        ~ campaign.tet (rings) ...
        apply would refuse: campaign.tet would reach 85 % of its 100,000 contacts before it expires, less than
        --min-reach 86: see its finding `forecast`, or lower --min-reach
        ...
        """,
        applied=tet(status="paused"),
        desired=tet(status="started"),
        options="--allow-calls --min-reach 86",
        rows=MANY,
    ),
    case(
        "one that does is not",
        """
        ~ campaign.tet (rings) status: "paused" -> "started"
        Rings: 1 campaign started, 100,000 contacts newly dialled, 0 alarms.
        """,
        applied=tet(status="paused"),
        desired=tet(status="started"),
        options="--allow-calls --min-reach 85",
        rows=MANY,
    ),
    case(
        "what this plan does not make ring may reach whom it likes",
        "No changes. Alice matches the manifests.",
        applied=tet(status="started"),
        options="--min-reach 100",
        rows=MANY,
    ),
)

test_how_many_resources_may_change = table(
    case(
        "up to 30 % of a kind may be updated",
        "~ phonebook.b0 ... ~ phonebook.b2 description: ...",
        applied=books(),
        desired=books(0, 1, 2),
    ),
    case(
        "more are refused",
        """
        ... ~ phonebook.b3 ...
        apply would refuse: 4 of 10 phonebooks would be updated, more than 30 %: check the source, or raise
        --max-update-percent
        """,
        applied=books(),
        desired=books(0, 1, 2, 3),
    ),
    case(
        "unless a flag raises the limit",
        '... ~ phonebook.b3 description: "Some" -> "Other"',
        applied=books(),
        desired=books(0, 1, 2, 3),
        options="--max-update-percent 40",
    ),
    case(
        "or lowers it",
        "... apply would refuse: 1 of 10 phonebooks would be updated, more than 5 %: ...",
        applied=books(),
        desired=books(0),
        options="--max-update-percent 5",
    ),
    case(
        "of fewer than ten all may",
        '~ phonebook.b0 description: "Some" -> "Other" ~ phonebook.b1 description: "Some" -> "Other"',
        applied=books(count=2),
        desired=books(0, 1, count=2),
    ),
    case(
        "unless the project sets another floor",
        "... apply would refuse: 2 of 2 phonebooks would be updated, more than 0 %: ...",
        applied=books(count=2),
        desired=books(0, 1, count=2),
        settings={"safety": "{max_update_percent: 0, from: 1}"},
    ),
    case(
        "a resource has limits of its own: the least tolerant of those concerned counts",
        '~ 10 phonebooks: phonebook.b0, ... and 5 more description: "Some" -> "Other"',
        applied=books(safety="{max_update_percent: 100}"),
        desired=books(*range(10), safety="{max_update_percent: 100}"),
    ),
    case(
        "an adoption that sends something counts as an update",
        """
        > phonebook.b0 description: "Some" -> "Other"
        apply would refuse: 1 of 9 phonebooks would be updated, more than 0 %: ...
        """,
        applied=books(),
        desired=books(0),
        recorded=[forgotten("phonebook.b0")],
        settings={"safety": "{max_update_percent: 0, from: 1}"},
    ),
    case(
        "up to 30 % may be deleted",
        "- phonebook.b9 ... - phonebook.b8 ... - phonebook.b7 # no longer declared",
        applied=books(),
        desired=books(count=7),
        live=[allows("phonebook", "GET", "PUT", "DELETE")],
        options="--prune",
    ),
    case(
        "more are refused",
        "... apply would refuse: 4 of 10 phonebooks would be deleted, more than 30 %: ... raise --max-remove-percent",
        applied=books(),
        desired=books(count=6),
        live=[allows("phonebook", "GET", "PUT", "DELETE")],
        options="--prune",
    ),
    case(
        "what is only forgotten counts as nothing",
        "x 10 phonebooks: phonebook.b9, ... No changes. ... (10 to forget: recorded only, nothing is sent)",
        applied=books(),
        desired="",
        options="--prune",
    ),
    case(
        "ten stops are no ten updates",
        '~ 10 campaigns: campaign.c0, ... and 5 more status: "started" -> "aborted"',
        applied=campaigns("started"),
        desired=campaigns("aborted"),
    ),
    case(
        "ten updates are",
        "... apply would refuse: 10 of 10 campaigns would be updated, more than 30 %: ...",
        applied=campaigns("paused"),
        desired=campaigns("paused", frequency=9),
    ),
)


def left(remove: int, unchanged: int) -> dict[str, object]:
    """So many rows of a phonebook are no longer in its source."""
    return {"phonebook.vip": rows(remove=remove, unchanged=unchanged)}


test_how_many_rows_may_change = table(
    case(
        "a truncated source does not empty a phonebook",
        """
        rows of phonebook.vip: 0 rows to add, 0 to change, 7 to deactivate, 13 unchanged
        apply would refuse: 7 of 20 rows of phonebook.vip would be deactivated, more than 30 %: check the source, or
        raise --max-remove-percent
        """,
        applied=BOOK,
        rows=left(7, 13),
    ),
    case("30 % may go", "rows of phonebook.vip: ... 6 to deactivate, 14 unchanged", applied=BOOK, rows=left(6, 14)),
    case(
        "of fewer than ten all may",
        "rows of phonebook.vip: ... 9 to deactivate, 0 unchanged",
        applied=BOOK,
        rows=left(9, 0),
    ),
    case(
        "but for a phonebook that was adopted by its name: it may be another one",
        """
        > phonebook.vip
        rows of phonebook.vip: ... 5 to deactivate, 4 unchanged
        apply would refuse: 5 of 9 rows of phonebook.vip would be deactivated, more than 30 %: ...
        """,
        applied=BOOK,
        recorded=[forgotten()],
        rows=left(5, 4),
    ),
    case(
        "many that change are refused as well",
        "... apply would refuse: 20 of 20 rows of phonebook.vip would be changed, more than 30 %: ...",
        applied=BOOK,
        rows={"phonebook.vip": rows(change=20)},
    ),
    case(
        "what is added knows no limit",
        "rows of phonebook.vip: 1,000 rows to add, 0 to change, 0 to deactivate, 10 unchanged",
        applied=BOOK,
        rows={"phonebook.vip": rows(add=1000, unchanged=10)},
    ),
    case(
        "a phonebook has limits of its own",
        "... apply would refuse: 1 of 20 rows of phonebook.vip would be deactivated, more than 0 %: ...",
        applied=phonebook("vip", "0934890821", safety="{max_remove_percent: 0}"),
        rows=left(1, 19),
    ),
    case(
        "and a floor of its own",
        "rows of phonebook.vip: ... 19 to deactivate, 0 unchanged",
        applied=phonebook("vip", "0934890821", safety="{from: 20}"),
        rows=left(19, 0),
    ),
    case(
        "a flag overrides both",
        "rows of phonebook.vip: ... 1 to deactivate, 19 unchanged",
        applied=phonebook("vip", "0934890821", safety="{max_remove_percent: 0}"),
        options="--max-remove-percent 5",
        rows=left(1, 19),
    ),
)

test_what_is_not_settled_refuses_only_what_it_is_about = table(
    case(
        "something else starts beside it",
        """
        ... + campaign.tet (rings) ...
        deferred section.other.hi: ...
        error: ... (section.other.hi) [unsettled]
        Rings: 1 campaign started, 1 contact newly dialled, 0 alarms.
        """,
        desired=tet(survey("other", name="Other"), status="started"),
        live=[unlisted("section"), there("survey", 77, name="Other")],
        options="--allow-calls",
    ),
    case(
        "but for a list of those who must not be called: everybody who is dialled may be on it",
        """
        ... error: ... (dnc_list.opt-outs) [unsettled]
        apply would refuse: unsettled: nothing is recorded of it ... (dnc_list.opt-outs)
        ...
        """,
        desired=tet(dnc_list("opt-outs", "0934890899"), status="started"),
        live=[unlisted("dnc_list")],
        options="--allow-calls",
    ),
    case(
        "nobody is dialled, so nothing is refused",
        "... error: ... (dnc_list.opt-outs) [unsettled]",
        desired=tet(dnc_list("opt-outs", "0934890899")),
        live=[unlisted("dnc_list")],
    ),
)
