"""Lots take their share of the day's places, by chances that are known, and break no limit."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from outreach import Action, Candidate, Draw, Limit, plan_day
from outreach.explore import Lottery, draw_lots, taken

KEY = b"sixteen bytes and more"
DAY = date(2026, 6, 8)
NOTHING = (None, "nothing")


def action(customer, offer, channel, minutes, value=100):
    factors = ("buys:fund", 0.1, 0.05, 1, 0.0, 0.0, 0, 0.0, 0.0)
    return Action(customer, offer, channel, minutes, *factors, value, ())


def crowd(count, lists=4):
    """Customers with one to three allowed actions; every fifth has a place, most for a call."""
    allowed = {
        who: [
            action(who, "card", "phone", 8),
            *([action(who, "fund", "branch", 20, value=-50)] if who % 2 else []),
            *([action(who, None, "sms", 1)] if who % 3 == 0 else []),
        ]
        for who in range(count)
    }
    best = {who: own[-(who % 3 == 0)] for who, own in allowed.items() if who % 5 == 0}
    return best, allowed, {who: who // 5 % lists for who in range(count)}


def days(count, share=0.1):
    return [Lottery(share, KEY, DAY + timedelta(days=n)) for n in range(count)]


def kind(drawn, best, who):
    """What came out for a customer: an offer by a channel, or nothing."""
    came = drawn.chosen.get(who) or (None if who in drawn.displaced else best.get(who))
    return NOTHING if came is None else (came.offer_code, came.channel)


def test_lots_take_their_share_of_the_minutes():
    """A tenth of them, over 200 days, within three standard errors of a day's."""
    best, allowed, list_of = crowd(1600)
    minutes = sum(one.minutes for one in best.values())
    used = [
        sum(best[who].minutes for who in draw_lots(each, best, allowed, list_of, ()).displaced)
        for each in days(200)
    ]
    spread = (sum((each - sum(used) / 200) ** 2 for each in used) / 199 / 200) ** 0.5
    assert spread < 0.005 * minutes
    assert abs(sum(used) / 200 - 0.1 * minutes) < 3 * spread


def test_lots_take_places_that_are_worth_little_rather_than_much():
    """By one over the root of what a minute is worth; a tenth of the minutes costs far less."""
    best, allowed, list_of = crowd(400)
    best = {who: replace(one, value_cents=4 ** (who % 7)) for who, one in best.items()}
    lost, value, taken_of = 0, sum(one.value_cents for one in best.values()), Counter()
    for lottery in days(400):
        drawn = draw_lots(lottery, best, allowed, list_of, ())
        lost += sum(best[who].value_cents for who in drawn.displaced)
        taken_of.update(best[who].value_cents for who in drawn.displaced if best[who].minutes > 1)
    assert lost / 400 < 0.06 * value
    places = Counter(one.value_cents for one in best.values() if one.minutes > 1)
    often = [taken_of[4**power] / places[4**power] for power in range(1, 5)]
    assert all(1.5 < more / less < 2.7 for more, less in pairwise(often)), often


def test_every_lot_fits_the_place_that_it_took():
    """Of the same list, in no more minutes; each customer once, nobody who keeps a place."""
    best, allowed, list_of = crowd(400)
    for lottery in days(20):
        drawn = draw_lots(lottery, best, allowed, list_of, ())
        freed, took = Counter(), Counter()
        for who in drawn.displaced:
            freed[list_of[who]] += best[who].minutes
        for who, one in drawn.chosen.items():
            took[list_of[who]] += one.minutes
            assert one in allowed[who]
            assert one is not best.get(who)
            assert who not in best or who in drawn.displaced
        assert all(took[name] <= freed[name] for name in took)
        assert len(drawn.chosen) == len(drawn.displaced)


def test_what_comes_out_has_the_probability_that_is_kept_with_it():
    """Over 1,500 days the inverse probabilities of each outcome add up to the number of days.

    For whoever could get an outcome every day, sum of 1 / p over the days on which it came out
    has mean `days`; the bound is four standard errors of that very sum.
    """
    best, allowed, list_of = crowd(60, lists=2)
    count = 1500
    total, squares, could = Counter(), Counter(), Counter()
    for lottery in days(count):
        drawn = draw_lots(lottery, best, allowed, list_of, ())
        for who in allowed:
            # Where nobody else stands for a place its owner can lose it to nobody.
            could[who] += who not in best or who in drawn.probability
            weight = 1 / drawn.probability.get(who, 1.0)
            total[who, kind(drawn, best, who)] += weight
            squares[who, kind(drawn, best, who)] += weight**2
    checked = 0
    for (who, came), weights in total.items():
        kept = best.get(who)
        always = kept is not None and came == (kept.offer_code, kept.channel)
        expected = count if always else could[who]
        slack = 4 * (squares[who, came] - weights**2 / count) ** 0.5
        assert abs(weights - expected) <= slack + 1e-6, (who, came)
        checked += 1
    # 12 who have a place: they keep it, lose it, or get another action; 48 get one or nothing.
    assert checked > 60 * 2


def test_a_place_is_kept_as_often_as_it_says_where_anybody_else_stands_for_it():
    """Within four standard errors; where nobody fits the place, nobody is drawn for it."""
    best, allowed, list_of = crowd(60, lists=2)
    kept, asked, said = Counter(), Counter(), {}
    for lottery in days(600):
        drawn = draw_lots(lottery, best, allowed, list_of, ())
        for who in best:
            if who in drawn.probability:
                asked[who] += 1
                kept[who] += who not in drawn.displaced
            else:
                assert who not in drawn.displaced
            if who in drawn.probability and who not in drawn.displaced:
                assert said.setdefault(who, drawn.probability[who]) == drawn.probability[who]
    calls, texts = ({said[w] for w in asked if best[w].minutes == m} for m in (8, 1))
    assert max(calls) < 0.9 < min(texts)
    for who, times in asked.items():
        often = said[who]
        assert abs(kept[who] - often * times) < 4 * (times * often * (1 - often)) ** 0.5


def test_no_limit_breaks_whatever_lots_draw_and_probabilities_stay_exact():
    """Texts have room for two more than are planned: only what a place frees goes to texts."""
    best, allowed, list_of = crowd(100, lists=2)
    texts = sum(one.channel == "sms" for one in best.values())
    limit = Limit("texts", None, texts + 2, {(None, "sms"): 1})
    least = Limit("least", None, texts, {(None, "sms"): 1}, minimum=True)
    total, count = Counter(), 500
    for lottery in days(count, share=0.5):
        drawn = draw_lots(lottery, best, allowed, list_of, (limit, least))
        made = [a for who, a in best.items() if who not in drawn.displaced]
        made += drawn.chosen.values()
        used = sum(taken(limit, one) for one in made)
        assert texts <= used <= texts + 2
        for who in best:
            total[who] += (who not in drawn.displaced) / drawn.probability.get(who, 1.0)
    assert all(abs(seen - count) < 4 * count**0.5 for seen in total.values())


def test_the_same_day_and_key_draw_the_same_and_others_do_not():
    """Whatever order customers come in."""
    best, allowed, list_of = crowd(300)
    first = draw_lots(days(1)[0], best, allowed, list_of, ())
    turned = dict(reversed(allowed.items()))
    assert draw_lots(days(1)[0], best, turned, list_of, ()) == first
    assert draw_lots(days(2)[1], best, allowed, list_of, ()).chosen != first.chosen
    other = Lottery(0.1, KEY + b"!", DAY)
    assert draw_lots(other, best, allowed, list_of, ()).chosen != first.chosen


def test_without_a_share_nobody_is_drawn():
    """Everything comes out with certainty."""
    best, allowed, list_of = crowd(300)
    drawn = draw_lots(days(1, share=0.0)[0], best, allowed, list_of, ())
    assert (drawn.chosen, drawn.displaced, drawn.probability) == ({}, {}, {})


def plans(a, share, keys):
    """The plan of one day for 40 customers of two managers, once for every key of the lots."""
    policy = replace(a.policy(), explore_share=share, holdout_share=0.0)
    people = [
        Candidate(
            a.customer(customer_id=who, manager_id=7 + who % 2, consents=(a.grant("2026-01-01"),)),
            {"buys:fund": 0.02 + who / 100, "churn": 0.1},
            50_000 * who,
        )
        for who in range(1, 41)
    ]
    for key in keys:
        yield plan_day(
            people, offers=(a.offer(),), policy=policy, day=DAY, holdout_key=key,
            explainer=a.explainer(), capacities={}, model_versions={}, draw=Draw(0.0),
        )  # fmt: skip


def test_the_plans_own_probabilities_hold_from_the_lots_to_the_trails(a):
    """Planned under 30 keys, what each trail says came out has the probability it says."""
    total, squares, count = Counter(), Counter(), 30
    for plan in plans(a, 0.4, (f"the lots' key, number {n}".encode() for n in range(count))):
        rows = {row.customer_id: row for row in plan.rows}
        for who in range(1, 41):
            trail = plan.trail(who)
            row = rows.get(who)
            came = NOTHING if row is None else (row.offer_code, row.channel)
            assert row is None or (row.probability, row.drawn) == (trail.probability, trail.drawn)
            total[who, came] += 1 / trail.probability
            squares[who, came] += 1 / trail.probability**2
        assert plan.balance.drawn == sum(row.drawn for row in plan.rows)
    certain = [key for key in total if squares[key] - total[key] ** 2 / count < 1e-9]
    assert len(certain) < 40
    often = [key for key in total if total[key] and squares[key] / total[key] ** 2 < 0.1]
    assert len(often) >= 40
    for key in often:
        slack = 4.5 * max(squares[key] - total[key] ** 2 / count, 0) ** 0.5
        assert abs(total[key] - count) <= slack + 1e-6, key


def test_who_lost_a_place_to_a_lot_is_told_so(a):
    """The trail's own action ends at the capacity, because of a lot, and the funnel counts it."""
    (plan,) = plans(a, 0.5, [KEY])
    lost = [who for who in range(1, 41) if plan.trail(who).reason == "lot"]
    assert lost
    assert dict(plan.funnel.steps[-1].drops)["lot"] == len(lost)
    assert all(plan.trail(who).step == "capacity" for who in lost)
