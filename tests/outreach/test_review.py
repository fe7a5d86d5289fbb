"""What a good policy's owner is told: what has ended, what never bites, what is unprotected."""

from datetime import date

import pytest
from policed import hours, policy_of

from outreach import default_policy_text, endings, parse_policy, review

DAY = date(2026, 6, 8)
CONSENT = 'id = "consent"\nkind = "consent"\nmode = "restrictive"'
GOOD = (CONSENT, hours(("09:00", "21:00")))
LEVER = """
[[lever]]
id = "push"
owner = "cards"
expires = {day}
{about}
weight = 20
most_rows = 9
"""
HOLIDAY = '[[holiday]]\nname = "Spring"\nfrom = 2026-02-16\nto = 2026-02-22\n'


def cap(name, most, days, more=""):
    return f'id = "{name}"\nkind = "frequency_cap"\nat_most = {most}\ndays = {days}\n{more}'


def told(*rules, more="", day=DAY):
    return [notice.about for notice in review(policy_of(*GOOD, *rules, more=more), day)]


def test_the_shipped_policy_leaves_nothing_to_say():
    """Everything in it has an effect, and every number is protected."""
    policy = parse_policy(default_policy_text())
    assert (review(policy, DAY), list(endings(policy))) == ((), [])


@pytest.mark.parametrize(
    ("rules", "more"),
    [
        ([cap("cap", 1, 7, "expires = 2026-06-08")], ""),
        ([], LEVER.format(day="2026-06-08", about='families = ["fund"]')),
        ([], '[[minimum]]\nid = "cap"\nowner = "o"\nat_least = 1\nexpires = 2026-06-08\n'),
        ([], '[[price_band]]\nname = "cap"\nowner = "o"\nrate_bps = 480\nvalid_to = 2026-06-08\n'),
        (['id = "cap"\nkind = "holidays"'], HOLIDAY.replace("-02-", "-06-").replace("16", "07")
         .replace("22", "08")),
    ],
)  # fmt: skip
def test_what_has_ended_is_told_from_the_day_after_its_last(rules, more):
    """On the last day it still holds."""
    assert told(*rules, more=more) == []
    assert told(*rules, more=more, day=date(2026, 6, 9)) in (["cap"], ["push"])


@pytest.mark.parametrize(
    ("rules", "idle"),
    [
        ([cap("month", 4, 30), cap("week", 1, 7)], []),
        ([cap("month", 1, 30), cap("week", 1, 7)], ["week"]),
        ([cap("week", 2, 7), cap("month", 1, 30)], ["week"]),
        ([cap("one", 1, 7), cap("two", 1, 7)], ["two"]),
        ([cap("month", 1, 30, 'channels = ["sms"]'), cap("week", 1, 7)], []),
        ([cap("month", 1, 30, "expires = 2026-12-31"), cap("week", 1, 7)], []),
        ([cap("month", 1, 30), cap("week", 1, 7, "expires = 2026-12-31")], ["week"]),
        ([cap("month", 1, 30, "expires = 2026-06-07"), cap("week", 1, 7)], ["month"]),
        ([cap("planned", 1, 30, 'window = "any_window"'), cap("week", 1, 7)], []),
    ],
)
def test_a_cap_that_another_always_keeps_is_told(rules, idle):
    """As many or more in a time as long or shorter, over the same contacts, and no longer lived."""
    assert told(*rules) == idle


def test_a_consent_rule_that_asks_nothing_is_told():
    """Mode = "disabled" lets everyone through."""
    off = 'id = "off"\nkind = "consent"\nmode = "disabled"'
    assert told(off) == ["off"]


def test_a_doubt_that_never_shows_is_told():
    """What is not used any more is never doubtful."""
    for doubtful, about in ((365, ["identity"]), (364, [])):
        more = f"[identity]\nmax_age_days = 365\ndoubtful_after_days = {doubtful}\n"
        assert told(more=more) == about


def test_a_lever_on_care_calls_where_none_is_weighed_is_told():
    """Without a figure in save_rate no channel makes care calls."""
    lever = LEVER.format(day="2026-12-31", about="care_calls = true")
    assert told(more=lever) == []
    text = policy_of(*GOOD, more=lever).text
    without = text.replace('phone = { is = 0.2, source = "assumed" }\n', "")
    assert [notice.about for notice in review(parse_policy(without), DAY)] == ["push"]


def test_repeated_care_where_no_care_call_is_weighed_is_told():
    """The table is read by care calls alone."""
    figure = '{ is = 0.25, source = "assumed" }'
    table = f"[value.repeated_care]\nfactor = {figure}\nhalf_life_days = {figure}\n"
    assert told(more=table) == []
    text = policy_of(*GOOD, more=table).text
    without = text.replace('phone = { is = 0.2, source = "assumed" }\n', "")
    assert [notice.about for notice in review(parse_policy(without), DAY)] == ["repeated_care"]


def test_a_channel_to_a_number_that_nothing_protects_is_told():
    """Without consent, and without hours; channels without a number are left out."""
    bare = review(policy_of(), DAY)
    assert [notice.about for notice in bare] == ["phone"] * 2 + ["sms"] * 2 + ["email"] * 2
    assert all(notice.words.en and notice.words.zh for notice in bare)
    ended = review(policy_of(CONSENT + "\nexpires = 2026-06-07", GOOD[1]), DAY)
    assert [notice.about for notice in ended] == ["consent", "phone", "sms", "email"]
