"""Laws of crediting purchases to contacts."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from builders import a_bank, a_customer

from outreach import LoggedContact, Span
from reports import Attribution, Purchase, credits_of, purchases_of

DAY = date(2026, 6, 1)
WINDOW = Attribution(days=10, persistence_days=90)
CALL = LoggedContact(
    contact_id=1,
    row_id="r1",
    customer_id=1,
    day=DAY,
    channel="phone",
    direction="outbound",
    category="marketing",
    purpose="offer",
    offer_code="F",
    family="fund",
    branch_id=3,
    manager_id=7,
    minutes=8,
    states=frozenset({"reserved", "connected"}),
    said=(),
)
FUND = Purchase(1, 1, "fund", DAY, None, None, 100)


def span(*contacts, first=DAY, last=DAY + timedelta(29)):
    return Span(first, last, "Asia/Shanghai", (), contacts)


@pytest.mark.parametrize(
    ("contact", "purchase", "counts"),
    [
        ({}, {}, True),
        ({}, {"opened_on": DAY + timedelta(10)}, True),
        ({}, {"opened_on": DAY + timedelta(11)}, False),
        ({}, {"opened_on": DAY - timedelta(1)}, False),
        ({}, {"family": "deposit"}, False),
        ({}, {"customer_id": 2}, False),
        ({"states": frozenset({"reserved", "attempted"})}, {}, False),
        ({"states": frozenset({"reserved", "delivered"})}, {}, True),
        ({"direction": "inbound"}, {}, False),
        ({"category": "service"}, {}, False),
        ({"family": None, "offer_code": None}, {}, False),
    ],
)
def test_a_contact_counts_that_reached_its_customer_about_that_family(contact, purchase, counts):
    """On the day or within the window before it, by the bank and for marketing."""
    found = credits_of(span(replace(CALL, **contact)), [replace(FUND, **purchase)], WINDOW)
    assert bool(found) is counts


def test_the_last_contact_gets_it_and_neither_twice():
    """Of two on one day the one that was reserved later."""
    calls = [replace(CALL, contact_id=each) for each in (1, 3, 2)]
    (found,) = credits_of(span(*calls), [FUND], WINDOW)
    assert found.contact.contact_id == 3


def test_two_halves_of_a_span_credit_what_the_whole_does():
    """Whatever falls into which half, nothing is lost and nothing counts twice."""
    rng = np.random.default_rng(2)
    calls = [
        replace(CALL, contact_id=n, customer_id=int(rng.integers(9)),
                day=DAY + timedelta(int(rng.integers(30))))
        for n in range(60)
    ]  # fmt: skip
    bought = [
        replace(FUND, holding_id=n, customer_id=int(rng.integers(9)),
                opened_on=DAY + timedelta(int(rng.integers(40))))
        for n in range(60)
    ]  # fmt: skip
    middle = DAY + timedelta(14)
    whole = credits_of(span(*calls), bought, WINDOW)
    early = [call for call in calls if call.day <= middle + timedelta(WINDOW.days)]
    late = [call for call in calls if call.day > middle]
    halves = [
        *credits_of(span(*early, last=middle), bought, WINDOW),
        *credits_of(span(*late, first=middle + timedelta(1)), bought, WINDOW),
    ]

    def proved(credited):
        return sorted((each.purchase.holding_id, each.contact.contact_id) for each in credited)

    assert len(whole) > 20
    assert proved(halves) == proved(whole)


@pytest.mark.parametrize(
    ("closed", "matures", "until", "lasted"),
    [
        (None, None, 90, True),
        (None, None, 89, None),
        (89, None, 200, False),
        (90, None, 200, True),
        (30, 30, 200, True),
        (29, 30, 200, False),
    ],
)
def test_a_purchase_lasted_that_was_held_for_its_days_or_to_its_own_end(
    closed, matures, until, lasted
):
    """Nothing is said of one that is too young."""

    def on(days):
        return None if days is None else DAY + timedelta(days)

    found = replace(FUND, closed_on=on(closed), matures_on=on(matures))
    assert found.lasted(90, on(until)) is lasted


def test_a_purchase_whose_day_was_corrected_counts_on_the_latest_day_alone(tmp_path):
    """The bank first said June, then July: a report of June has none of it, July's has it once.

    By what was known before the correction June has it.
    """
    said = {"holding_id": 1, "customer_id": 1, "product_id": 1, "family": "fund"}
    versions = [
        said | {"opened_on": day, "happened_at": known, "known_at": known}
        for day, known in (
            (date(2026, 6, 30), datetime(2026, 6, 30, 9, tzinfo=UTC)),
            (date(2026, 7, 2), datetime(2026, 7, 3, 9, tzinfo=UTC)),
        )
    ]
    bank = a_bank(tmp_path / "bank", customers=[a_customer(1)], holdings=versions)
    assert purchases_of(bank, date(2026, 6, 1), date(2026, 6, 30)) == ()
    (bought,) = purchases_of(bank, date(2026, 7, 1), date(2026, 7, 31))
    assert bought.opened_on == date(2026, 7, 2)
    june = (date(2026, 6, 1), date(2026, 6, 30))
    assert [len(purchases_of(bank, *june, known_by=date(2026, 7, day))) for day in (2, 3)] == [1, 0]
    assert purchases_of(bank, *june, known_by=date(2026, 6, 29)) == ()
    empty = a_bank(tmp_path / "empty", customers=[a_customer(1)], holdings=[])
    assert purchases_of(empty, date(2026, 7, 1), date(2026, 7, 31)) == ()
