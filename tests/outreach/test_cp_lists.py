"""CP-22, CP-39 to CP-42, CP-49, CP-50 and CP-52: the day's plan, its limits and its lists."""

import random
import sqlite3
from collections import Counter
from dataclasses import replace

import pytest
from policed import CHANNELS, counts, customer, moment, offer, policy_of

from goodcall.profile import Case, Preference
from outreach import Candidate, Draw, Override, Request, in_holdout, plan_day

KEY = b"sixteen bytes or more"
CAP = 'id = "cap"\nkind = "frequency_cap"\nat_most = 1\ndays = 7'
DAY = moment("2026-06-08 12:00").date()
CARDS = (
    offer("standard-card", "credit_card"),
    offer("gold-card", "credit_card"),
    offer("fund-a"),
)
MAILS = """
id = "mails"
kind = "volume"
channels = ["email"]
at_most = 1000
period = "week"
"""
STANDARD = """
id = "standard"
kind = "volume"
offers = ["standard-card"]
at_most = 100
period = "week"
"""
MASTER = """
id = "master"
kind = "volume"
tags = ["master"]
at_most = 400
period = "week"
"""


def reachable(count, **facts):
    """So many customers outside the hold-out."""
    people = (customer(who, **facts) for who in range(1, 10 * count))
    return [one for one in people if not in_holdout(one, KEY, Draw(0.1))][:count]


def plan_of(a, desk, people, chance=0.2, **inputs):
    """The plan of 8 June for customers who would buy each family with this chance."""
    scores = {f"buys:{one.family}": chance for one in desk.offers.values()}
    plainly = {
        "offers": desk.on_sale(),
        "policy": desk.policy,
        "day": DAY,
        "holdout_key": KEY,
        "explainer": a.explainer(),
        "capacities": {},
        "model_versions": {"churn": "v1"},
    }
    candidates = [
        one if isinstance(one, Candidate) else Candidate(one, {"churn": 0.0} | scores, 0)
        for one in people
    ]
    return plan_day(candidates, **(plainly | inputs))


def asked_of(row, suffix=""):
    """The request that an agent's screen makes of a row."""
    return Request(
        *(row.request_id + suffix, row.customer_id, row.channel),
        purpose=None if row.offer_code else row.purpose,
        offer_code=row.offer_code,
        point_id=row.point_id,
    )


def on_row(desk, row, at, verb):
    """What the ledger says of a row that is opened (`explain`) or dialled (`reserve`)."""
    inputs = {"offers": desk.on_sale(), "policy": desk.policy, "holdout": False}
    person = desk.people[row.customer_id]
    return getattr(desk.ledger, verb)(asked_of(row), person, now=moment(at), **inputs)


def copies(path, contact, count):
    """Put copies of a contact into a ledger's file, as if it had been made so many times more."""
    with sqlite3.connect(path) as file:
        file.row_factory = sqlite3.Row
        kept = dict(
            file.execute("SELECT * FROM contacts WHERE contact_id = ?", [contact]).fetchone()
        )
        decision = kept["decision_id"]
        first = file.execute("SELECT max(decision_id) FROM decisions").fetchone()[0] + 1
        for table, key in (
            ("decisions", "decision_id"),
            ("contacts", "decision_id"),
            ("contact_events", "contact_id"),
        ):
            own = decision if key == "decision_id" else contact
            for row in file.execute(f"SELECT * FROM {table} WHERE {key} = ?", [own]).fetchall():  # noqa: S608 - of the three above
                made = [
                    dict(row)
                    | {"decision_id": first + n, "contact_id": contact - decision + first + n,
                       "request_id": f"copy {first + n}"}
                    for n in range(count)
                ]  # fmt: skip
                columns = [name for name in row.keys() if name != "event_id"]  # noqa: SIM118 - a Row iterates its values
                marks = ", ".join("?" * len(columns))
                file.executemany(
                    f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})",  # noqa: S608 - as above
                    [[each[name] for name in columns] for each in made],
                )
    file.close()


def test_CP_22_the_open_row_of_a_second_agent_is_closed_with_the_refusal(a, desk):
    """Refused on the phone at 10:05: the row on the list is cancelled, and its call is refused."""
    desk.sells(*CARDS).under()
    desk.policy = policy_of(channels=["phone"])
    (person,) = reachable(1)
    desk.knows(person)
    plan = plan_of(a, desk, [person])
    desk.ledger.save_plan(plan, now=moment("2026-06-08 08:00"))
    (row,) = plan.rows
    call = desk.sent("2026-06-08 10:00", "phone", who=person.customer_id)
    assert on_row(desk, row, "2026-06-08 10:04:59", "explain").verdict == "allow"
    desk.hears(call, "REFUSED_CHANNEL", "2026-06-08 10:05")
    (listed,) = desk.ledger.list_rows(DAY, 7)
    assert (listed.state, listed.because) == ("cancelled", "REFUSED_CHANNEL")
    for verb in ("explain", "reserve"):
        said = on_row(desk, row, "2026-06-08 10:05", verb)
        assert (said.verdict, said.until, said.failing) == ("block", None, ("dnc",))


def test_CP_39_a_thousand_mails_a_hundred_standard_cards_and_four_hundred_masters(desk, tmp_path):
    """All three hold at once: each is filled to its last place, and none beyond it."""
    desk.sells(*CARDS).under(MAILS, STANDARD, MASTER, more='[tags]\nmaster = ["gold-card"]')
    for code, many in (("standard-card", 99), ("gold-card", 399), ("fund-a", 500)):
        one = desk.sent("2026-06-08 10:00", "email", offer_code=code)
        copies(tmp_path / "ledger.db", one, many - 1)

    def mail(code):
        said = desk.ask("2026-06-10 10:00", "email", offer_code=code)
        return said, [counts(said, name) for name in ("mails", "standard", "master")]

    plain, none = (None, None), ()
    said, used = mail("standard-card")
    assert (said.failing, used) == (none, [(998, 2), (99, 1), plain])
    said, used = mail("standard-card")
    assert (said.failing, used) == (("standard",), [(999, 1), (100, 0), plain])
    said, used = mail("gold-card")
    assert (said.failing, used) == (none, [(999, 1), plain, (399, 1)])
    said, used = mail("gold-card")
    assert (said.failing, used) == (("mails", "master"), [(1000, 0), plain, (400, 0)])
    assert said.until == moment("2026-06-15 00:00")
    assert mail("fund-a")[0].failing == ("mails",)
    assert desk.would("2026-06-10 10:00", "sms", offer_code="fund-a").verdict == "allow"
    assert desk.would("2026-06-10 10:00", "sms", offer_code="gold-card").failing == ("master",)
    assert desk.would("2026-06-15 00:00", "email", offer_code="gold-card").verdict == "allow"


def test_CP_39_a_plan_keeps_every_volume_at_once(a, desk):
    """Less what is used already: seven mails, two standard cards, four masters."""
    small = [rule.replace("1000", "8").replace("100", "2").replace("400", "4")
             for rule in (MAILS, STANDARD, MASTER)]  # fmt: skip
    tags = '[tags]\nmaster = ["gold-card"]'
    desk.sells(*CARDS).under(*small, more=tags)
    desk.policy = policy_of(*small, more=tags, channels=["phone", "email"])
    desk.sent("2026-06-08 00:00", "email", offer_code="fund-a", who=1)
    used = desk.ledger.spent(desk.policy, desk.on_sale(), moment("2026-06-08 00:01"))
    plan = plan_of(a, desk, reachable(40), used=used, capacities={7: 24})
    offered = Counter(row.offer_code for row in plan.rows)
    channels = Counter(row.channel for row in plan.rows)
    assert channels["email"] <= 7
    assert (offered["standard-card"] <= 2, offered["gold-card"] <= 4) == (True, True)
    assert sum(row.minutes for row in plan.rows) <= 24
    limits = {use.name: (use.taken, use.amount) for use in plan.balance.limits}
    assert limits["mails"] == (7, 7)


def test_CP_40_thirty_calls_a_manager_and_none_for_one_who_is_absent(a, desk):
    """Thirty of forty are listed; when the manager is absent a colleague of the branch has them."""
    thirty = 'id = "calls"\nkind = "volume"\nwithin = "manager"\nchannels = ["phone"]\n'
    desk.sells(offer("fund-a")).policy = policy_of(
        thirty + 'at_most = 30\nperiod = "day"', channels=["phone"]
    )
    people, teams = reachable(40), {7: 3, 8: 3, 9: 4}
    plan = plan_of(a, desk, people, capacities={7: 480, 8: 480, 9: 480}, branch_of=teams)
    assert Counter(row.list_id for row in plan.rows) == {7: 30}
    half = plan_of(a, desk, people, capacities={7: 160, 8: 480, 9: 480}, branch_of=teams)
    assert Counter(row.list_id for row in half.rows) == {7: 20}
    absent = plan_of(a, desk, people, capacities={7: 0, 8: 480, 9: 480}, branch_of=teams)
    assert {row.list_id for row in absent.rows} == {8}
    assert {row.covers for row in absent.rows} == {7}


def test_CP_40_a_stand_in_makes_no_more_calls_in_all_than_the_cap(a, desk):
    """Those of the absent manager's customers count as the colleague's, planned and dialled."""
    three = 'id = "calls"\nkind = "volume"\nwithin = "manager"\nchannels = ["phone"]\n'
    desk.sells(offer("fund-a")).policy = policy_of(
        three + 'at_most = 3\nperiod = "day"', channels=["phone"]
    )
    away, own = reachable(8)[:4], [replace(one, manager_id=8) for one in reachable(8)[4:]]
    rich, poor = ({"churn": 0.0, "buys:fund": chance} for chance in (0.4, 0.2))
    people = [*(Candidate(one, rich, 0) for one in away[:2]), Candidate(away[2], poor, 0)]
    people += [Candidate(one, poor, 0) for one in own]
    plan = plan_of(a, desk, people, capacities={7: 0, 8: 480}, branch_of={7: 3, 8: 3})
    assert [(row.list_id, row.covers) for row in plan.rows][:2] == [(8, 7), (8, 7)]
    assert len(plan.rows) == 3
    desk.knows(*away, *own).ledger.save_plan(plan, now=moment("2026-06-08 08:00"))
    for row in plan.rows:
        assert on_row(desk, row, "2026-06-08 09:00", "reserve").verdict == "allow"
    used = desk.ledger.spent(desk.policy, desk.on_sale(), moment("2026-06-08 09:01"))
    assert used == {("calls", 8): 3}
    chosen = {row.customer_id for row in plan.rows}
    fourth = next(one.customer_id for one in own if one.customer_id not in chosen)
    assert desk.ask("2026-06-08 09:02", "phone", fourth).failing == ("calls",)
    assert desk.ask("2026-06-08 09:03", "phone", away[3].customer_id).verdict == "allow"


UNITS = {
    "bank": lambda _person, _row: "all",
    "branch": lambda person, _row: person.branch_id,
    "team": lambda _person, row: {7: "north", 9: "north", 8: "south"}.get(row.list_id),
    "manager": lambda _person, row: row.list_id,
}


@pytest.mark.parametrize("within", UNITS)
@pytest.mark.parametrize(("unit", "most"), [("minutes", 40), ("contacts", 3)])
def test_CP_40_capacity_is_of_the_bank_a_branch_a_team_or_a_manager_in_minutes_or_calls(
    a, desk, within, unit, most
):
    """Each unit's calls keep within it and use it; who is in no team is not bound by a team's."""
    said = f'id = "most"\nkind = "volume"\nwithin = "{within}"\nunit = "{unit}"\n'
    said += f'channels = ["phone"]\nat_most = {most}\nperiod = "day"'
    desk.sells(offer("fund-a"))
    desk.policy = policy_of(said, more="[teams]\nnorth = [7, 9]\nsouth = [8]\n", channels=["phone"])
    places = [(7, 3), (8, 3), (9, 4), (10, 4)]
    people = [
        replace(one, manager_id=places[n % 4][0], branch_id=places[n % 4][1])
        for n, one in enumerate(reachable(40))
    ]
    plan = plan_of(a, desk, people, capacities=dict.fromkeys((7, 8, 9, 10), 480))
    by_id = {person.customer_id: person for person in people}
    taken = Counter()
    for row in plan.rows:
        taken[UNITS[within](by_id[row.customer_id], row)] += row.minutes if unit == "minutes" else 1
    free = taken.pop(None, None)
    assert free == (None if within != "team" else 80 if unit == "minutes" else 10)
    assert set(taken.values()) == {most}
    uses = {use.unit: (use.taken, use.amount) for use in plan.balance.limits}
    assert set(uses.values()) == {(most, most)}
    assert len(uses) == len(taken)


def test_CP_41_the_plan_beats_the_greedy_one(a, desk):
    """One visit of 20 minutes is worth more than either call of 8, and less than both."""
    desk.sells(offer("fund-a"))
    desk.policy = policy_of(channels=["phone", "branch"])
    people = [
        Candidate(
            replace(person, preferences=(Preference(only_channels=(channel,)),)),
            {"churn": 0.0, "buys:fund": chance},
            0,
        )
        for person, channel, chance in zip(
            reachable(3), ("branch", "phone", "phone"), (0.25, 0.2, 0.2), strict=True
        )
    ]
    plan = plan_of(a, desk, people, capacities={7: 20})
    worth = {
        attempt.action.customer_id: (attempt.action.value_cents, attempt.action.minutes)
        for person in people
        for attempt in plan.trail(person.profile.customer_id).attempts
        if attempt.action is not None and attempt.allowed_from is not None
    }
    greedy, left = 0, 20
    for value, minutes in sorted(worth.values(), reverse=True):
        if minutes <= left:
            greedy, left = greedy + value, left - minutes
    assert [row.channel for row in plan.rows] == ["phone", "phone"]
    assert sum(row.value_cents for row in plan.rows) > greedy > 0


def test_CP_41_the_order_of_the_input_changes_no_byte(a, desk):
    """Ties among equal customers fall the same way however they come."""
    desk.sells(*CARDS).under(CAP)
    people = reachable(40)
    plans = []
    for seed in range(3):
        mixed = random.Random(seed).sample(people, len(people))  # noqa: S311 - a shuffle
        plans.append(plan_of(a, desk, mixed, capacities={7: 12}))
    assert plans[0].rows
    assert plans[0] == plans[1] == plans[2]
    assert len({plan.digest for plan in plans}) == 1


def test_CP_42_a_minimum_that_cannot_be_met_is_told_and_breaks_no_cap(a, desk):
    """Five gold cards wanted, three calls possible: three are made and the want is reported."""
    wanted = '[[minimum]]\nid = "golds"\nowner = "cards"\noffers = ["gold-card"]\nat_least = 5\n'
    desk.sells(*CARDS).policy = policy_of(more=wanted, channels=["phone"])
    rich = {"churn": 0.0, "buys:fund": 0.4, "buys:credit_card": 0.01}
    people = [Candidate(person, rich, 0) for person in reachable(12)]
    without = replace(desk.policy, minimums=())
    free = plan_of(a, desk, people, capacities={7: 24}, policy=without)
    assert {row.offer_code for row in free.rows} == {"fund-a"}
    plan = plan_of(a, desk, people, capacities={7: 24})
    assert [row.offer_code for row in plan.rows] == ["gold-card"] * 3
    assert sum(row.minutes for row in plan.rows) <= 24
    (use,) = (use for use in plan.balance.limits if use.minimum)
    assert (use.name, use.amount, use.taken) == ("golds", 5, 3)


def listed(a, desk):
    """The one row of the plan of 8 June, saved at 08:00."""
    (person,) = reachable(1)
    desk.sells(offer("fund-a")).knows(person)
    plan = plan_of(a, desk, [person])
    desk.ledger.save_plan(plan, now=moment("2026-06-08 08:00"))
    (row,) = plan.rows
    return row


def test_CP_49_a_row_is_judged_anew_when_it_is_opened_and_when_it_is_dialled(a, desk):
    """Allowed when listed; a message at 09:30 fills the cap; opened and dialled it is refused."""
    row = listed(a, desk.under(CAP))
    assert on_row(desk, row, "2026-06-08 09:29", "explain").verdict == "allow"
    desk.sent("2026-06-08 09:30", who=row.customer_id)
    for verb in ("explain", "reserve"):
        assert on_row(desk, row, "2026-06-08 09:31", verb).failing == ("cap",)
    (open_row,) = desk.ledger.list_rows(DAY, 7)
    assert open_row.state == "planned"


def test_CP_23_CP_49_a_complaint_after_the_list_was_published_closes_the_row(a, desk):
    """Published at nine, complained at ten: cancelled, and refused at 10:01."""
    row = listed(a, desk.under('id = "complaint"\nkind = "complaint_cooloff"\ndays = 30'))
    assert on_row(desk, row, "2026-06-08 09:00", "explain").verdict == "allow"
    opened = moment("2026-06-08 10:00")
    desk.notes(Case("complaint", opened), "2026-06-08 10:00", who=row.customer_id)
    (gone,) = desk.ledger.list_rows(DAY, 7)
    assert (gone.state, gone.because) == ("cancelled", "COMPLAINT")
    assert on_row(desk, row, "2026-06-08 10:01", "reserve").failing == ("complaint",)


def test_CP_50_R_40_a_policy_tightens_at_once_and_loosens_with_the_next_plan(a, desk):
    """An open row is judged under both versions, and blocked where either blocks."""
    two, one = CAP.replace("at_most = 1", "at_most = 2"), CAP
    row = listed(a, desk.under(two))
    desk.sent("2026-06-05 10:00", who=row.customer_id)
    assert on_row(desk, row, "2026-06-08 09:30", "explain").verdict == "allow"
    tight = on_row(desk.under(one), row, "2026-06-08 09:30", "explain")
    assert (tight.failing, tight.policy_version) == (("cap",), desk.policy.version)


def test_CP_50_R_40_what_is_loosened_waits_for_the_next_run(a, desk):
    """The row that was planned under the tighter policy keeps to it until it is planned anew."""
    row = listed(a, desk.under(CAP))
    before = desk.policy.version
    desk.sent("2026-06-08 09:00", who=row.customer_id)
    desk.under(CAP.replace("at_most = 1", "at_most = 2"))
    held = on_row(desk, row, "2026-06-08 09:30", "explain")
    assert (held.failing, held.policy_version) == (("cap",), before)
    assert desk.would("2026-06-08 09:30", who=row.customer_id).verdict == "allow"
    again = plan_of(a, desk, [desk.people[row.customer_id]])
    desk.ledger.save_plan(again, now=moment("2026-06-08 09:40"))
    assert on_row(desk, row, "2026-06-08 09:45", "explain").verdict == "allow"


def test_CP_50_R_13_an_approver_may_override_a_rule_that_the_older_policy_lacks(a, desk):
    """The row is judged under both, each by those of the named rules that it has."""
    row = listed(a, desk.under())
    desk.sent("2026-06-08 09:00", who=row.customer_id)
    desk.under(CAP)
    assert on_row(desk, row, "2026-06-08 09:30", "explain").failing == ("cap",)
    asked = replace(asked_of(row), override=Override("head", "asked for it", ("cap",)))
    said = desk.ledger.explain(
        *(asked, desk.people[row.customer_id]), offers=desk.on_sale(), policy=desk.policy,
        now=moment("2026-06-08 09:30"), holdout=False,
    )  # fmt: skip
    assert (said.verdict, said.overridden) == ("allow", ("cap",))


@pytest.mark.parametrize("channel", CHANNELS)
def test_CP_52_R_43_the_hold_out_is_reached_by_no_proactive_marketing(desk, channel):
    """On every channel and with every offer; service, warnings and the customer's own wish pass."""
    desk.sells(*CARDS).holdout.add(1)
    at = "2026-06-08 10:00"
    for said in ({}, {"offer_code": "fund-a"}, {"purpose": "retention"}, {"selection": "general"}):
        refused = desk.ask(at, channel, **said)
        assert (refused.verdict, refused.until, refused.failing) == ("block", None, ("holdout",))
    assert desk.ledger.contacts_table().num_rows == 0
    for category in ("service", "regulatory", "risk"):
        assert desk.would(at, channel, category=category).verdict == "allow"
    assert desk.would(at, channel, direction="inbound").verdict == "allow"
    assert desk.would(at, channel, proactive=False).verdict == "allow"


def test_CP_52_the_hold_out_is_on_no_list_and_takes_no_minutes(a, desk):
    """Taken out before allocation: the others' lists are the same without them."""
    desk.sells(*CARDS).under()
    everyone = [customer(who) for who in range(1, 201)]
    held = {one.customer_id for one in everyone if in_holdout(one, KEY, Draw(0.1))}
    assert held
    plan = plan_of(a, desk, everyone, capacities={7: 10})
    assert held.isdisjoint(row.customer_id for row in plan.rows)
    assert {plan.trail(who).reason for who in held} == {"holdout"}
    others = [one for one in everyone if one.customer_id not in held]
    assert plan_of(a, desk, others, capacities={7: 10}).rows == plan.rows
