"""The funnel adds up exactly, over random banks: with the trails, and with the ledger's rows."""

from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
from planning import KEY, plan_of, rows_of
from policed import customer, grant, moment, offer, policy_of

from goodcall.profile import Case, Consent, Hold
from outreach import Candidate, Draw, in_holdout
from outreach.funnel import STEPS
from reports import funnel_report

MONDAY = moment("2026-06-08 12:00").date()
TUESDAY = MONDAY + timedelta(days=1)
RULES = (
    'id = "consent"\nkind = "consent"\nchannels = ["phone"]\nmode = "restrictive"',
    'id = "complaint"\nkind = "complaint_cooloff"\ndays = 30',
    'id = "cap"\nkind = "frequency_cap"\nat_most = 1\ndays = 7',
    'id = "cards"\nkind = "volume"\noffers = ["card"]\nat_most = 3\nperiod = "day"',
)
SCORES = ("churn", "buys:fund", "buys:credit_card")


def somebody(rng, who):
    """A customer of one of two managers or none, with whatever may stand against a contact."""
    told, at = [], moment("2026-06-01 10:00")
    if rng.random() < 0.8:
        told.append(grant("2026-05-01 10:00"))
    if rng.random() < 0.1:
        told.append(Consent(at, "dnc"))
    return customer(
        who,
        manager_id=[7, 8, None][int(rng.choice(3, p=[0.5, 0.4, 0.1]))],
        status="active" if rng.random() < 0.95 else "closed",
        kind="retail" if rng.random() < 0.9 else "corporate",
        consents=tuple(told),
        cases=(Case("complaint", at),) if rng.random() < 0.05 else (),
        holds=(Hold("legal", at),) if rng.random() < 0.05 else (),
        points=customer(who).points if rng.random() < 0.9 else (),
    )


def candidate(rng, person):
    """Scored at random, or not at all."""
    if rng.random() < 0.05:
        return Candidate(person, {}, 0)
    chances = dict(zip(SCORES, rng.uniform(0, [0.3, 0.2, 0.2]).tolist(), strict=True))
    return Candidate(person, chances, int(rng.integers(0, 10**6)))


def tally(trails):
    """How many customers reached each step and where they left, counted one by one."""
    entered, dropped = Counter(), Counter()
    for trail in trails:
        for step in STEPS:
            entered[step] += 1
            if trail.step == step:
                dropped[step, trail.reason] += 1
                break
        else:
            assert trail.step == "listed"
    return entered, dropped


@pytest.mark.parametrize("seed", range(6))
def test_every_step_lets_through_what_it_does_not_drop(desk, seed):
    """Entered = left + dropped at each step, by the trails too; listed = the rows to be worked.

    Some customers were promised a call, some of which cannot be kept, and some are in the hold-out.
    """
    rng = np.random.default_rng(seed)
    desk.sells(offer("fund-a"), offer("card", "credit_card"))
    desk.policy = policy_of(*RULES, channels=["phone", "branch"])
    people = [somebody(rng, who) for who in range(1, 81)]
    for person in rng.permutation(np.array(people, dtype=object))[:12]:
        told = moment("2026-06-08 10:00")
        if not person.points or in_holdout(person, KEY, Draw(0.10)):
            continue
        # Whatever stands against the customer came after the promise.
        desk.knows(customer(person.customer_id))
        contact = desk.sent(told, "branch", "CONNECTED_INTERESTED", who=person.customer_id)
        due = moment("2026-06-09 09:00") + timedelta(minutes=int(rng.integers(0, 600)))
        desk.ledger.record_outcome(contact, "CONNECTED_CALLBACK", now=told, agent=5, due_at=due)
    candidates = [candidate(rng, person) for person in people]
    plan = plan_of(desk, candidates, TUESDAY, capacities={7: 60, 8: int(rng.integers(0, 60))})
    trails = [plan.trail(person.customer_id) for person in people]
    entered, dropped = tally(trails)
    left = plan.funnel.population
    assert left == len(people)
    for step in plan.funnel.steps:
        assert step.entered == left == entered[step.name]
        assert dict(step.drops) == {why: n for (at, why), n in dropped.items() if at == step.name}
        left -= sum(count for _, count in step.drops)
        assert step.passed == left
    listed = {trail.customer_id for trail in trails if trail.step == "listed"}
    work = [row.customer_id for row in plan.rows if row.withheld is None]
    assert plan.funnel.listed == left == len(work)
    assert sorted(work) == sorted(listed)
    desk.ledger.save_plan(plan, now=moment("2026-06-09 07:00"))
    report = funnel_report(desk.ledger, TUESDAY)
    assert sum(report.rows_by_list.values()) == left
    kept = [each.row for name in report.rows_by_list for each in rows_of(desk, TUESDAY, name)]
    assert tuple(kept) == plan.rows
    minutes = Counter()
    for row in plan.rows:
        minutes[row.list_id] += row.minutes if row.withheld is None else 0
    assert all(minutes[name] <= most for name, most in ((7, 60), (8, 60)))


def test_random_banks_reach_every_corner(desk):
    """Among the banks above are promises kept and withheld, drops at every step, and lists."""
    rng = np.random.default_rng(0)
    people = [somebody(rng, who) for who in range(1, 400)]
    desk.sells(offer("fund-a"), offer("card", "credit_card"))
    desk.policy = policy_of(*RULES, channels=["phone", "branch"])
    candidates = [candidate(rng, person) for person in people]
    plan = plan_of(desk, candidates, TUESDAY, capacities={7: 60, 8: 60})
    ends = {plan.trail(person.customer_id).step for person in people}
    assert {"holdout", "rules", "worth_it", "capacity", "listed"} <= ends
