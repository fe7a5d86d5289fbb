"""What a test of policies shows: figures a customer, intervals that cover, arms' sizes."""

from dataclasses import replace

import numpy as np
import pytest
from planning import KEY, plan_of
from policed import Desk, customer, moment, offer, policy_of
from scipy.stats import chisquare

from outreach import NewTest, PolicyTest, report_of
from outreach.ab_report import ratio_probability
from outreach.ab_tests import MEASURES
from outreach.arms import Arms, Placed

NONE = {name: {} for name in MEASURES}


def of_members(members, share=0.5):
    policy = policy_of()
    return PolicyTest(
        1, "t", "a", policy, share, "print", moment("2026-06-08 09:00"), None, members
    )


def simulated(rng, homes=600, share=0.5, effect=0.0):
    """Households of one to four whose members buy alike; B buys `effect` more often a customer."""
    members, bought, who = {}, {}, 0
    for home in range(homes):
        arm = "B" if rng.random() < share else "A"
        alike = rng.beta(1.5, 8.5)
        for _ in range(rng.integers(1, 5)):
            who += 1
            members[who] = Placed(home, arm)
            buys = rng.binomial(3, alike) + (rng.random() < effect if arm == "B" else 0)
            if buys:
                bought[who] = int(buys)
    return report_of(of_members(members, share), NONE | {"bought": bought})


@pytest.mark.parametrize(("share", "effect"), [(0.5, 0.0), (0.2, 0.0), (0.5, 0.2)])
def test_intervals_cover_what_is_true(share, effect):
    """Of 300 tests with households that buy alike, 92 to 98 in 100 intervals hold the truth."""
    rng = np.random.default_rng(7)
    found = [simulated(rng, share=share, effect=effect) for _ in range(300)]
    gaps = [each.measures[0].difference for each in found]
    covered = sum(gap.low <= effect <= gap.high for gap in gaps)
    assert 276 <= covered <= 294
    assert abs(np.mean([gap.value for gap in gaps]) - effect) < 0.01
    shown = sum(each.verdict in ("more", "less") for each in found)
    assert shown >= 290 if effect else shown <= 24
    assert all(each.sizes_fit for each in found)


def test_the_interval_is_the_clustered_one():
    """By hand: two households of A, three of B; sums of residuals by household, m/(m-1)."""
    members = {1: Placed(1, "A"), 2: Placed(1, "A"), 3: Placed(2, "A"), 4: Placed(3, "B"),
               5: Placed(4, "B"), 6: Placed(4, "B"), 7: Placed(None, "B")}  # fmt: skip
    found = report_of(of_members(members), NONE | {"bought": {1: 30, 2: 30, 4: 20, 7: 60}})
    first = found.measures[0]
    assert (first.count_a, first.count_b, first.mean_a, first.mean_b) == (60, 80, 20, 20)
    a = 2 / 1 * (20**2 + 20**2) / 3**2
    b = 3 / 2 * (0**2 + 40**2 + 40**2) / 4**2
    half = 1.959963984540054 * (a + b) ** 0.5
    assert first.difference.low == pytest.approx(-half)
    assert first.difference.high == pytest.approx(half)
    assert (first.verdict, found.a.households, found.b.households) == ("not_shown", 2, 3)


def test_few_contacts_are_insufficient_and_an_empty_arm_has_no_figures():
    """Below 20 that count nothing is claimed, whatever the interval says."""
    members = {who: Placed(None, "AB"[who % 2]) for who in range(1000)}
    few = report_of(of_members(members), NONE | {"bought": dict.fromkeys(range(1, 38, 2), 1)})
    assert few.measures[0].difference.shown
    assert few.verdict == "insufficient"
    enough = report_of(of_members(members), NONE | {"bought": dict.fromkeys(range(1, 40, 2), 1)})
    assert enough.verdict == "more"
    nobody = report_of(of_members({}), NONE)
    assert (nobody.verdict, nobody.measures, nobody.probability) == ("insufficient", (), None)


@pytest.mark.parametrize(("a", "b", "share"), [(500, 500, 0.5), (430, 570, 0.5), (810, 190, 0.2)])
def test_the_sizes_of_arms_are_held_against_the_share(a, b, share):
    """The p-value is that of SciPy's chi-square."""
    expected = chisquare([a, b], [(a + b) * (1 - share), (a + b) * share]).pvalue
    assert ratio_probability(a, b, share) == pytest.approx(expected)


def test_a_wrong_share_is_warned_of():
    """Arms drawn by halves under a share of 0.4 are no chance; by the share itself they are."""
    rng = np.random.default_rng(3)
    drawn = simulated(rng, homes=2000)
    assert drawn.sizes_fit
    wrong = report_of(replace(drawn.test, share=0.4), NONE)
    assert not wrong.sizes_fit
    assert wrong.probability < 0.001


def test_what_is_told_of_contacts_since_the_start_counts_once_for_its_customer(ledger_url):
    """Made, bought, refused, complained: of members, from the beginning to the end of the test."""
    desk = Desk(ledger_url).sells(offer("fund-a")).knows(*(customer(who) for who in range(1, 7)))
    asked = NewTest("t", desk.policy, policy_of(), 0.5, KEY)
    desk.sent("2026-06-08 09:00", "phone", "PURCHASED", who=1)
    test = desk.ledger.start_test(asked, now=moment("2026-06-08 10:00"))
    assert report_of(*desk.ledger.tested()).a.customers == 0
    places = {who: Placed(None, "AB"[who % 2]) for who in range(1, 6)}
    placed(desk, Arms(test, places))
    bought = desk.sent("2026-06-08 11:00", "phone", "ACCEPTED", who=1)
    desk.hears(bought, "PURCHASED", "2026-06-09 11:00")
    desk.sent("2026-06-08 11:30", "phone", "NO_ANSWER", who=2)
    desk.sent("2026-06-08 12:00", "phone", "REFUSED_CHANNEL", who=3)
    desk.sent("2026-06-08 12:30", "phone", "COMPLAINT", who=4)
    desk.sent("2026-06-08 12:45", "phone", "PURCHASED", who=6)
    desk.ask("2026-06-08 13:00", "phone", who=5)
    desk.ledger.stop_test(now=moment("2026-06-08 14:00"))
    desk.sent("2026-06-08 15:00", "phone", "PURCHASED", who=5)
    stopped, tallies = desk.ledger.tested("t")
    assert stopped.members == places
    assert tallies == {
        "bought": {1: 1},
        "contacts": {1: 1, 2: 1, 3: 1, 4: 1},
        "refusals": {3: 1},
        "complaints": {4: 1},
    }
    sizes = report_of(stopped, tallies)
    assert (sizes.a.customers, sizes.b.customers) == (2, 3)
    desk.ledger.close()


def placed(desk, arms):
    """The members that a plan of a day would have placed."""
    plan = plan_of(desk, [customer(7)], moment("2026-06-09 00:00").date())
    desk.ledger.save_plan(replace(plan, arms=arms), now=moment("2026-06-08 10:30"))
