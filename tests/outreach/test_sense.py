"""A policy file that cannot be meant is refused: what nothing passes, what contradicts itself."""

# ruff: noqa: E501 - a table of mistakes reads by its rows

import pytest
from policed import hours, policy_of

from features.tables import OFFERS, PRODUCTS
from outreach import PolicyError, UnknownOffer, offers_of


def never(name, first, then, days=90):
    return f'id = "{name}"\nkind = "never_followed"\nfirst = {{ {first} }}\nthen = {{ {then} }}\ndays = {days}'


def after(name, then, first, more=""):
    return f'id = "{name}"\nkind = "only_after"\nthen = {{ {then} }}\nfirst = {{ {first} }}\n{more}'


def volume(more):
    return f'id = "volume"\nkind = "volume"\nperiod = "day"\n{more}'


GOLD, PLATINUM = 'offers = ["gold"]', 'offers = ["platinum"]'
CARDS, FUNDS = 'families = ["credit_card"]', 'families = ["fund"]'
CALL, LETTER, MAIL = (f'channels = ["{name}"]' for name in ("phone", "post", "email"))
MORNING, EVENING = hours(("09:00", "12:00")), hours(("18:00", "20:00")).replace('"hours"', '"late"')
TWICE = "are about the same sequence; keep one of them, with the days that are meant"
CIRCLE = "need each other's contact first, so that none can ever be made; let one of the contacts come first"


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([never("a", PLATINUM, GOLD), never("b", PLATINUM, GOLD, 30)], f"rules a and b {TWICE}"),
        ([never("a", CARDS, FUNDS), never("b", CARDS + ", " + PLATINUM, FUNDS)], f"rules a and b {TWICE}"),
        ([never("a", CALL, MAIL), never("b", PLATINUM + ", " + CALL, MAIL)], f"rules a and b {TWICE}"),
        ([never("a", PLATINUM, PLATINUM)], "first and then overlap, so that a contact would forbid itself"),
        ([never("a", CALL, GOLD)], "first and then overlap, so that a contact would forbid itself"),
        ([never("a", "", GOLD)], r'first names nothing; write first = \{ offers = \["platinum-card"\] \}'),
        ([after("a", CALL, CALL)], "first and then overlap, so that a contact would need itself"),
        ([after("a", CALL, LETTER), after("b", LETTER, CALL)], f"rules a, b {CIRCLE}"),
        ([after("a", CALL, LETTER), after("b", LETTER, MAIL), after("c", MAIL, CALL)], f"rules a, b, c {CIRCLE}"),
        (
            [never("a", LETTER, CALL, 30), after("b", CALL, LETTER, "within_days = 30")],
            "nothing can pass rules b and a: the one asks for a contact that the other forbids to follow; let b look back further than a",
        ),
        (
            [after("b", CALL, LETTER, "within_days = 14"), never("a", LETTER, CALL, 30)],
            "nothing can pass rules b and a",
        ),
        ([MORNING, EVENING], "rules hours, late leave channel phone no hour; let their hours overlap"),
        ([volume('at_most = 7\nunit = "minutes"\nchannels = ["phone"]')], "at_most is 7 minutes, and one contact by phone takes 8, so that none could ever be made; write 8 or more"),
        ([volume('at_most = 99\nunit = "minutes"\nchannels = ["app"]')], 'no channel that rule volume binds takes minutes; write unit = "contacts"'),
        ([volume("at_most = 0")], "at_most is 0; write a whole number of 1 or more, or leave the key out where none is meant"),
        (['id = "cap"\nkind = "frequency_cap"\nat_most = 1\ndays = 7\ntags = ["promo"]'], "tags holds 'promo', which is unknown; known: none"),
        (['id = "cap"\nkind = "frequency_cap"\nat_most = 1\ndays = 7\noffers = []'], "offers is an empty list; name one or more"),
        (['id = "s"\nkind = "outcome_suppression"\ncodes = ["HUNG_UP"]\ndays = 3'], "codes holds 'HUNG_UP', which is unknown; known: CONNECTED_INTERESTED"),
        (['id = "s"\nkind = "outcome_suppression"\ncodes = ["CLICK"]\nat_least = 3\ndays = 3'], "within_days"),
        (['id = "w"\nkind = "no_answer_backoff"\nwait_days = [3, 1]\nstop_days = 30'], "waits of 3, 1, 30 days grow shorter"),
        (['id = "w"\nkind = "no_answer_backoff"\nwait_days = [0]\nstop_days = 30'], r"wait_days is \[0\]; write whole numbers of days"),
        (['id = "g"\nkind = "min_gap"'], "the gap has no length; add hours = 4"),
        (['id = "g"\nkind = "min_gap"\nhours = 0'], "hours is 0; write a whole number of 1 or more"),
        (['id = "h"\nkind = "holidays"'], r"the policy names no holidays; add \[\[holiday\]\]"),
        ([hours(("09:00", "20:00"), more="make_up_workdays = true")], "the policy names no make-up workdays"),
        (['id = "c"\nkind = "frequency_cap"\nat_most = 1\nperiod = "day"\ntz = "Shanghai"'], "tz 'Shanghai' is no IANA time zone; write one such as Asia/Shanghai"),
        (['id = "c"\nkind = "frequency_cap"\nat_most = 1\ndays = 7\nlook_back = false'], "look_back and since say different things"),
    ],
)  # fmt: skip
def test_rules_that_cannot_be_meant_are_refused(rules, message):
    """The error names the file and its line, what is wrong, and what to do."""
    with pytest.raises(PolicyError, match=message) as caught:
        policy_of(*rules)
    assert str(caught.value).startswith("test.toml, line ")


@pytest.mark.parametrize(
    "rules",
    [
        [never("a", PLATINUM, GOLD), never("b", GOLD, PLATINUM)],
        [never("a", LETTER, CALL, 10), after("b", CALL, LETTER, "within_days = 30")],
        [after("a", CALL, LETTER), after("b", LETTER, MAIL)],
        [never("a", PLATINUM, GOLD, 90), after("b", CALL, LETTER, "within_days = 30")],
        [
            never("a", PLATINUM + ", " + LETTER, CALL, 90),
            after("b", CALL, LETTER, "within_days = 9"),
        ],
        [after("a", CALL, LETTER), after("b", GOLD + ", " + LETTER, CALL)],
        [after("a", CALL, LETTER), after("b", CARDS + ", " + LETTER, MAIL), after("c", MAIL, CALL)],
        [MORNING, hours(("11:00", "20:00")).replace('"hours"', '"late"')],
        [volume('at_most = 8\nunit = "minutes"\nchannels = ["phone"]')],
    ],
)
def test_rules_that_fit_together_are_read(rules):
    """Both ways round, one after the other, with an hour, a place or some contact in common."""
    assert len([rule for rule in policy_of(*rules).rules if rule.owner == "test"]) == len(rules)


OFFER = """
[[offer]]
code = "loan"
family = "consumer_loan"
name_en = "Loan"
name_zh = "贷款"
margin_cents = { is = 90000, source = "assumed" }
kinds = ["retail"]
investment = false
"""


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("min_age = 65\nmax_age = 18", "max_age 18 lies below min_age 65, so that nobody is ever offered it"),
        ("valid_from = 2026-07-01\nvalid_to = 2026-06-30", "valid_to 2026-06-30 lies below valid_from 2026-07-01"),
    ],
)  # fmt: skip
def test_an_offer_that_nobody_can_get_is_refused(more, message):
    """Ages and days that leave nobody and no day."""
    with pytest.raises(PolicyError, match=message):
        policy_of(more=OFFER + more)
    assert policy_of(more=OFFER + "min_age = 18\nmax_age = 18").offers


@pytest.mark.parametrize(
    ("rules", "more", "where"),
    [
        (['id = "c"\nkind = "frequency_cap"\nat_most = 1\ndays = 7\noffers = ["loon"]'], "", r"\[\[rule\]\] c"),
        ([never("n", 'offers = ["loon"]', 'offers = ["loan"]')], "", r"\[\[rule\]\] n"),
        ([after("o", CALL, 'offers = ["loon"], channels = ["post"]')], "", r"\[\[rule\]\] o"),
        ([volume('at_most = 9\noffers = ["loon"]')], "", r"\[\[rule\]\] volume"),
        ([], '[tags]\npromo = ["loon"]\n', r"\[tags\] promo"),
        ([], '[[minimum]]\nid = "m"\nowner = "o"\nat_least = 1\noffers = ["loon"]\n', r"\[\[minimum\]\] m"),
    ],
)  # fmt: skip
def test_an_offer_that_is_not_on_sale_is_refused_wherever_it_is_named(rules, more, where):
    """A misspelt code would bind nobody in silence."""
    policy = policy_of(*rules, more=more + OFFER)
    with pytest.raises(UnknownOffer, match=rf"{where} names offer 'loon', .* did you mean loan"):
        offers_of(OFFERS.schema.empty_table(), PRODUCTS.schema.empty_table(), policy)
