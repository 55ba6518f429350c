"""The links of a plan: what depends on what, as far as the plan touches it."""

from __future__ import annotations

import pytest

from tests.factories import Account, campaign, dnc_list, manifest, phonebook, plan_of, project_of, survey
from tests.plan.table import options_of

LISTS = manifest(survey(), phonebook(), dnc_list("opt-outs", "0934890884"))
ALL = manifest(LISTS, campaign(dnc_lists="[opt-outs]"))
CAMPAIGN = [f"campaign.tet needs {each}" for each in ("dnc_list.opt-outs", "phonebook.vip", "survey.promo")]
SECTION = "section.promo.hi needs survey.promo"


@pytest.mark.parametrize(
    ("applied", "desired", "options", "expected"),
    [
        pytest.param("", ALL, "", [*CAMPAIGN, SECTION], id="what is new, with all that it needs"),
        pytest.param(ALL, ALL, "", [], id="nothing is touched"),
        pytest.param(
            ALL,
            ALL.replace("name: Promo", "name: Chào"),
            "",
            [CAMPAIGN[2], SECTION],
            id="what needs something that changes",
        ),
        pytest.param(ALL, LISTS, "--prune", [CAMPAIGN[1], CAMPAIGN[2]], id="what goes away, with what it was made of"),
    ],
)
def test_links_are_those_of_what_a_plan_touches(applied: str, desired: str, options: str, expected: list[str]) -> None:
    account = Account.applied(project_of(applied))
    account.verbs["survey"] = frozenset({"PUT"})
    plan = plan_of(project_of(desired), account, options_of(options)).plan
    assert [f"{link.address} needs {link.needs}" for link in plan.links] == expected
    assert plan.timezone == "Asia/Ho_Chi_Minh"
