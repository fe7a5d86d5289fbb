"""Lots take their share of the minutes, by chances that are known, and break no limit."""

from collections import Counter
from datetime import date, timedelta

import pytest

from outreach import Action, Limit
from outreach.explore import Lottery, draw_lots

KEY = b"sixteen bytes and more"
DAY = date(2026, 6, 8)


def action(customer, offer, channel, minutes, value=100):
    factors = ("buys:fund", 0.1, 0.05, 1, 0.0, 0.0, 0, 0.0, 0.0)
    return Action(customer, offer, channel, minutes, *factors, value, ())


def crowd(count, lists=4):
    """Customers with one to three allowed actions, some of them worth less than nothing."""
    allowed = {
        who: [
            action(who, "card", "phone", 8),
            *([action(who, "fund", "branch", 20, value=-50)] if who % 2 else []),
            *([action(who, None, "sms", 1)] if who % 3 == 0 else []),
        ]
        for who in range(count)
    }
    return allowed, {who: who % lists for who in range(count)}


def days(count):
    return [Lottery(0.1, KEY, DAY + timedelta(days=n)) for n in range(count)]


def test_lots_take_their_share_of_each_lists_minutes_on_average():
    """10 % of 300 minutes, over 200 days: within three standard errors of 30."""
    allowed, list_of = crowd(400)
    minutes = dict.fromkeys(range(4), 300)
    used = []
    for lottery in days(200):
        drawn = draw_lots(lottery, allowed, list_of, minutes, ())
        assert not drawn.crowded_out
        used += [300 - left for left in drawn.minutes.values()]
    mean = sum(used) / len(used)
    spread = (sum((u - mean) ** 2 for u in used) / len(used)) ** 0.5
    assert abs(mean - 30) < 3 * spread / len(used) ** 0.5


def test_every_action_is_drawn_as_often_as_its_probability_says():
    """Over 3,000 days each of a customer's actions within three standard errors of its own."""
    allowed, list_of = crowd(40, lists=1)
    seen, chance = Counter(), {}
    for lottery in days(3000):
        drawn = draw_lots(lottery, allowed, list_of, {0: 400}, ())
        chance = {who: drawn.chance_of[who] / len(allowed[who]) for who in allowed}
        for who, chosen in drawn.chosen.items():
            assert drawn.probability[who] == chance[who]
            seen[who, chosen.offer_code] += 1
    for who in (0, 1, 3, 9):
        for own in allowed[who]:
            expected = 3000 * chance[who]
            bound = 3.5 * (expected * (1 - chance[who])) ** 0.5
            assert abs(seen[who, own.offer_code] - expected) < bound


def test_lots_keep_within_limits_and_say_who_was_crowded_out():
    """Two texts are allowed; whoever was drawn for a third gets nothing, and is named."""
    allowed = {who: [action(who, None, "sms", 0)] for who in range(500)}
    limit = Limit("texts", None, 2, {(None, "sms"): 1})
    least = Limit("least", None, 5, {(None, "sms"): 1}, minimum=True)
    drawn = draw_lots(days(1)[0], allowed, dict.fromkeys(allowed, 1), {1: 100}, (limit, least))
    assert len(drawn.chosen) == 2
    assert 25 < len(drawn.crowded_out) < 75
    assert [one.amount for one in drawn.limits] == [0, 3]


def test_the_same_day_and_key_draw_the_same_and_others_do_not():
    """Whatever order customers come in; a customer's lot hangs on nobody else's."""
    allowed, list_of = crowd(300)
    minutes = dict.fromkeys(range(4), 300)
    first = draw_lots(days(1)[0], allowed, list_of, minutes, ())
    turned = dict(reversed(allowed.items()))
    assert draw_lots(days(1)[0], turned, list_of, minutes, ()).chosen == first.chosen
    assert draw_lots(days(2)[1], allowed, list_of, minutes, ()).chosen != first.chosen
    other = Lottery(0.1, KEY + b"!", DAY)
    assert draw_lots(other, allowed, list_of, minutes, ()).chosen != first.chosen


@pytest.mark.parametrize("share", [0.0])
def test_without_a_share_nobody_is_drawn(share):
    """The chance is 0, whatever the lot."""
    allowed, list_of = crowd(300)
    lottery = Lottery(share, KEY, DAY)
    assert draw_lots(lottery, allowed, list_of, dict.fromkeys(range(4), 300), ()).chosen == {}
