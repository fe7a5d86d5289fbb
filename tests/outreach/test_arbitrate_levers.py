"""Levers on the day's lists: their caps, what they give up, and what they can never pass."""

from dataclasses import replace
from datetime import date
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from goodcall.profile import Assessment
from outreach import Candidate, plan_day
from outreach.balance import balance_from, balance_values

KEY = b"sixteen bytes and more"
DAY = date(2026, 6, 8)
LEVER = '[[lever]]\nid = "{id}"\nowner = "cards"\nexpires = 2026-12-31\n{cap}\n{rest}\n'


def lever(rest, cap="most_rows = 1000", name="push"):
    return LEVER.format(id=name, cap=cap, rest=rest)


def a_plan(a, text="", *, chances=({},), rows=2, offers=None, day=DAY, **facts):
    """The plan of one list with room for so many text messages, and of nothing else."""
    head = a.head.replace("0.10", "0.001").replace("is = 10, source", "is = 0, source")
    policy = a.policy(head=head + text)
    sms = tuple(channel for channel in policy.channels if channel.id == "sms")
    return plan_day(
        [
            Candidate(a.customer(customer_id=who, **facts), own, 0, row={"logins_30d": who})
            for who, own in enumerate(chances, start=1)
        ],
        offers=offers or [a.offer("fund-a", margin_cents=100_000), a.offer("term", "deposit")],
        policy=replace(policy, channels=sms, value=replace(policy.value, save_rate={})),
        day=day,
        holdout_key=KEY,
        explainer=a.explainer(),
        capacities={7: rows},
        model_versions={},
    )


def best_without(plans, rows):
    """The greatest total of un-levered values, by trying everything."""
    return max(
        sum(value for value in choice)
        for choice in product(*[(0, *(v for v in own if v > 0)) for own in plans])
        if sum(value > 0 for value in choice) <= rows
    )


def values_of(plan, people):
    return [
        [a.action.value_cents for a in plan.trail(who).attempts if a.action]
        for who in range(1, people + 1)
    ]


def total(plan):
    return sum(row.value_cents for row in plan.rows)


CHANCES = st.lists(
    st.fixed_dictionaries({"buys:fund": st.floats(0, 0.4), "buys:deposit": st.floats(0, 0.4)}),
    min_size=1,
    max_size=5,
)
PULLS = st.sampled_from(["weight = 150", "cents = 900", "weight = -60", "cents = -700"])
CAPS = st.sampled_from(["most_rows = 1", "most_rows = 2", "most_cents = 1", "most_cents = 400"])


@settings(max_examples=60)
@given(chances=CHANCES, rows=st.integers(1, 3), pull=PULLS, cap=CAPS)
def test_what_a_lever_gives_up_is_told_and_within_its_cap(a, chances, rows, pull, cap):
    """Against every choice tried: without the lever the lists are worth as much or more."""
    plan = a_plan(a, lever(pull + '\nfamilies = ["deposit"]', cap), chances=chances, rows=rows)
    best = best_without(values_of(plan, len(chances)), rows)
    (use,) = plan.balance.levers
    assert plan.balance.lever_cost_cents == best - total(plan) >= 0
    assert plan.lever_cost_cents == {"push": best - total(plan)}
    unit, most = cap.split(" = ")
    assert (use.rows if unit == "most_rows" else use.cost_cents) <= int(most)
    before, after = (
        {(row.customer_id, row.offer_code) for row in each.rows}
        for each in (a_plan(a, chances=chances, rows=rows), plan)
    )
    moved = before - after if "-" in pull else after - before
    assert sum(code == "term" for _, code in moved) == use.rows


def test_a_lever_moves_the_rows_that_it_is_about(a):
    """Two customers, one row: the lever brings the deposit, and tells what that costs."""
    chances = ({"buys:fund": 0.4}, {"buys:deposit": 0.3})
    plain = a_plan(a, chances=chances, rows=1)
    pulled = a_plan(a, lever('weight = 55\nfamilies = ["deposit"]'), chances=chances, rows=1)
    assert [row.offer_code for row in plain.rows] == ["fund-a"]
    assert [row.offer_code for row in pulled.rows] == ["term"]
    assert pulled.lever_cost_cents == {"push": total(plain) - total(pulled)}
    assert pulled.balance.levers[0].rows == 1
    listed = next(each for each in pulled.trail(2).attempts if each.step == "listed")
    value = listed.action.value_cents
    assert pulled.rows[0].value_cents == value
    assert listed.action.rank_cents == round(value * 1.55)


def test_beyond_its_rows_a_lever_does_not_pull(a):
    """Five would be moved; the two of the highest rank are, and three are held back."""
    chances = [{"buys:fund": 0.3, "buys:deposit": 0.2 + who / 100} for who in range(5)]
    for cap, rows in (("most_rows = 1000", 5), ("most_rows = 2", 2)):
        plan = a_plan(
            a, lever('weight = 200\nfamilies = ["deposit"]', cap), chances=chances, rows=5
        )
        moved = {row.customer_id for row in plan.rows if row.offer_code == "term"}
        assert moved == set(range(6 - rows, 6))
        assert (plan.balance.levers[0].rows, plan.balance.levers[0].held_back) == (rows, 5 - rows)


def test_no_lever_passes_suitability_or_a_rule_or_a_term(a):
    """A fortune in cents lists nobody whom the law, a rule or a term keeps off."""
    text = lever("cents = 1000000")
    risky = [a.offer(investment=True, risk="R4")]
    timid = Assessment("C3", date(2027, 1, 1))
    unsuitable = a_plan(a, text, chances=({"buys:fund": 0.3},), offers=risky, assessment=timid)
    assert (unsuitable.rows, unsuitable.trail(1).step) == ((), "suitable")
    refused = (a.contact("2026-06-01 10:00", outcome="REFUSED_ALL"),)
    assert a_plan(a, text, chances=({"buys:fund": 0.3},), contacts=refused).rows == ()
    term = (
        '[[offer_terms]]\nid = "t"\nowner = "x"\nstage = "eligibility"\n'
        'needs = { fact = "logins_30d", above = 5 }\n'
    )
    assert a_plan(a, text + term, chances=({"buys:fund": 0.3},)).rows == ()
    assert len(a_plan(a, text, chances=({"buys:fund": 0.3},)).rows) == 1


def test_a_lever_works_through_its_last_day_and_no_longer(a):
    """On the day after it the plan is the plan without it."""
    chances = ({"buys:fund": 0.4}, {"buys:deposit": 0.3})
    text = lever('weight = 55\nfamilies = ["deposit"]').replace("2026-12-31", "2026-06-08")
    assert a_plan(a, text, chances=chances, rows=1).rows[0].offer_code == "term"
    over = a_plan(a, text, chances=chances, rows=1, day=date(2026, 6, 9))
    assert over.rows[0].offer_code == "fund-a"
    assert [(use.rows, use.cost_cents) for use in over.balance.levers] == [(0, 0)]


def test_a_lever_is_for_customers_of_whom_all_of_it_is_known(a):
    """Unknown is not yes."""
    chances = ({"buys:fund": 0.4, "buys:deposit": 0.3},) * 3
    for fact, moved in (
        ('fact = "logins_30d", at_least = 3', {3}),
        ('fact = "logins_7d", is = 0', set()),
    ):
        text = lever(f'weight = 200\nfamilies = ["deposit"]\ncustomers = {{ {fact} }}')
        plan = a_plan(a, text, chances=chances, rows=3)
        assert {row.customer_id for row in plan.rows if row.offer_code == "term"} == moved


def test_levers_together_are_told_alone_and_in_all(a):
    """Two that pull against each other give up less together than each alone."""
    chances = ({"buys:fund": 0.31}, {"buys:deposit": 0.3})
    first = lever('weight = 50\nfamilies = ["deposit"]', name="deposits")
    second = lever('weight = 50\nfamilies = ["fund"]', name="funds")
    plan = a_plan(a, first + second, chances=chances, rows=1)
    assert plan.rows[0].offer_code == "fund-a"
    assert plan.lever_cost_cents["deposits"] > 0
    assert plan.lever_cost_cents["funds"] == 0
    assert plan.balance.lever_cost_cents == 0


def test_the_ledgers_plan_keeps_what_levers_cost(a):
    """The balance survives its JSON, with levers and from before there were any."""
    plan = a_plan(a, lever("weight = 55"), chances=({"buys:fund": 0.4},))
    said = balance_values(plan.balance)
    assert balance_from(said) == plan.balance
    for name in ("levers", "lever_cost_cents"):
        del said[name]
    assert balance_from(said).levers == ()


def test_a_lever_on_care_calls(a):
    """`care_calls` names those alone; a lever that names nothing is about everything."""
    (care,) = a.policy(head=a.head + lever("weight = 5\ncare_calls = true")).arbitration.levers
    (every,) = a.policy(head=a.head + lever("weight = 5")).arbitration.levers
    from outreach.customer_facts import Subject  # noqa: PLC0415 - only here

    who = Subject(a.customer(), DAY)
    assert (care.pulls(None, "phone", who), care.pulls(a.offer(), "phone", who)) == (True, False)
    assert (every.pulls(None, "phone", who), every.pulls(a.offer(), "phone", who)) == (True, True)


def test_equal_inputs_give_equal_bytes_with_levers(a):
    """The digest tells every lever, and the order of tables in the file moves no row."""
    chances = ({"buys:fund": 0.4}, {"buys:deposit": 0.3})
    text = lever('weight = 55\nfamilies = ["deposit"]')
    one, same = (a_plan(a, text, chances=chances, rows=1) for _ in range(2))
    assert one.digest == same.digest
    assert one.digest != a_plan(a, chances=chances, rows=1).digest
