"""A small bank whose phone calls about a fund were drawn by lot, for tests of what they taught."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
from builders import a_bank, a_customer
from learned import ACatalog

from training.effects.contacts import Source, cohort_of, lot_of

PEOPLE = 240
DAY = date(2026, 3, 10)
# Nine in the morning in Shanghai.
MORNING = datetime(2026, 3, 10, 1, tzinfo=UTC)
EARLY = datetime(2020, 1, 1, tzinfo=UTC)
NAMES = ("age",)


def a_contact(contact_id, customer_id, **facts):
    """A phone call about a fund, drawn by lot and made."""
    plain = {
        "contact_id": contact_id,
        "customer_id": customer_id,
        "happened_at": MORNING,
        "channel": "phone",
        "direction": "outbound",
        "category": "marketing",
        "state": "connected",
        "purpose": "offer",
        "offer_code": "BALFUND",
        "outcome": "NOT_NOW",
        "randomised": True,
        "probability": 0.5,
    }
    plain |= facts
    return plain | {"known_at": facts.get("known_at", plain["happened_at"])}


def left_alone(contact_id, customer_id, **facts):
    """The same, but the lot left the customer alone."""
    return a_contact(contact_id, customer_id, **({"state": "cancelled", "outcome": None} | facts))


def a_holding(customer_id, when, **facts):
    plain = {
        "holding_id": customer_id,
        "customer_id": customer_id,
        "happened_at": when,
        "known_at": when,
        "product_id": 6,
        "family": "fund",
        "opened_on": (when + timedelta(hours=8)).date(),
    }
    return plain | facts


def a_lot_of_calls(**others):
    """Half of the customers were called, half left alone."""
    return [
        (a_contact if who % 2 else left_alone)(who, who, **others) for who in range(1, PEOPLE + 1)
    ]


def a_bank_of(path, contacts, **tables):
    offer = {
        "offer_code": "BALFUND",
        "happened_at": EARLY,
        "known_at": EARLY,
        "product_id": 6,
        "name_en": "Balanced fund",
        "name_zh": "平衡型基金",
        "margin_cents": 100,
        "kinds": "retail",
    }
    product = {
        "product_id": 6,
        "happened_at": EARLY,
        "known_at": EARLY,
        "code": "BALF",
        "name_en": "Balanced fund",
        "name_zh": "平衡型基金",
        "family": "fund",
        "investment": True,
    }
    people = [a_customer(who) for who in range(1, PEOPLE + 1)]
    plain = {"customers": people, "offers": [offer], "products": [product], "contacts": contacts}
    return a_bank(path / "bank", **(plain | tables))


def a_source(bank, **facts):
    """Features with a number of its own for each row, in another order than the lot."""
    lot = lot_of(bank)
    cohort = cohort_of(lot)
    order = np.random.default_rng(0).permutation(cohort.num_rows)
    shuffled = cohort.take(pa.array(order))
    age = shuffled["customer_id"].to_numpy().astype(float) % 7
    features = shuffled.append_column("age", pa.array(age))
    return Source(bank, lot, features, ACatalog(names=NAMES), **facts)
