"""Looks that were planned: when they are due, what they show, how often they are wrong."""

from dataclasses import replace
from datetime import date, timedelta
from importlib import import_module

import numpy as np
import pytest
from policed import moment, policy_of

from outreach import ExperimentError, LookPlan, PolicyTest, report_of
from outreach.ab_tests import MEASURES
from outreach.arms import Placed
from reports import NotComparable, arms_schedule, draw_schedule, limits_of, watch_arms

BEGAN, DAY = moment("2026-06-01 09:00"), date(2026, 6, 1)


def a_test(members, **facts):
    plain = PolicyTest(1, "t", "a", policy_of(), 0.5, "print", BEGAN, None, members)
    return replace(plain, **facts)


def homes(count, rng):
    """Customers in households of one to three, a fair lot for each household's arm."""
    members = {}
    for home in range(count):
        arm = "AB"[int(rng.random() < 0.5)]
        for _ in range(rng.integers(1, 4)):
            members[len(members) + 1] = Placed(home, arm)
    return members


def tallies(bought):
    """What had been bought by each look, [looks, customers], as the ledger would tell it."""
    return [
        {name: {} for name in MEASURES}
        | {"bought": {who: int(n) for who, n in enumerate(each, 1) if n}}
        for each in bought
    ]


@pytest.mark.parametrize(
    ("looks", "days", "said"),
    [
        (0, 90, "0 looks cannot be planned; give 1 to 30"),
        (-1, 90, "give 1 to 30"),
        (31, 90, "give 1 to 30"),
        (6, 5, "do not fit into 5 days"),
        (1, 0, "do not fit into 0 days"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(looks, days, said):
    """No look, too many, more than one a day."""
    with pytest.raises(ExperimentError, match=said):
        LookPlan(looks, days)


def test_looks_at_a_hold_out_need_whole_days_of_data():
    """Of 91 days from 1 June the second third ends on 31 July, and counts when the data do."""
    plan = LookPlan(3, 91)
    before = draw_schedule(DAY, plan, date(2026, 7, 30))
    assert (before.number, before.next) == (1, date(2026, 7, 31))
    there = draw_schedule(DAY, plan, date(2026, 7, 31))
    assert there.through == pytest.approx((31 / 91, 61 / 91))
    over = draw_schedule(DAY, plan, date(2027, 1, 1))
    assert (over.number, over.next, over.through[-1], over.due[-1]) == (
        *(3, None, 1.0),
        DAY + timedelta(90),
    )
    none = draw_schedule(DAY, plan, DAY)
    assert (none.number, none.spent, none.next) == (0, 0.0, date(2026, 7, 1))


def test_a_test_that_was_stopped_ends_with_a_look_at_the_stop():
    """At its own share of the planned time; what was planned for later is due no more."""
    plan, stop = LookPlan(3, 90), BEGAN + timedelta(45)
    stopped = arms_schedule(a_test({}, stopped_at=stop), plan, BEGAN + timedelta(50))
    assert stopped.due == (BEGAN + timedelta(30), stop)
    assert stopped.through == pytest.approx((1 / 3, 1 / 2))
    assert stopped.next is None
    late = arms_schedule(a_test({}, stopped_at=BEGAN + timedelta(100)), plan, BEGAN + timedelta(99))
    assert late.through == pytest.approx((1 / 3, 2 / 3, 1))
    at_once = arms_schedule(a_test({}, stopped_at=BEGAN), plan, BEGAN)
    assert (at_once.due, at_once.through, at_once.next) == ((), (), None)


def test_later_looks_change_no_earlier_limit():
    """What a look showed stays what it was when the next one comes, also where two are alike."""
    likeness = np.array(
        [[1, 0.7, 0.5, 0.5], [0.7, 1, 0.7, 0.7], [0.5, 0.7, 1, 1], [0.5, 0.7, 1, 1]]
    )
    through = [0.3, 0.5, 0.9, 1.0]
    every = limits_of(likeness, through)
    for taken in (1, 2, 3):
        assert every[:taken] == pytest.approx(limits_of(likeness[:taken, :taken], through[:taken]))


@pytest.mark.parametrize(
    "through",
    [
        [1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1.0],
        [0.31, 0.36, 0.7, 0.98, 1.0],
        [0.5, 0.55],
    ],
    ids=["even", "uneven", "stopped early"],
)
def test_looks_at_any_shares_raise_a_false_alarm_in_five_of_a_hundred(through):
    """200,000 tests without an effect, purchases piling up alike; read at 1.96 far more do."""
    tests, shares = 200_000, np.array(through)
    increments = np.random.default_rng(12).standard_normal((tests, len(shares)))
    piled = np.cumsum(increments * np.sqrt(np.diff(shares, prepend=0)), axis=1)
    score = np.abs(piled / np.sqrt(shares))
    likeness = np.sqrt(np.minimum.outer(shares, shares) / np.maximum.outer(shares, shares))
    limits = np.array(limits_of(likeness, through))
    crossed = (score > limits).any(axis=1).mean()
    assert crossed <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / tests) + 0.0005
    if through[-1] == 1:
        assert crossed >= 0.045
    assert (score > 1.96).any(axis=1).mean() > 0.06
    skipped = (score[:, 1:] > limits[1:]).any(axis=1).mean()
    assert skipped <= crossed


def test_arms_that_do_not_differ_are_told_apart_in_five_of_a_hundred(monkeypatch):
    """400 tests of equal policies, six looks each, as the ledger tells of them; plain reading is
    wrong more often.
    """  # noqa: D205 - one sentence
    monkeypatch.setattr(import_module("reports.looks"), "_DRAWS", 20_000)
    rng, plan, ours, plain = np.random.default_rng(8), LookPlan(6, 90), 0, 0
    for _ in range(400):
        members = homes(120, rng)
        keen = rng.gamma(2, 0.08, 120)[[placed.household_id for placed in members.values()]]
        bought = np.cumsum(rng.poisson(keen, (6, len(members))), axis=0)
        test, told = a_test(members), tallies(bought)
        schedule = arms_schedule(test, plan, BEGAN + timedelta(90))
        _, seen = watch_arms(test, schedule, told)
        ours += seen["bought"].shown_at is not None
        plain += any(report_of(test, each).measures[0].verdict in ("more", "less") for each in told)
    assert ours / 400 <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 400)
    assert plain / 400 > 0.1


def test_what_a_look_shows_is_wider_and_says_when_the_test_may_stop():
    """Where B buys three times as often a middle look shows it, and the later ones stay."""
    rng = np.random.default_rng(9)
    members = homes(400, rng)
    rate = np.array([0.1 if each.arm == "A" else 0.3 for each in members.values()])
    bought = np.cumsum(rng.poisson(rate / 4, (4, len(members))), axis=0)
    bought[0] = 0
    test, told = a_test(members), tallies(bought)
    schedule = arms_schedule(test, LookPlan(4, 90), BEGAN + timedelta(70))
    assert (schedule.number, schedule.through) == (3, (23 / 90, 45 / 90, 68 / 90))
    found, seen = watch_arms(test, schedule, told[:3])
    first, second, third = seen["bought"].sights
    assert (first.limit, first.effect.verdict) == (None, "insufficient")
    assert second.limit > third.limit > 1.96
    assert seen["bought"].shown_at in (2, 3)
    assert found.verdict == third.effect.verdict == "more"
    assert third.effect.counted == bought[2].sum()
    plain = report_of(test, told[2]).measures[0]
    assert found.measures[0].difference.value == pytest.approx(plain.difference.value)
    assert found.measures[0].difference.low < plain.difference.low
    assert seen["complaints"].shown_at is None


def test_a_look_at_which_everybody_is_alike_is_left_out():
    """Each was contacted once by then; the next look has a limit, as if it were the first."""
    members = {who: Placed(None, "AB"[who % 2]) for who in range(1, 41)}
    once, twice = [1] * 40, [1 + (who % 3 == 0) for who in range(1, 41)]
    told = [each | {"contacts": each["bought"]} for each in tallies([once, twice])]
    schedule = arms_schedule(a_test(members), LookPlan(2, 90), BEGAN + timedelta(90))
    first, second = watch_arms(a_test(members), schedule, told)[1]["contacts"].sights
    assert (first.limit, first.effect.verdict) == (None, "not_shown")
    assert second.limit == pytest.approx(1.96, abs=0.02)


def test_nothing_is_told_before_the_first_look_nor_of_empty_arms():
    """And an arm of one household has no spread to hold a difference against."""
    few = {1: Placed(1, "A"), 2: Placed(2, "B"), 3: Placed(3, "B")}
    plan = LookPlan(2, 90)
    early = arms_schedule(a_test(few), plan, BEGAN)
    assert watch_arms(a_test(few), early, [])[0].measures == ()
    there = arms_schedule(a_test({}), plan, BEGAN + timedelta(45))
    assert watch_arms(a_test({}), there, tallies([[]]))[1] == {}
    with pytest.raises(NotComparable, match="the arms have 1 and 2 households and need 2 each"):
        watch_arms(a_test(few), there, tallies([[1, 0, 1]]))
