"""The policy file: what it says is what holds, and every mistake names its line and its remedy."""

# ruff: noqa: E501 - a table of mistakes reads by its rows

import re
from datetime import date

import pytest

from outreach import PolicyError, default_policy_text, load_policy, parse_policy

RULE = '[[rule]]\nid = "cap"\nkind = "frequency_cap"\nchannels = ["sms"]\nat_most = 2\ndays = 7\nowner = "m"\n'
HOURS = '[[rule]]\nid = "h"\nkind = "quiet_hours"\nowner = "m"\nallowed = [{ days = ["mon"], from = "09:00", to = "18:00" }]\n'
OFFER = (
    '[[offer]]\ncode = "loan"\nfamily = "consumer_loan"\nname_en = "Loan"\nname_zh = "贷款"\n'
    'margin_cents = { is = 90000, source = "assumed" }\nkinds = ["retail"]\ninvestment = false\n'
)
BANDS = "[[holdout.band]]\nassets_from_cents = 500\nshare = 0.05\n[[holdout.band]]\nassets_from_cents = 900\nshare = 0.02\n"


def test_bands_of_the_hold_out_are_read_in_their_order(a):
    """Without any there are none."""
    said = [(band.from_cents, band.share) for band in parse_policy(a.head + BANDS).holdout_bands]
    assert said == [(500, 0.05), (900, 0.02)]
    assert parse_policy(a.head).holdout_bands == ()


def test_the_shipped_policy_holds_together():
    """It loads, and its version is the hash of its text."""
    policy = parse_policy(default_policy_text())
    assert policy.version == parse_policy(default_policy_text()).version
    assert policy.version != parse_policy(default_policy_text() + "\n# another word").version
    assert [rule.step for rule in policy.rules] == sorted(rule.step for rule in policy.rules)


def test_a_policy_may_declare_what_a_poor_source_lacks(a):
    """Offers with assumed margins, lists by branch, a channel without consent or contact point."""
    policy = parse_policy(a.head.replace('"manager"', '"branch"') + OFFER)
    (offer,) = policy.offers
    assert (offer.code, offer.margin_cents, offer.assumed) == ("loan", 90_000, ("margin",))
    assert (policy.lists_by, policy.channel("branch").points) == ("branch", None)


@pytest.mark.parametrize(
    ("text", "old", "new", "message"),
    [
        (RULE, "frequency_cap", "frequency_cup", r"kind 'frequency_cup' is unknown; choose one of: consent, "),
        (RULE, "at_most = 2", "at_most = 0", r"at_most is 0; write a whole number of 1 or more, or leave the key out"),
        (RULE, "at_most = 2", "at_most = true", r"at_most is True; write a whole number"),
        (RULE, "at_most = 2\n", "", r"at_most is missing; add at_most ="),
        (RULE, "days = 7\n", "", r"window of the cap is missing; write either days = 7 or hours"),
        (RULE, "days = 7\n", "days = 7\nhours = 3\n", r"window of the cap is given twice"),
        (RULE, '["sms"]', '["fax"]', r"channels holds 'fax', which is unknown; known: phone, sms, branch"),
        (RULE, '["sms"]', "[]", r"channels is an empty list"),
        (RULE, '["sms"]', '["sms", "sms"]', r"channels names a word twice"),
        (RULE, 'owner = "m"', 'owner = "m"\npre = 3', r"key 'pre' is unknown here; known: .*at_most"),
        (RULE, 'owner = "m"\n', "", r"owner is missing"),
        (RULE, 'owner = "m"', 'owner = " "', r"owner is empty"),
        (RULE, 'id = "cap"', 'id = "dnc"', r"id 'dnc' belongs to a built-in check"),
        (RULE, "days = 7", 'days = 7\nexpires = "soon"', r"expires is 'soon'; write a date"),
        (RULE, "days = 7", "days = 7\nexpires = 2026-01-01T00:00:00", r"expires has a time of day"),
        (RULE, "days = 7", 'days = 7\ncategories = ["risk"]', r"categories holds 'risk', which is unknown; known: marketing, service"),
        (RULE, 'kind = "frequency_cap"\nchannels = ["sms"]\nat_most = 2', 'kind = "complaint_cooloff"\ncategories = ["service"]', r"binds marketing only"),
        (RULE + RULE, "zone", "zone", r"id 'cap' stands twice; give each its own"),
        (HOURS + HOURS.replace('"h"', '"g"').replace("mon", "tue"), "zone", "zone", r"rules h, g leave channel phone no hour; let their hours overlap"),
        (HOURS, '["mon"]', '["monday"]', r"days holds 'monday', which is unknown; known: mon, tue"),
        (HOURS, '"09:00"', '"9am"', r"from '9am' is no time of day"),
        (HOURS, '"18:00"', '"09:00"', r"from and to are the same time"),
        (HOURS, '[{ days = ["mon"], from = "09:00", to = "18:00" }]', "[]", r"no hours are allowed"),
        (HOURS, '"18:00" }]', '"18:00" }]\nrelease = "later"', r"release 'later' is unknown; choose one of: queue, discard"),
        (OFFER, "consumer_loan", "car_loan", r"family 'car_loan' is unknown; choose one of: deposit"),
        (OFFER, "is = 90000", "is = 900.5", r"margin_cents has a fraction"),
        (OFFER, 'margin_cents = { is = 90000, source = "assumed" }', "margin_cents = 90000", r"margin_cents is 90000; write \{ is = <number>, source"),
        (OFFER + OFFER, "zone", "zone", r"code 'loan' stands twice"),
        ("", 'id = "sms"', 'id = "pigeon"', r"id 'pigeon' is unknown; choose one of: phone, sms"),
        ("", 'id = "sms"', 'id = "phone"', r"id 'phone' stands twice"),
        ("", "minutes = 8", "minutes = 0", r"minutes is 0; write a whole number of 1 or more, or leave the key out"),
        ("", 'zone = "Asia/Shanghai"', 'zone = "Shanghai"', r"zone 'Shanghai' is no IANA time zone"),
        ("", "share = 0.10", "share = 0", r"share is 0; write a share such as 0.10"),
        ("", "share = 0.10", "share = 0.9", r"share is 0.9; write a number from 0 to 0.5"),
        (BANDS, "share = 0.05", "share = 0", r"share is 0; write a share such as 0.10"),
        (BANDS, "share = 0.05\n", "", r"share is missing"),
        (BANDS, "assets_from_cents = 500", "assets_from_cents = 0", r"assets_from_cents is 0; write a whole number of 1 or more"),
        (BANDS, "assets_from_cents = 900", "assets_from_cents = 500", r"begins at 500, and the band before it at 500; write bands from the least assets to the most"),
        (BANDS, "share = 0.05", "share = 0.05\nof = 3", r"key 'of' is unknown here"),
        ("", '"manager"', '"team"', r"by 'team' is unknown; choose one of: manager, branch"),
        ("", "sms = { is = 1.1", "fax = { is = 1.1", r"channel 'fax' is not declared; declared: phone"),
        ("", 'sms = { is = 1.1, source = "trial 3" }\n', "", r"sms is missing; add sms = "),
        ("", "[capacity]", "[capacities]", r"capacity is missing; add capacity = a table"),
        ("", "default_minutes = 60", "default_minutes = 60\nspare = 3", r"key 'spare' is unknown here"),
        ("", "discount = { is = 0.08", "discount = { is = 8", r"is is 8; write a number from 0 to 1"),
        ("", "currency", "money = 3\ncurrency", r"key 'money' is unknown here"),
        ("", "zone =", "zone ==", r"does not read as TOML: .*line 2"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_file_is_refused(a, text, old, new, message):
    """Unknown, missing, doubled or impossible: what is wrong, what is allowed, what to do."""
    whole = a.head + text
    assert old in whole
    with pytest.raises(PolicyError, match=message) as caught:
        parse_policy(whole.replace(old, new, 1), "bank.toml")
    assert str(caught.value).startswith("bank.toml")


@pytest.mark.parametrize(
    ("old", "new"),
    [("at_most = 2", "at_most = 0"), ('["sms"]', '["fax"]'), ('owner = "m"', "owner = 3")],
)
def test_a_mistake_names_its_line(a, old, new):
    """The line is the one on which the wrong key stands."""
    text = (a.head + HOURS + RULE).replace(old, new, 2 if old.startswith("owner") else 1)
    line = next(n for n, said in enumerate(text.splitlines(), 1) if new in said)
    with pytest.raises(PolicyError) as caught:
        parse_policy(text)
    assert re.match(rf"policy\.toml, line {line} ", str(caught.value))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    """The path stands in the message."""
    with pytest.raises(PolicyError, match=r"none\.toml cannot be read"):
        load_policy(tmp_path / "none.toml")


def test_a_file_reads_as_its_text(a, tmp_path):
    """Loading a file equals parsing its text."""
    file = tmp_path / "policy.toml"
    file.write_text(a.head + RULE.replace("days = 7", "days = 7\nexpires = 2026-12-31"), "utf-8")
    policy = load_policy(file)
    (cap,) = [rule for rule in policy.rules if rule.id == "cap"]
    assert (cap.step, cap.owner, cap.expires) == (9, "m", date(2026, 12, 31))
