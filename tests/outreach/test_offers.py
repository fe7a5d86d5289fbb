"""Offers as the bank's tables tell them, and contacts in the columns of their contract."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from features import tables
from outreach import UnknownOffer, offers_of
from outreach.contact_export import CONTACT_COLUMNS

KNOWN = datetime(2026, 1, 1, tzinfo=UTC)
FILLED = {"happened_at": KNOWN, "known_at": KNOWN}


def rows(table, *values):
    blank = dict.fromkeys(table.schema.names)
    return pa.Table.from_pylist([blank | FILLED | value for value in values], schema=table.schema)


def product(issuer="R3", seller="R2", **more):
    return {
        "product_id": 5, "code": "f", "name_en": "Fund", "name_zh": "基金", "family": "fund",
        "investment": True, "issuer_risk": issuer, "seller_risk": seller,
    } | more  # fmt: skip


def on_sale(**more):
    return {
        "offer_code": "fund-a", "product_id": 5, "name_en": "Fund A", "name_zh": "基金甲",
        "margin_cents": 5000, "kinds": "retail, private", "min_age": 18,
        "valid_to": date(2026, 12, 31),
    } | more  # fmt: skip


@pytest.mark.parametrize(
    ("issuer", "seller", "risk"),
    [
        ("R3", "R2", "R3"),
        ("R2", "R4", "R4"),
        (None, "R2", "R2"),
        ("R1", None, "R1"),
        (None, None, None),
    ],
)
def test_the_higher_rating_applies(a, issuer, seller, risk):
    """R-32: issuer and seller differ, the higher counts; one side's alone is used."""
    (offer,) = offers_of(
        rows(tables.OFFERS, on_sale()), rows(tables.PRODUCTS, product(issuer, seller)), a.policy()
    )
    assert offer.risk == risk
    assert (offer.family, offer.margin_cents, offer.kinds) == ("fund", 5000, ("retail", "private"))


def test_the_latest_version_known_before_a_moment_counts(a):
    """A rating raised at 10:00 counts from just after 10:00."""
    raised = KNOWN + timedelta(days=3)
    sold = rows(tables.PRODUCTS, product(), product("R5", known_at=raised))
    before = offers_of(rows(tables.OFFERS, on_sale()), sold, a.policy(), known_before=raised)
    after = offers_of(rows(tables.OFFERS, on_sale()), sold, a.policy())
    assert (before[0].risk, after[0].risk) == ("R3", "R5")


def test_offers_must_be_told_once_and_for_known_products(a):
    """An unknown product, or a code in both the tables and the policy, is an error."""
    orphan = rows(tables.OFFERS, on_sale(product_id=6))
    with pytest.raises(UnknownOffer, match="is for product 6, which the table products does not"):
        offers_of(orphan, rows(tables.PRODUCTS, product()), a.policy())
    declared = a.policy(
        'id = "x"\nkind = "complaint_cooloff"\ndays = 1\n'
        '[[offer]]\ncode = "fund-a"\nfamily = "fund"\n'
        'name_en = "A"\nname_zh = "甲"\nmargin_cents = { is = 1, source = "assumed" }\n'
        'kinds = ["retail"]\ninvestment = false'
    )
    with pytest.raises(UnknownOffer, match="take the \\[\\[offer\\]\\] out of the policy"):
        offers_of(rows(tables.OFFERS, on_sale()), rows(tables.PRODUCTS, product()), declared)


def test_contacts_are_exported_in_the_contracts_columns():
    """Names, types and nullability of the raw table `contacts`."""
    assert tables.CONTACTS.schema == CONTACT_COLUMNS
