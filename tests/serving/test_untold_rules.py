"""What stands against a contact is told by name only to who may know what the name tells."""

import json
from dataclasses import replace
from datetime import date

import pytest
from asked_by import Keys, a_gate
from busy import AT, OPEN, busy_workspace, person
from served import CUSTOMERS, DAY, held_out, talking_to

from features.catalog import CATALOG
from features.online_publish import publish
from features.profiles import profiles
from goodcall.profile import Case, Hold
from governance.access_file import default_access_text, parse_access
from governance.errors import AccessError
from governance.masks import without_rules

HELD, SUSPECT, LATE = OPEN[4], OPEN[5], OPEN[6]
LEFT_ALONE = next(who for who in CUSTOMERS if held_out(who))
SINCE = AT.replace(year=2025)
ROLES = ("teller", "lobby", "agent", "relationship_manager", "branch_manager", "app")
SECRET = ("legal", "aml", "holdout", "hold_out", "litigation")


def stopped(profile):
    """A profile with what stops contacts: an order, a suspicion, or a complaint and a loan due."""
    if profile.customer_id == HELD:
        return replace(profile, holds=(Hold("legal", SINCE, None),))
    if profile.customer_id == SUSPECT:
        return replace(profile, holds=(Hold("aml", SINCE, None),))
    if profile.customer_id == LATE:
        open_case = Case("complaint", SINCE, None)
        return replace(profile, cases=(open_case,), overdue_since=date(2025, 6, 1))
    return profile


@pytest.fixture(scope="module")
def ask(tmp_path_factory, finished, bank, computed):
    """Asks about a customer as a role that serves them, at a bank where contacts are stopped."""
    place = busy_workspace(tmp_path_factory.mktemp("untold") / "var", finished, bank, computed)
    people = tuple(stopped(each) for each in profiles(bank, DAY))
    publish(place.online_url, computed, people, bank=bank, as_of=DAY, now=AT, catalog=CATALOG)
    roles = {role: person(role) for role in ROLES}
    text = default_access_text()
    old = '"view", "explain", "consent.read", "consent.write", "list.read",\n    "rights.view"'
    assert old in text
    # Here compliance may ask what others ask, so that the same questions show what it is told.
    access = parse_access(text.replace(old, f'"next", "offers", "contact.check", {old}'))
    served = frozenset(who.id for who in roles.values())
    keys = Keys(
        roles | {"compliance": person("compliance")}, served=dict.fromkeys(CUSTOMERS, served)
    )
    with talking_to(place, now=AT, gate=replace(a_gate(keys, now=AT), access=access)) as (at, _):

        def ask(role, path, **body):
            proof = {"authorization": f"Bearer {role}"}
            answer = at.post(f"/v1/{path}", json=body, headers=proof)
            assert answer.status_code == 200, answer.text
            return answer.json()

        yield ask


CONTACT = {"channel": "branch", "category": "marketing", "offer_code": "D1"}
QUESTIONS = [
    ("contacts/check", CONTACT),
    ("next_best_offers", {"limit": 20}),
    ("next", {"budget_ms": 10_000, "limit": 20}),
]


def rules(answer):
    """Every rule and code under `failing`, wherever in an answer."""
    if isinstance(answer, list):
        return {each for part in answer for each in rules(part)}
    if not isinstance(answer, dict):
        return set()
    own = set()
    for each in answer.get("failing") or ():
        own |= set(each.values()) if isinstance(each, dict) else {each}
    return own | {each for part in answer.values() for each in rules(part)}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("path", "body"), QUESTIONS)
@pytest.mark.parametrize("who", [HELD, SUSPECT, LEFT_ALONE])
def test_nobody_but_compliance_is_told_of_orders_suspicions_and_the_hold_out(
    ask, role, path, body, who
):
    """The verdict stays, a neutral word stands in place of the rule; compliance sees the rule."""
    answer = ask(role, path, customer_id=who, **body)
    text = json.dumps(answer).lower()
    assert not [word for word in SECRET if word in text]
    known = rules(ask("compliance", path, customer_id=who, **body))
    secret = known & {"legal_hold", "legal", "aml", "holdout"}
    if who != LEFT_ALONE or path == "contacts/check":
        assert secret
    assert ("not_possible_now" in rules(answer)) is bool(secret)
    if path == "contacts/check" and secret:
        assert answer["verdict"] == "block"


@pytest.mark.parametrize("role", ["teller", "lobby", "agent"])
@pytest.mark.parametrize(("path", "body"), QUESTIONS)
def test_who_sees_no_risk_is_told_of_no_complaint_and_nothing_overdue(ask, role, path, body):
    """A teller hears that it is not possible now; a relationship manager hears why."""
    answer = ask(role, path, customer_id=LATE, **body)
    assert not rules(answer) & {"complaint_cooloff", "overdue", "complaint"}
    assert "not_possible_now" in rules(answer)
    assert "complaint_cooloff" in rules(ask("relationship_manager", path, customer_id=LATE, **body))


def test_a_row_of_a_list_and_its_card_say_no_more():
    """`because`, its words and what to mind are kept as neutral as `failing` is."""
    body = {
        "rows": [
            {"because": "aml", "because_text": {"en": "money laundering", "zh": "反洗钱"}},
            {"because": "NO_ANSWER", "because_text": {"en": "no answer", "zh": "无人接听"}},
        ],
        "do_not_mention": [{"offer_code": "D1", "because": "legal"}],
        "mind": ["senior", "fraud"],
    }
    told = without_rules(body, frozenset({"aml", "legal", "fraud"}))
    assert told["rows"][0]["because"] == "not_possible_now"
    assert told["rows"][0]["because_text"]["en"] == "not possible now"
    assert told["rows"][1] == body["rows"][1]
    assert told["do_not_mention"] == [{"offer_code": "D1", "because": "not_possible_now"}]
    assert told["mind"] == ["senior"]


def test_a_file_that_forgets_the_rules_or_names_no_class_is_refused():
    """No file is read as if every rule might be told to everybody."""
    text = default_access_text()
    begins, ends = text.index("\n[rules]\n"), text.index("# What may be granted beyond a role")
    with pytest.raises(AccessError, match="rules"):
        parse_access(text[:begins] + text[ends:])
    with pytest.raises(AccessError, match="class 'hidden' is unknown here"):
        parse_access(text.replace('\nsecret = ["legal_hold"', '\nhidden = ["legal_hold"'))
