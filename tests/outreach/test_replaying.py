"""Another policy on days that were planned: its choices by hand, its earnings against the truth."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from outreach import (
    Candidate,
    Draw,
    ExperimentError,
    Ledger,
    PolicyError,
    Request,
    plan_day,
    replay,
)
from outreach.logged import LoggedDay, Result, earned_cents
from outreach.reweighing import Reweigher, best_use, chosen_by

KEY = b"sixteen bytes and more"
DAY = date(2026, 6, 8)
EXPLORE = "[exploration]\nshare = 0.4\n"
NO_CAP = 'id = "quiet"\nkind = "frequency_cap"\nat_most = 90\ndays = 7'
# Nothing costs what would hide the chances: the harm of every channel is the same.
CHANCES = {"phone": 0.5, "sms": 0.7, "branch": 0.4}


def head(a, **changes):
    """The policy's head with some figures replaced: `old` text by new."""
    text = a.head.replace("share = 0.10", "share = 0.10\n" + EXPLORE, 1)
    for old, new in changes.get("swap", ()):
        assert old in text
        text = text.replace(old, new)
    return text + changes.get("more", "")


def policies(a, **changes):
    return a.policy(NO_CAP, head=head(a)), a.policy(NO_CAP, head=head(a, **changes))


def people(a, count=24):
    return [
        Candidate(
            a.customer(customer_id=who, manager_id=7 + who % 2, consents=(a.grant("2026-01-01"),)),
            {"buys:fund": 0.1 + who / 100, "churn": 0.0},
            0,
        )
        for who in range(1, count + 1)
    ]


def planned(a, policy, day=DAY, **inputs):
    return plan_day(
        people(a), offers=(a.offer(),), policy=replace(policy, holdout_share=0.0), day=day,
        holdout_key=KEY, explainer=a.explainer(), capacities={7: 40, 8: 40}, model_versions={},
        draw=Draw(0.0), **inputs,
    )  # fmt: skip


def logged(plan, rng):
    """The day with what came of each row, by the true chances of its channel."""
    results = {
        row.customer_id: Result(
            made=True,
            outcomes=frozenset(
                ["PURCHASED" if rng.random() < CHANCES[row.channel] else "NOT_INTERESTED_OFFER"]
            ),
        )
        for row in plan.rows
    }
    trails = tuple(plan.trail(who) for who in plan.trails)
    return LoggedDay(plan.day, plan.policy.text, trails, results)


def action_of(plan, who, channel, code="fund-a"):
    attempts = plan.trail(who).attempts
    return next(a.action for a in attempts if (a.offer_code, a.channel) == (code, channel))


SMS_BETTER = (('sms = { is = 1.1, source = "trial 3" }', 'sms = { is = 4.0, source = "x" }'),)


def test_figures_of_the_new_policy_take_the_place_of_the_old_ones(a):
    """0.2 x (4 - 1) x 1,000 x (1 - 0.5) - 5 - harm, where it was 0.2 x 0.1 x 1,000 x 0.75 - 10."""
    old, new = policies(
        a,
        swap=(
            *SMS_BETTER,
            ("cost_cents = { is = 10,", "cost_cents = { is = 5,"),
            ("cannibalisation = { is = 0.25,", "cannibalisation = { is = 0.5,"),
        ),
    )
    plan = planned(a, old)
    before = action_of(plan, 10, "sms")
    assert before.value_cents == round(0.2 * 0.1 * 100_000 * 0.75 - 10 - before.harm_cents)
    after = Reweigher(old, new, {"fund-a": a.offer()}).action(before, plan.trail(10))
    assert after.effect == pytest.approx(0.6)
    assert after.value_cents == round(0.6 * 100_000 * 0.5 - 5 - before.harm_cents)


def test_what_a_lot_taught_stays_and_is_not_replaced_by_a_ratio(a):
    """An effect that is not the old policy's own is a learned or measured one."""
    old, new = policies(a, swap=SMS_BETTER)
    plan = planned(a, old)
    learned = replace(action_of(plan, 10, "sms"), effect=0.033, effect_from="learned")
    assert Reweigher(old, new, {}).action(learned, plan.trail(10)).effect == 0.033


LEVER = (
    '[[lever]]\nid = "push"\nowner = "x"\nexpires = 2026-12-31\noffers = ["fund-a"]\n'
    "cents = 700\nmost_rows = 9\n"
)


def test_a_new_lever_moves_the_rank_and_one_on_unknown_facts_is_refused(a):
    """By the offers that it names; the customer's facts are in no trail."""
    old, new = policies(a, more=LEVER)
    plan = planned(a, old)
    before = action_of(plan, 10, "phone")
    after = Reweigher(old, new, {"fund-a": a.offer()}).action(before, plan.trail(10))
    assert (after.value_cents, after.rank_cents) == (before.value_cents, before.value_cents + 700)
    late = replace(plan.trail(10), day=date(2027, 1, 1))
    assert Reweigher(old, new, {}).action(before, late).rank_cents == before.value_cents
    _, narrow = policies(a, more=LEVER + 'customers = { fact = "tenure_days", at_least = 365 }\n')
    with pytest.raises(PolicyError, match="'push' is not in the policy that the day was planned"):
        Reweigher(old, narrow, {})
    assert Reweigher(narrow, narrow, {}).action(before, plan.trail(10)).rank_cents == (
        before.value_cents
    )


def test_a_channel_that_the_new_policy_lacks_is_not_chosen(a):
    """Its actions are left out of the replay."""
    old = a.policy(NO_CAP, head=head(a))
    plan = planned(a, old)
    fewer = replace(old, channels=tuple(c for c in old.channels if c.id != "phone"))
    chosen = chosen_by(Reweigher(old, fewer, {}), [plan.trail(who) for who in plan.trails])
    assert chosen
    assert {action.channel for action in chosen.values()} <= {"sms", "branch"}


def test_the_policy_of_the_day_replayed_does_what_it_did(a):
    """Lots aside: every decision agrees, nothing is gained, and little is not called enough."""
    old, _ = policies(a)
    rng = np.random.default_rng(1)
    days = [logged(planned(a, old, DAY + timedelta(days=n)), rng) for n in range(3)]
    for day in days:
        again = chosen_by(Reweigher(old, old, {}), day.trails)
        kept = best_use(day.trails)
        assert {w: (x.offer_code, x.channel) for w, x in again.items()} == {
            w: (x.offer_code, x.channel) for w, x in kept.items()
        }
    found = replay(days, old, {})
    assert found.agreeing == found.decisions == sum(len(best_use(day.trails)) for day in days)
    assert (found.days, found.unknown, found.rules_differ) == (3, 0, False)
    for answer in (found.snips, found.doubly_robust):
        assert (answer.gain.value, answer.verdict) == (0, "insufficient")


def test_a_replay_finds_what_the_new_policy_truly_earns(a):
    """Over 16 days both methods come within three standard errors of the truth.

    The truth: every chosen contact earns its margin with its channel's chance, less its cost.
    """
    old, new = policies(a, swap=SMS_BETTER)
    rng = np.random.default_rng(8)
    days = [logged(planned(a, old, DAY + timedelta(days=n)), rng) for n in range(16)]
    found = replay(days, new, {"fund-a": a.offer()})
    true = truth(days, old, new)
    assert found.agreeing < found.decisions
    for estimate in (found.snips.new, found.doubly_robust.new):
        error = (estimate.high - estimate.low) / (2 * 1.96)
        assert 0 < error < true
        assert abs(estimate.value - true) < 3 * error
    assert found.doubly_robust.verdict == "insufficient"


def truth(days, old, new):
    worth, decisions = 0.0, 0
    for day in days:
        before, after = best_use(day.trails), chosen_by(Reweigher(old, new, {}), day.trails)
        longest = {}
        for trail in day.trails:
            if trail.customer_id in before:
                minutes = before[trail.customer_id].minutes
                longest[trail.list_id] = max(minutes, longest.get(trail.list_id, 0))
        for trail in day.trails:
            olds, news = before.get(trail.customer_id), after.get(trail.customer_id)
            if olds is None and news is None:
                continue
            room = longest[trail.list_id] if olds is None else olds.minutes
            same = olds and news and olds.channel == news.channel
            if news is not None and not same and news.minutes > room:
                continue
            decisions += 1
            if news is not None:
                cost = {"phone": 1000, "sms": 10, "branch": 3000}[news.channel]
                worth += CHANCES[news.channel] * news.margin_cents - cost
    return worth / decisions


def test_without_lots_only_what_both_would_do_is_known(a):
    """Decisions in which policies differ are left out, counted, and nothing is claimed."""
    plain = a.policy(NO_CAP)
    new = a.policy(NO_CAP, head=a.head.replace(*SMS_BETTER[0]))
    rng = np.random.default_rng(2)
    days = [logged(planned(a, plain, DAY + timedelta(days=n)), rng) for n in range(4)]
    found = replay(days, new, {"fund-a": a.offer()})
    assert found.unknown > 0
    assert found.decisions == found.agreeing
    assert found.doubly_robust.verdict == "insufficient"
    assert found.doubly_robust.gain.value == 0


def test_days_without_kept_probabilities_are_refused(a):
    """By name; a replay of nothing is no answer."""
    old, _ = policies(a)
    day = logged(planned(a, old), np.random.default_rng(3))
    bare = replace(day, trails=tuple(replace(trail, probability=None) for trail in day.trails))
    for days in ([], [bare]):
        with pytest.raises(ExperimentError, match="no decision of these days can be replayed"):
            replay(days, old, {})


def test_the_ledger_gives_back_the_day_with_what_its_contacts_earned(a, ledger_url):
    """A purchase earns the margin less the cost, an unanswered call its cost, the rest nothing."""
    old, _ = policies(a)
    plan = planned(a, replace(old, explore_share=0.0))
    now = a.moment("2026-06-08 10:00")
    profiles = {each.profile.customer_id: each.profile for each in people(a)}
    bought, missed, untouched = [row for row in plan.rows if row.channel == "phone"][:3]
    with Ledger.open(ledger_url) as ledger:
        ledger.save_plan(plan, now=a.moment("2026-06-08 01:00"))
        for row, code in ((bought, "PURCHASED"), (missed, "NO_ANSWER")):
            request = Request(
                row.request_id, row.customer_id, row.channel, offer_code=row.offer_code,
                point_id=row.point_id,
            )  # fmt: skip
            said = ledger.reserve(
                request, profiles[row.customer_id], offers=(a.offer(),), policy=old, now=now,
                holdout=False,
            )  # fmt: skip
            assert said.verdict == "allow"
            contact = ledger.contact_id(row.request_id)
            ledger.record_outcome(contact, code, now=now, agent=7)
        (day,) = ledger.logged(DAY, DAY)
        assert list(ledger.logged(date(2026, 6, 9), date(2026, 6, 30))) == []
    assert day.policy_text == old.text
    assert day.trails == tuple(plan.trail(who) for who in sorted(plan.trails))
    earned = [
        earned_cents(action_of(plan, row.customer_id, "phone"), day.results.get(row.customer_id))
        for row in (bought, missed, untouched)
    ]
    assert earned == [100_000 - 1000, -1000, 0]
