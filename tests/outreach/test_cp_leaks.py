"""CP-52: no path leads to a proactive marketing contact of the hold-out, and none is forgotten.

Each test enumerates what there is: channels, categories, directions, fields of a request, calls in
the code. What is new makes one of them fail, until somebody has looked at it and named it here.
"""

import ast
from dataclasses import fields, replace
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from policed import CHANNELS as USED
from policed import customer, moment, offer

from goodcall.vocabulary import CATEGORIES, CHANNELS
from outreach import Candidate, Leg, Override, Request, RequestError, Standing, freeze, plan_day
from outreach.experiment import in_holdout

ROOT = Path(__file__).parents[2]
ROOMS = ("goodcall", "features", "models", "outreach", "governance", "reports", "banks", "serving")
AT = "2026-06-08 10:00"
KEY = b"sixteen bytes or more"
# What a request may say besides who, by what, and of what kind; none of it opens the hold-out.
SAYINGS = (
    {},
    {"offer_code": "fund-a"},
    {"purpose": "retention"},
    {"selection": "general"},
    {"topic": "funds", "lead_id": "1", "run_id": "2", "account_id": 3},
    {"at_local": "2026-06-08T10:00", "queued_at": moment("2026-06-08 09:00")},
)
# Where the code approves, plans or judges contacts, and why the hold-out is safe there.
CALLS = {
    ("cli/planning.py", "plan_day"): "hands over the ledger's draw",
    ("outreach/plan.py", "Scale"): "hands on the draw that it was given",
    ("outreach/weigh.py", "in_holdout"): "before anything is weighed",
    ("outreach/weigh.py", "facts_of"): "only of those who are not in the hold-out",
    ("outreach/weigh.py", "decide"): "only of those who are not in the hold-out",
    ("outreach/freezing.py", "in_holdout"): "compares both sides of a draw; nobody is contacted",
    ("reports/drawn.py", "in_holdout"): "compares both sides of a draw; nobody is contacted",
    ("outreach/arms.py", "in_holdout"): "leaves the hold-out out of both arms",
    ("outreach/limits.py", "facts_of"): "asks which volumes an offer takes from; of nobody",
    ("outreach/approving.py", "facts_of"): "with the hold-out that reserve was told of",
    ("outreach/approving.py", "decide"): "with the hold-out that reserve was told of",
    ("outreach/request_file.py", "decide"): "tries a policy on a file's facts, hold-out included",
    ("outreach/afterwards.py", "facts_of"): "judges contacts that were made, again",
    ("outreach/afterwards.py", "decide"): "judges contacts that were made, again",
    ("serving/offering.py", "in_holdout"): "proposes nothing to the hold-out",
    ("serving/viewing.py", "facts_of"): "shows what is known of a customer; proposes nothing",
    ("serving/advising.py", "facts_of"): "says which channels rules allow; offering.py proposes",
    ("serving/advising.py", "decide"): "says which channels rules allow; offering.py proposes",
    ("governance/store.py", "decide"): "decides about wider access, about no contact",
    ("cli/access_grants.py", "decide"): "decides about wider access, about no contact",
    ("serving/weighing.py", "facts_of"): "weighs for offering.py, which asks in_holdout",
    ("serving/weighing.py", "decide"): "weighs for offering.py, which asks in_holdout",
    ("outreach/counter.py", "in_holdout"): "by the ledger's draw",
    ("outreach/counter.py", "reserve"): "with the hold-out by the ledger's draw",
    ("outreach/counter.py", "facts_of"): "shows what is known; its decisions are the ledger's",
}
# What can approve, plan or judge a contact. `explain` of the ledger takes the same argument.
DOORS = ("reserve", "plan_day", "Scale", "facts_of", "decide", "in_holdout")


@pytest.fixture
def everywhere(desk, monkeypatch):
    """The desk under a policy that uses every channel there is."""
    monkeypatch.setitem(USED, "visit", (60, None))
    assert set(USED) == set(CHANNELS)
    return desk.sells(offer("fund-a")).under()


def test_CP_52_every_request_that_could_reach_the_hold_out_is_blocked(everywhere):
    """Every channel, kind and direction: what is marketing, outbound and proactive is stopped.

    All else passes: service, warnings, what the customer began, what the customer asked for.
    """
    desk = everywhere
    desk.holdout.add(1)
    for channel, category, direction, proactive in product(
        CHANNELS, CATEGORIES, ("outbound", "inbound"), (True, False)
    ):
        reaches = category == "marketing" and direction == "outbound" and proactive
        asked = {"category": category, "direction": direction, "proactive": proactive}
        if not reaches:
            assert desk.would(AT, channel, **asked).verdict == "allow", (channel, asked)
            continue
        for said in SAYINGS:
            refused = desk.ask(AT, channel, **asked, **said)
            assert (refused.verdict, refused.until) == ("block", None)
            assert refused.failing == ("holdout",), (channel, said)
            assert desk.would(AT, channel, **asked, **said).failing == ("holdout",)
    assert desk.ledger.contacts_table().num_rows == 0


@pytest.mark.parametrize("first", CHANNELS)
def test_CP_52_no_second_channel_carries_a_contact_along(everywhere, first):
    """An action by several channels is stopped as a whole, whichever of them leads."""
    desk = everywhere
    desk.holdout.add(1)
    for other in set(CHANNELS) - {first}:
        point = {"phone": 11, "email": 12}.get(USED[other][1] or "")
        refused = desk.ask(AT, first, also=(Leg(other, point),))
        assert refused.failing == ("holdout",)
    assert desk.ledger.contacts_table().num_rows == 0


def test_CP_52_nobody_may_override_the_hold_out(desk):
    """Whoever approves it, and named alone or among others."""
    desk.under('id = "cap"\nkind = "frequency_cap"\nat_most = 1\ndays = 7').holdout.add(1)
    for rules in (("holdout",), ("cap", "holdout")):
        with pytest.raises(RequestError, match="holdout"):
            desk.ask(AT, override=Override("head of marketing", "a good customer", rules))
    allowed = desk.would(AT, override=Override("head of marketing", "a good customer", ("cap",)))
    assert allowed.failing == ("holdout",)


def test_CP_52_a_call_back_that_the_customer_asked_for_is_no_leak(desk):
    """It is not proactive; the same call without the customer's wish is stopped."""
    desk.holdout.add(1)
    asked = desk.ask(AT, "phone", direction="inbound")
    contact = desk.ledger.contact_id(asked.request_id)
    desk.hears(contact, "CONNECTED_CALLBACK", AT)
    said = {"answers": str(contact), "purpose": "retention"}
    assert desk.would("2026-06-08 15:00", "phone", proactive=False, **said).verdict == "allow"
    assert desk.would("2026-06-08 15:00", "phone", **said).failing == ("holdout",)


def test_CP_52_no_field_of_a_request_is_forgotten():
    """A new one may open a path: say above what it does to the hold-out."""
    tried = {name for said in SAYINGS for name in said}
    tried |= {"request_id", "customer_id", "channel", "category", "direction", "proactive"}
    tried |= {"point_id", "also", "override", "answers"}
    assert {each.name for each in fields(Request)} == tried


def crowd():
    """Customers of three managers, in couples; the second manager is away."""
    return [
        customer(who, household_id=who // 2, manager_id=5 + who % 3, branch_id=3)
        for who in range(1, 121)
    ]


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_CP_52_no_row_of_any_list_is_about_the_hold_out(a, desk, share):
    """Best use, lots, minimums, levers, stand-ins, care calls: none of them reaches it."""
    desk.sells(offer("fund-a"), offer("standard-card", "credit_card")).under(
        more='[[minimum]]\nid = "texts"\nat_least = 20\nowner = "x"\nchannels = ["sms"]\n'
        '[[lever]]\nid = "push"\nowner = "x"\nexpires = 2026-12-31\noffers = ["fund-a"]\n'
        "weight = 400\nmost_rows = 1000\n"
    )
    people = crowd()
    day = moment(AT).date()
    draw = freeze([Standing(who) for who in people], key=KEY, share=0.1, bands=(0,), day=day)
    held = {who.customer_id for who in people if in_holdout(who, KEY, draw)}
    assert 10 <= len(held) <= 14
    plan = plan_day(
        [
            Candidate(who, {"buys:fund": 0.3, "buys:credit_card": 0.3, "churn": 0.6}, 900_000)
            for who in people
        ],
        offers=desk.on_sale(),
        policy=replace(desk.policy, explore_share=share),
        day=day,
        holdout_key=KEY,
        explainer=a.explainer(),
        capacities={5: 200, 6: 0, 7: 200},
        branch_of={5: 3, 6: 3, 7: 3},
        model_versions={},
        draw=draw,
    )
    assert {row.covers for row in plan.rows} == {None, 6}
    assert {row.drawn for row in plan.rows} == ({False, True} if share else {False})
    assert held.isdisjoint(row.customer_id for row in plan.rows)
    for who in held:
        trail = plan.trail(who)
        assert (trail.step, trail.attempts, trail.chance) == ("holdout", (), None)


def test_CP_52_every_place_in_the_code_that_could_leak_is_known():
    """A new call that approves, plans or judges contacts fails here until it is looked at."""
    found = {
        (path, name)
        for path, name, _ in _calls()
        if name in DOORS and not path.endswith("decide.py")
    }
    assert found == set(CALLS)


def test_CP_52_nobody_says_that_a_customer_is_not_in_the_hold_out_without_looking():
    """`holdout=False` stands only where nobody is contacted or the hold-out is out already."""
    plain = {
        path
        for path, _, call in _calls()
        for word in call.keywords
        if word.arg == "holdout" and isinstance(word.value, ast.Constant)
    }
    assert plain == {
        *("outreach/afterwards.py", "outreach/limits.py", "outreach/weigh.py"),
        "outreach/counter.py",
        *("serving/advising.py", "serving/viewing.py", "serving/weighing.py"),
    }


@cache
def _calls():
    """Every call in the rooms: the file, the name that is called, and the call itself."""
    return tuple(_found())


def _found():
    for room in (*ROOMS, "cli"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    called = node.func
                    name = called.attr if isinstance(called, ast.Attribute) else None
                    name = called.id if isinstance(called, ast.Name) else name
                    if name is not None:
                        yield str(path.relative_to(ROOT)), name, node
