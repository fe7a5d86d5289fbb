"""The card of an opened row: judged now, with what to mind, what not to say, and what was said."""

from datetime import date, timedelta

import pytest
from planning import on_row, published, reachable, rows_of
from policed import moment, offer, past, policy_of

from goodcall.profile import Assessment, Case, Hold
from outreach import card_of
from outreach.badges import badges_of, last_contacts
from outreach.request import facts_of

MONDAY = date(2026, 6, 8)


def card(desk, at, **facts):
    """The card of the one row of Monday's list, opened at a moment."""
    (person,) = reachable(1, **facts)
    desk.sells(offer("fund-a"), offer("bond", investment=True, risk="R5"))
    desk.policy = policy_of(
        'id = "cap"\nkind = "frequency_cap"\nat_most = 1\ndays = 7', channels=["phone"]
    )
    desk.knows(person)
    plan = published(desk, [person], MONDAY)
    (listed,) = rows_of(desk, MONDAY, at=at)
    history = desk.ledger.history([person])[person.customer_id]
    known = facts_of(person, desk.offers, holdout=False, history=history)
    trail = plan.trail(person.customer_id)
    decision = on_row(desk, listed.row, at, "explain")
    return card_of(listed, known, decision, trail, policy=desk.policy)


def test_a_card_says_what_not_to_bring_up_and_why(desk):
    """The bond is too risky for a customer without an assessment; the row's own offer is not it."""
    opened = card(desk, "2026-06-08 10:00")
    assert [(each.offer.code, each.reason) for each in opened.blocked] == [
        ("bond", "no_assessment")
    ]
    assert opened.may_dial


def test_a_card_is_judged_when_it_is_opened(desk):
    """A contact since the plan fills the cap: not now, and when again."""
    assert card(desk, "2026-06-08 10:00").may_dial
    (person,) = (desk.people[next(iter(set(desk.people) - {1}), 1)],)
    desk.sent("2026-06-08 10:30", "phone", who=person.customer_id)
    (listed,) = rows_of(desk, MONDAY)
    decision = on_row(desk, listed.row, "2026-06-08 11:00", "explain")
    assert (decision.failing, decision.until) == (("cap",), moment("2026-06-15 10:30"))


def test_the_last_three_contacts_by_anyone_newest_first(a):
    """Also those of the bank's own table; one that was only planned or given back is none."""
    made = [past(f"2026-05-0{n} 10:00") for n in (1, 2, 3, 4)]
    none = [past("2026-05-05 10:00", state=state) for state in ("planned", "cancelled", "expired")]
    known = a.facts(a.customer(contacts=(*made, *none)))
    assert [one.happened_at for one in last_contacts(known, 3)] == [
        moment(f"2026-05-0{n} 10:00") for n in (4, 3, 2)
    ]


@pytest.mark.parametrize(
    ("facts", "badge"),
    [
        ({"cases": (Case("complaint", moment("2026-01-01 10:00")),)}, "complaint"),
        (
            {"cases": (Case("complaint", moment("2026-01-01 10:00"),
                            moment("2026-05-20 10:00")),)},
            "complaint",
        ),
        ({"cases": (Case("service", moment("2026-06-01 10:00"), mood="low"),)}, "mood"),
        ({"contacts": (past("2026-06-01 10:00", outcome="LOW_MOOD"),)}, "mood"),
        ({"birth_date": date(1961, 6, 8)}, "senior"),
        ({"birth_date": None, "stated_age": 70}, "senior"),
        ({"assessment": Assessment("C3", MONDAY + timedelta(days=30))}, "assessment"),
        ({"assessment": Assessment("C3", MONDAY - timedelta(days=1))}, "assessment"),
        ({"holds": (Hold("aml", moment("2026-06-01 10:00")),)}, "hold"),
    ],
)  # fmt: skip
def test_badges_that_are_shown(a, facts, badge):
    """Each by itself."""
    assert badges_of(a.facts(a.customer(**facts)), MONDAY, "Asia/Shanghai") == (badge,)


@pytest.mark.parametrize(
    "facts",
    [
        {"cases": (Case("complaint", moment("2026-01-01 10:00"), moment("2026-02-01 10:00")),)},
        {"cases": (Case("service", moment("2026-05-01 10:00"), mood="low"),)},
        {"contacts": (past("2026-05-01 10:00", outcome="LOW_MOOD"),)},
        {"birth_date": date(1961, 6, 9)},
        {"assessment": Assessment("C3", MONDAY + timedelta(days=31))},
        {"holds": (Hold("aml", moment("2026-01-01 10:00"), moment("2026-02-01 10:00")),)},
    ],
)
def test_badges_that_are_not(a, facts):
    """Settled, over, a day too young, or far enough off."""
    assert badges_of(a.facts(a.customer(**facts)), MONDAY, "Asia/Shanghai") == ()
