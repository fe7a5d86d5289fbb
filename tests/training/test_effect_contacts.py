"""A bank's lot: who was drawn, as of when, and what came of it within the horizon."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from called import (
    DAY,
    EARLY,
    MORNING,
    PEOPLE,
    a_bank_of,
    a_contact,
    a_holding,
    a_lot_of_calls,
    a_source,
    left_alone,
)

from training.definitions.definition import ChurnLabel
from training.effects.contacts import (
    Source,
    cohort_of,
    harm_set,
    leaving_set,
    lot_of,
    purchase_set,
)
from training.effects.lot import Arm
from training.errors import BadTrainingSet, NotRandomised


def test_the_arm_is_what_the_lot_drew(tmp_path):
    """Cancelled without an outcome was left alone; failed, missed or cancelled by staff was drawn.

    A contact that people chose is not in the lot, and the latest version of a contact counts.
    """
    rows = [
        a_contact(1, 1),
        left_alone(2, 2),
        a_contact(3, 3, state="failed", outcome="FAILED"),
        a_contact(4, 4, state="cancelled", outcome="NOT_WORKED"),
        a_contact(5, 5, randomised=False, probability=None),
        a_contact(6, 6, randomised=None, probability=None),
        left_alone(7, 7),
        a_contact(7, 7, known_at=MORNING + timedelta(days=1)),
    ]
    lot = lot_of(a_bank_of(tmp_path, rows))
    drawn = dict(zip(lot["customer_id"].to_pylist(), lot["treated"].to_pylist(), strict=True))
    assert drawn == {1: True, 2: False, 3: True, 4: True, 7: True}


def test_the_date_is_the_banks_own(tmp_path):
    """A contact after midnight in Shanghai is of that day, though the day before in UTC."""
    late = datetime(2026, 3, 9, 16, 30, tzinfo=UTC)
    rows = [
        a_contact(1, 1, happened_at=late),
        a_contact(2, 2, happened_at=late - timedelta(hours=1)),
    ]
    lot = lot_of(a_bank_of(tmp_path, rows))
    assert dict(zip(lot["customer_id"].to_pylist(), lot["as_of"].to_pylist(), strict=True)) == {
        1: date(2026, 3, 10),
        2: date(2026, 3, 9),
    }
    assert cohort_of(lot).column_names == ["customer_id", "as_of"]


def test_a_bank_without_a_lot_is_told_what_to_do(tmp_path):
    """Contacts that people chose teach no effect, and the error says why."""
    bank = a_bank_of(tmp_path, a_lot_of_calls(randomised=False, probability=None))
    with pytest.raises(NotRandomised, match="none of the 240 contacts of test bank was chosen"):
        lot_of(bank)


def test_purchases_are_of_the_family_offered_and_within_the_horizon(tmp_path):
    """Day 0 and day 89 count, day 90 and other families do not; who holds it is left out."""
    midnight = MORNING - timedelta(hours=9)
    holdings = [
        a_holding(1, midnight),
        a_holding(2, midnight + timedelta(days=90, seconds=-1)),
        a_holding(3, midnight + timedelta(days=90)),
        a_holding(4, MORNING + timedelta(days=5), family="deposit"),
        a_holding(5, EARLY),
    ]
    bank = a_bank_of(tmp_path, a_lot_of_calls(), holdings=holdings)
    data = purchase_set(a_source(bank))
    assert set(data.customer_id[data.y == 1]) == {1, 2}
    assert data.excluded == {"holds it already": 1}
    assert len(data.y) == PEOPLE - 1
    assert data.labels == ("buys:fund:phone",)
    assert data.alike == "channel"
    assert (data.treated == (data.customer_id % 2 == 1)).all()
    assert (data.matrix[:, 0] == data.customer_id % 7).all()
    assert (data.as_of == np.datetime64(DAY)).all()


def test_opt_outs_and_complaints_are_harm(tmp_path):
    """A refusal, a consent taken back and a do-not-call; a case or a contact that complains.

    Each within 30 days of the contact's morning, by purpose and channel.
    """
    soon, late = MORNING + timedelta(days=29), MORNING + timedelta(days=30)
    contacts = a_lot_of_calls()
    contacts[0] |= {"outcome": "REFUSED_CHANNEL"}
    contacts[2] |= {"outcome": "COMPLAINT"}

    def paper(number, who, action, when):
        keys = {"consent_id": number, "customer_id": who, "action": action}
        return keys | {"happened_at": when, "known_at": when}

    def case(number, who, kind, when):
        keys = {"case_id": number, "customer_id": who, "kind": kind}
        return keys | {"happened_at": when, "known_at": when}

    bank = a_bank_of(
        tmp_path,
        contacts,
        consents=[
            paper(1, 5, "revoke", soon),
            paper(2, 6, "dnc", soon),
            paper(3, 7, "revoke", late),
            paper(4, 8, "grant", soon),
            paper(5, 9, "dnc", MORNING - timedelta(days=1)),
        ],
        cases=[
            case(1, 10, "complaint", soon),
            case(2, 11, "service", soon),
            case(3, 12, "complaint", late),
        ],
    )
    source = a_source(bank)
    opted, complained = harm_set(source, "opt_out"), harm_set(source, "complaint")
    assert set(opted.customer_id[opted.y == 1]) == {1, 5, 6}
    assert set(complained.customer_id[complained.y == 1]) == {3, 10}
    assert not opted.wanted
    assert opted.arms == (Arm("offer", "phone"),)
    assert opted.alike == "what"
    assert opted.additive


def test_harm_is_not_told_before_its_horizon_is_over(tmp_path):
    """Contacts of the bank's last thirty days are counted as censored."""
    contacts = a_lot_of_calls()
    contacts += [
        left_alone(1_000 + who, who, happened_at=datetime(2026, 12, 15, 1, tzinfo=UTC))
        for who in range(1, 11)
    ]
    contacts[0] |= {"outcome": "REFUSED_ALL"}
    data = harm_set(a_source(a_bank_of(tmp_path, contacts)), "opt_out")
    assert data.excluded == {"censored": 10}
    assert len(data.y) == PEOPLE


def test_leaving_is_the_label_of_leaving(tmp_path):
    """Whose balance falls to nothing leaves; arms are told apart by purpose."""
    contacts = a_lot_of_calls()
    for row in contacts[: PEOPLE // 2]:
        row |= {"purpose": "retention", "offer_code": None}
    balances = []
    for who in range(1, PEOPLE + 1):
        for day in range(-95, 95):
            cents = 0 if who <= 20 and day >= 40 else 5_000_000
            when = MORNING + timedelta(days=day, hours=-9)
            balances.append(
                {
                    "account_id": who,
                    "customer_id": who,
                    "happened_at": when,
                    "known_at": when + timedelta(days=1),
                    "family": "deposit",
                    "balance_cents": cents,
                    "period_days": 1,
                }
            )
    bank = a_bank_of(tmp_path, contacts, balances=balances)
    data = leaving_set(a_source(bank), ChurnLabel())
    assert set(data.customer_id[data.y == 1]) == set(range(1, 21))
    assert data.labels == ("leaves:offer:phone", "leaves:retention:phone")
    assert not data.wanted


def test_features_must_cover_the_lot(tmp_path):
    """A contact without features is an error that says which rows to compute."""
    holdings = [a_holding(1, MORNING)]
    source = a_source(a_bank_of(tmp_path, a_lot_of_calls(), holdings=holdings))
    fewer = Source(source.bank, source.lot, source.features.slice(1), source.catalog)
    with pytest.raises(BadTrainingSet, match="every row of cohort_of"):
        purchase_set(fewer)
