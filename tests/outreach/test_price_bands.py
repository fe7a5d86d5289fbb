"""Price bands: the best that is known to hold, equal for equals, and told wherever the row goes."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodcall.profile import Assessment, Holding
from outreach import Candidate, PolicyError, plan_day
from outreach.condition_file import facts_named
from outreach.conditions import Comparison, Not
from outreach.customer_facts import FACTS, PRICE_FACTS, Subject
from outreach.planned import row_from, row_values
from outreach.price_bands import Price, PriceBand, price_of
from outreach.scope import Scope

DAY = date(2026, 6, 8)
KEY = b"sixteen bytes and more"


def band(name, rest):
    return f'[[price_band]]\nname = "{name}"\nowner = "pricing"\n{rest}\n'


LONG = 'needs = { fact = "tenure_days", at_least = 365 }'
RICH = 'needs = { fact = "assets_mean_90d", at_least = 5000000 }'
BANDS = (
    band("everyone", "rate_bps = 300")
    + band("long", "rate_bps = 320\n" + LONG)
    + band("rich", "rate_bps = 350\n" + RICH)
)


def priced(a, text, offer=None, *, row=None, day=DAY, **facts):
    bands = a.policy(head=a.head + text).arbitration.bands
    found = price_of(bands, offer or a.offer(), Subject(a.customer(**facts), day, row))
    return None if found is None else found.band


def test_a_customer_gets_the_best_band_that_is_known_to_hold(a):
    """On savings the highest rate; what is unknown is not yes."""
    old, new = date(2020, 1, 1), date(2026, 1, 1)
    rich, poor = {"assets_mean_90d": 6e6}, {"assets_mean_90d": 1.0}
    for opened, row, expected in (
        (new, poor, "everyone"), (old, poor, "long"), (old, rich, "rich"), (new, rich, "rich"),
        (None, {}, "everyone"), (old, {}, "long"), (old, None, "long"),
    ):  # fmt: skip
        assert priced(a, BANDS, opened_on=opened, row=row) == expected


def test_on_credit_the_lowest_rate_is_best_and_so_is_the_lowest_fee(a):
    """What is best is best for the customer; of equals the first in the file."""
    rich = {"assets_mean_90d": 6e6}
    loan = a.offer(family="consumer_loan")
    assert priced(a, BANDS, loan, row=rich, opened_on=date(2020, 1, 1)) == "everyone"
    fees = band("a", "fee_bps = 50") + band("b", "fee_bps = 20") + band("c", "fee_bps = 20")
    assert priced(a, fees) == "b"
    assert priced(a, fees, loan) == "b"


def test_a_band_holds_on_its_days_for_its_offers(a):
    """Both days included; another family has no price."""
    text = band(
        "june", "rate_bps = 1\nvalid_from = 2026-06-08\nvalid_to = 2026-06-09\nfamilies = ['fund']"
    )
    found = [priced(a, text, day=date(2026, 6, day)) for day in (7, 8, 9, 10)]
    assert found == [None, "june", "june", None]
    assert priced(a, text, a.offer("t", "deposit")) is None


NUMBERS = [name for name in PRICE_FACTS if FACTS[name].sort != "word"]
CONDITIONS = st.builds(
    lambda name, bound, contrary: (
        Not(Comparison(FACTS[name], at_least=bound))
        if contrary
        else Comparison(FACTS[name], at_least=bound)
    ),
    st.sampled_from(NUMBERS),
    st.sampled_from((0.0, 1.0, 1000.0)),
    st.booleans(),
)


@given(
    needs=st.lists(st.lists(CONDITIONS, max_size=2).map(tuple), min_size=1, max_size=4),
    birth=st.one_of(st.none(), st.dates(date(1940, 1, 1), date(2008, 1, 1))),
    other=st.dictionaries(
        st.sampled_from(sorted(set(FACTS) - set(PRICE_FACTS))), st.floats(0, 1), max_size=6
    ),
    own=st.dictionaries(st.sampled_from(NUMBERS), st.sampled_from((0.0, 1.0, 2000.0))),
    person=st.fixed_dictionaries(
        {
            "name": st.sampled_from(("王小明", "李芳", None)),
            "branch_id": st.integers(1, 9),
            "manager_id": st.integers(1, 9),
            "profiling_opt_out": st.booleans(),
            "assessment": st.sampled_from((None, Assessment("C5", date(2027, 1, 1)))),
        }
    ),
)
def test_equal_customers_get_equal_terms(a, needs, birth, other, own, person):  # noqa: PLR0917 - drawn
    """Whatever bands are written: who has the same with the bank gets the same price."""
    same = {"opened_on": date(2022, 3, 1), "holdings": (Holding(1, "fund", date(2023, 1, 1)),)}
    bands = [
        PriceBand(str(number), Scope(), "pricing", 100 + number, None, needs=need)
        for number, need in enumerate(needs)
    ]
    one = Subject(a.customer(**same), DAY, own)
    two = Subject(a.customer(**same, **person, birth_date=birth), DAY, other | own)
    assert price_of(bands, a.offer(), one) == price_of(bands, a.offer(), two)


FORBIDDEN = (
    *("age", "kind_of", "branch", "manager", "risk_tolerance", "mobile_share_90d", "logins_30d"),
    *(
        "web_share_90d",
        "is_private",
        "interest_shown_365d",
        "page_views_30d",
        "receives_pension_180d",
    ),
)


@pytest.mark.parametrize("fact", FORBIDDEN)
def test_a_price_may_not_depend_on_who_the_customer_is_or_how_they_come(a, fact):
    """Age, device, habit, branch or what a model expects: refused at load, with what is allowed."""
    text = band("x", f'rate_bps = 1\nneeds = {{ not = {{ fact = "{fact}", is = 1 }} }}')
    with pytest.raises(PolicyError, match=f"fact '{fact}' (may not be asked for here|is unknown)"):
        a.policy(head=a.head + text)


def test_the_facts_of_the_allow_list_are_read_from_the_policy(a):
    """What the bands of a policy ask for is among them."""
    bands = a.policy(head=a.head + BANDS).arbitration.bands
    asked = [name for each in bands for name in facts_named(each.needs)]
    assert asked == ["tenure_days", "assets_mean_90d"]
    assert set(asked) <= set(PRICE_FACTS)


def test_the_band_is_on_the_row_and_in_the_trail(a):
    """Whoever calls knows the terms; the row survives the ledger's JSON."""
    policy = a.policy(head=a.head.replace("0.10", "0.001") + BANDS)
    plan = plan_day(
        [Candidate(a.customer(opened_on=date(2020, 1, 1)), {"buys:fund": 0.5}, 0, row={})],
        offers=[a.offer()],
        policy=replace(policy, value=replace(policy.value, save_rate={})),
        day=DAY,
        holdout_key=KEY,
        explainer=a.explainer(),
        capacities={7: 60},
        model_versions={},
    )
    (row,) = plan.rows
    assert row.price == Price("long", rate_bps=320)
    assert row_from(row_values(row)) == row
    prices = {each.action.price for each in plan.trail(1).attempts if each.action}
    assert prices == {Price("long", rate_bps=320)}
    old = {key: value for key, value in row_values(row).items() if key != "price"}
    assert row_from(old).price is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (band("x", ""), "the band has no price; write rate_bps or fee_bps"),
        (band("x", "rate_bps = 1\nfee_bps = 1"), "the band has two prices"),
        (band("x", "rate_bps = -1"), "rate_bps is -1; write a whole number from 0 to 10,000"),
        (band("x", "rate_bps = 20000"), "rate_bps is 20,000"),
        (band("x", "rate_bps = 1") * 2, "name 'x' stands twice"),
        (
            band("x", "rate_bps = 1\nvalid_from = 2026-06-02\nvalid_to = 2026-06-01"),
            "the band ends 2026-06-01 before it begins 2026-06-02",
        ),
        (
            band("x", "rate_bps = 1\nneeds = { fact = 'tenure', above = 1 }"),
            "did you mean tenure_d",
        ),
    ],
)
def test_bands_that_cannot_be_meant_are_refused(a, text, message):
    """At load, with what to write."""
    with pytest.raises(PolicyError, match=message):
        a.policy(head=a.head + text)
