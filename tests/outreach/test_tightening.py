"""Which changes of a policy only tighten, judged by hand, and by what both policies decide."""

import tomllib
from datetime import timedelta

import numpy as np
import pytest
from policed import customer, hours, moment, past, policy_of

from outreach import Facts, Request, decide, default_policy_text, loosenings, parse_policy

SHIPPED = default_policy_text()
BASE = parse_policy(SHIPPED)
ALLOWED = '{ days = ["mon", "tue", "wed", "thu", "fri"], from = "09:00", to = "20:00" }'
MONTHLY = 'at_most = 4\ndays = 30\nowner = "marketing"'
SUPPRESSED = 'codes = ["NOT_NOW"]\ndays = 3\nscope = "customer"'
NEW_RULE = """
[[rule]]
id = "quiet_lunch"
kind = "min_gap"
hours = 4
owner = "branches"
"""
TIGHTER = (
    ("", "# a word more\n"),
    ("", NEW_RULE),
    (MONTHLY, MONTHLY.replace("4", "3")),
    (MONTHLY, MONTHLY.replace("30", "45")),
    (MONTHLY, MONTHLY.replace('"marketing"', '"the board"')),
    ('mode = "restrictive"', 'mode = "restrictive"\nsource = "law"'),
    ('marketing_covers = ["retention"]\n', ""),
    ('kind = "complaint_cooloff"\ndays = 30', 'kind = "complaint_cooloff"\ndays = 31'),
    (ALLOWED, ALLOWED.replace("09:00", "09:30").replace("20:00", "19:00")),
    (ALLOWED, ALLOWED.replace(', "fri"', "")),
    ("days_before_maturity = 15", "days_before_maturity = 10"),
    ("family_rejects = 2", "family_rejects = 1"),
    ('codes = ["NOT_NOW"]', 'codes = ["NOT_NOW", "SHOULD_NOT_DISTURB"]'),
    ('channels = ["phone"]\nat_most = 2', 'channels = ["phone", "sms"]\nat_most = 2'),
    ('channels = ["phone"]\nat_most = 2', "at_most = 2"),
)
LOOSER = (
    (MONTHLY, MONTHLY.replace("4", "5"), ["all_channels_monthly: at_most 4 becomes 5"]),
    (MONTHLY, MONTHLY.replace("30", "20"), ["all_channels_monthly: days 30 becomes 20"]),
    (MONTHLY, MONTHLY.replace("days = 30", 'period = "month"'), ["days 30 becomes", "period"]),
    (MONTHLY, f"{MONTHLY}\nexpires = 2030-01-01", ["expires (none) becomes 2030-01-01"]),
    (MONTHLY, f'channels = ["sms"]\n{MONTHLY}', ["channels (none) becomes ['sms']"]),
    (MONTHLY, f'categories = ["marketing", "service"]\n{MONTHLY}', ["categories"]),
    ('kind = "low_mood"\ndays = 14', 'kind = "complaint_cooloff"\ndays = 14', ["another kind"]),
    ('mode = "restrictive"', 'mode = "disabled"', ["mode restrictive becomes disabled"]),
    (ALLOWED, ALLOWED.replace("20:00", "20:01"), ["calling_hours: allowed"]),
    (ALLOWED, ALLOWED.replace("20:00", "08:00"), ["calling_hours: allowed"]),
    ("share = 0.10", "share = 0.20", ["holdout is another"]),
    ("opt_out_cents = { is = 20000", "opt_out_cents = { is = 2", ["value is another"]),
    ('currency = "CNY"', 'currency = "EUR"', ["currency is another"]),
    ("minutes = 8\n", "minutes = 4\n", ["channel is another"]),
)


def changed(was, becomes):
    """The shipped policy with one place written otherwise, where it reads."""
    assert was in SHIPPED
    text = SHIPPED + becomes if not was else SHIPPED.replace(was, becomes, 1)
    if not was and becomes.startswith("#"):
        text = becomes + SHIPPED
    return parse_policy(text)


@pytest.mark.parametrize(("was", "becomes"), TIGHTER)
def test_what_only_tightens_needs_nobody(was, becomes):
    """More rules, lower caps, longer rests, shorter hours: nothing is told."""
    assert loosenings(BASE, changed(was, becomes)) == ()


@pytest.mark.parametrize(("was", "becomes", "told"), LOOSER)
def test_whatever_else_changes_is_told(was, becomes, told):
    """Higher caps, shorter rests, wider hours, and everything that is not known to tighten."""
    found = [each.en for each in loosenings(BASE, changed(was, becomes))]
    assert len(found) == len(told)
    for each, part in zip(found, told, strict=True):
        assert part in each


@pytest.mark.parametrize(("was", "becomes"), TIGHTER)
def test_the_way_back_of_a_tightening_loosens(was, becomes):
    """But for words that change nothing."""
    other = changed(was, becomes)
    same = [rule | {"owner": "", "source": ""} for rule in tomllib.loads(other.text)["rule"]]
    before = [rule | {"owner": "", "source": ""} for rule in tomllib.loads(SHIPPED)["rule"]]
    assert bool(loosenings(other, BASE)) is (same != before)


def test_a_rule_that_goes_loosens():
    """Each rule of the shipped policy is missed by name."""
    for rule in tomllib.loads(SHIPPED)["rule"]:
        start = SHIPPED.index(f'[[rule]]\nid = "{rule["id"]}"')
        end = min(i for mark in ("\n[[", "\n# ", "\n[") if (i := SHIPPED.find(mark, start + 8)) > 0)
        other = parse_policy(SHIPPED[:start] + SHIPPED[end:])
        assert [each.en for each in loosenings(BASE, other)] == [f"rule {rule['id']} is gone"]


# Two bodies of one rule, the second tighter by what loosenings says.
PAIRS = (
    ("frequency_cap", "at_most = 3\ndays = 7", "at_most = 2\ndays = 9"),
    ("frequency_cap", 'channels = ["sms"]\nat_most = 2\ndays = 7', "at_most = 2\ndays = 7"),
    ("frequency_cap", 'at_most = 3\nperiod = "week"', 'at_most = 2\nperiod = "week"'),
    ("min_gap", "hours = 20", "hours = 50"),
    ("days_gap", 'channels = ["phone"]\ndays = 2', 'channels = ["phone", "sms"]\ndays = 3'),
    ("outcome_suppression", SUPPRESSED, SUPPRESSED.replace("days = 3", "days = 9")),
    ("outcome_suppression", SUPPRESSED, SUPPRESSED.replace('"]', '", "NOT_INTERESTED_OFFER"]')),
)


@pytest.mark.parametrize(("kind", "old", "new"), PAIRS)
def test_what_is_said_to_tighten_never_allows_what_was_forbidden(kind, old, new):
    """Over random histories: what the old rule blocks the new one blocks, and sometimes more."""
    policies = [policy_of(f'id = "one"\nkind = "{kind}"\n{body}') for body in (old, new)]
    assert loosenings(*policies) == ()
    assert loosenings(*reversed(policies)) != ()
    rng, at, stricter = np.random.default_rng(7), moment("2026-06-30 10:00"), 0
    for number in range(150):
        contacts = tuple(
            past(
                at - timedelta(hours=int(rng.integers(1, 400))),
                str(rng.choice(["sms", "phone"])),
                contact_id=f"bank:{number}:{each}",
                outcome=str(rng.choice(["NOT_NOW", "NOT_INTERESTED_OFFER", "CONNECTED_THINKING"])),
            )
            for each in range(int(rng.integers(1, 5)))
        )
        facts = Facts(customer(contacts=contacts), {}, holdout=False)
        asked = Request("r", 1, str(rng.choice(["sms", "phone"])), point_id=11)
        before, after = (decide(asked, facts, each, at).verdict for each in policies)
        assert (before, after) != ("block", "allow")
        assert before == "allow" or after != "allow"
        stricter += before != after
    assert stricter > 0


def test_shorter_hours_over_midnight_are_compared_by_the_minute():
    """A window that closes on the next day, and two that say what one says, are read rightly."""
    night = policy_of(hours(("22:00", "02:00")))
    for windows, tighter in (
        ([("23:00", "02:00")], True),
        ([("22:00", "23:30"), ("23:30", "02:00")], True),
        ([("22:00", "02:01")], False),
        ([("21:59", "02:00")], False),
        ([("00:00", "24:00")], False),
        ([("00:00", "02:00"), ("22:00", "24:00")], True),
    ):
        other = policy_of(hours(*windows))
        assert (loosenings(night, other) == ()) is tighter
