"""Lots come back with their controls, and teach the effect that a contact truly has."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from builders import a_customer
from called import NAMES, a_bank_of, a_holding
from learned import ACatalog
from planning import KEY, on_row, plan_of, published, rows_of
from policed import Desk, customer, moment, offer, policy_of

from goodcall.database import reading
from governance import open_vault
from outreach import Candidate, Draw, in_holdout
from outreach.erasing import LedgerErasable
from outreach.openings import engine_at
from outreach.schema import LOTS
from training.effects.average import average_effects
from training.effects.contacts import Source, cohort_of, lot_of, purchase_set
from training.effects.effect import EffectSettings, learn_effect

DAY = date(2026, 3, 10)
OFTEN = "[exploration]\nshare = 0.5\n"
FIRST_LOT = 5 * 10**18
# What a call truly does to the chance of buying, and what the chance is without one.
BASE, EFFECT = 0.15, 0.40


def crowd(count):
    """So many customers outside the hold-out, the higher number the keener without any call."""
    people = (customer(who) for who in range(1, 2 * count))
    return [one for one in people if not in_holdout(one, KEY, Draw(0.10))][:count]


def keen(one):
    """Those whom the best use calls first: who would buy anyway."""
    return Candidate(one, {"churn": 0.0, "buys:fund": 0.1 + 0.8 * (one.customer_id % 2)}, 0)


@pytest.fixture
def desk(ledger_url):
    """A desk that sells a fund by phone, half of whose places go to lots."""
    opened = Desk(ledger_url)
    opened.sells(offer("BALFUND"))
    opened.policy = policy_of(channels=["phone"], more=OFTEN)
    yield opened
    opened.ledger.close()


def lots_in(desk):
    """What the ledger exports of lots: by customer, state, outcome, flag, probability and id."""
    return {
        row["customer_id"]: (row["state"], row["outcome"], row["probability"])
        for row in desk.ledger.contacts_table().to_pylist()
        if row["randomised"]
    }


def test_each_lot_draws_two_who_stood_for_the_same_place(desk):
    """Another customer each, listed nowhere, with a contact that the rules allow that day."""
    plan = plan_of(desk, crowd(40), DAY, capacities={7: 80})
    listed = {row.customer_id for row in plan.rows}
    drawn = {row.customer_id for row in plan.rows if row.drawn}
    contacted = {lot.customer_id for lot in plan.lots if lot.contacted}
    controls = [lot.customer_id for lot in plan.lots if not lot.contacted]
    # Who stood alone for his place has nobody beside him.
    assert contacted <= drawn
    assert len(controls) == len(set(controls)) == len(contacted) > 0
    assert not listed & set(controls)
    for lot in plan.lots:
        attempts = {a.decision.request_id: a for a in plan.trail(lot.customer_id).attempts}
        assert attempts[lot.request_id].allowed_from == lot.allowed_from


def test_of_a_lots_two_either_was_as_likely_to_be_contacted():
    """Of many pairs the lower number is contacted half of the time."""
    desk = Desk("sqlite://")
    desk.sells(offer("BALFUND")).policy = policy_of(channels=["phone"], more=OFTEN)
    plan = plan_of(desk, crowd(700), DAY, capacities={7: 8 * 300}, history={})
    desk.ledger.close()
    pairs = zip(plan.lots[::2], plan.lots[1::2], strict=True)
    lower = [one.customer_id < other.customer_id for one, other in pairs]
    assert len(lower) > 100
    assert abs(np.mean(lower) - 0.5) < 3 * 0.5 / np.sqrt(len(lower))


def test_a_lot_comes_back_with_what_it_drew_whatever_became_of_it(desk):
    """Called, never worked, or left alone; nothing of one that may still be worked today."""
    plan = published(desk, crowd(40), DAY, capacities={7: 80})
    desk.knows(*crowd(40))
    pairs = [*zip(plan.lots[::2], plan.lots[1::2], strict=True)]
    (called, beside), (missed, other) = pairs[:2]
    row = {each.row.customer_id: each.row for each in rows_of(desk, DAY)}
    at = f"{DAY} 10:00"
    assert on_row(desk, row[called.customer_id], at).verdict == "allow"
    assert lots_in(desk) == {
        called.customer_id: ("reserved", None, 0.5),
        beside.customer_id: ("cancelled", None, 0.5),
    }
    contact = desk.ledger.contact_id(called.request_id)
    desk.hears(contact, "NO_ANSWER", at)
    assert on_row(desk, row[called.customer_id], f"{DAY} 11:00", number=2).verdict == "allow"
    desk.ledger.close_day(DAY, now=moment(f"{DAY} 18:00"), agent=7)
    said = lots_in(desk)
    assert said[called.customer_id] == ("attempted", "NO_ANSWER", 0.5)
    assert said[missed.customer_id] == ("cancelled", "NOT_WORKED", 0.5)
    assert said[other.customer_id] == ("cancelled", None, 0.5)
    assert len(said) == len(plan.lots)
    rows = desk.ledger.contacts_table().to_pylist()
    again = [r for r in rows if r["contact_id"] < FIRST_LOT and r["contact_id"] != contact]
    assert [r["randomised"] for r in again] == [False]
    assert len({r["contact_id"] for r in rows}) == len(plan.lots) + 1


def test_a_plan_that_was_never_published_drew_nobody(desk):
    """Nobody called from it, so nobody was left alone beside it."""
    plan = plan_of(desk, crowd(40), DAY, capacities={7: 80})
    assert plan.lots
    desk.ledger.save_plan(plan, now=moment(f"{DAY} 08:00"))
    assert desk.ledger.contacts_table().num_rows == 0


def by_contacted(lots):
    """Lots as an earlier release kept them: a pair is numbered by the customer contacted."""
    pairs = zip(lots[::2], lots[1::2], strict=True)
    return tuple(replace(lot, pair=two[0].customer_id) for two in pairs for lot in two)


def kept_lots(url):
    """Every lot that a ledger keeps, by customer."""
    engine = engine_at(url)
    with reading(engine) as connection:
        rows = {row["customer_id"]: row for row in connection.execute(LOTS.select()).mappings()}
    engine.dispose()
    return rows


@pytest.mark.parametrize("place", [0, 1], ids=["contacted", "left alone"])
@pytest.mark.parametrize("numbered", [by_contacted, tuple], ids=["by customer", "as now"])
def test_no_lot_points_to_an_erased_customer(desk, ledger_url, tmp_path, numbered, place):
    """Neither his row nor that of the other; the pair teaches no more, and all others still do."""
    plan = plan_of(desk, crowd(40), DAY, capacities={7: 80})
    at = moment(f"{DAY} 08:00")
    desk.ledger.save_plan(replace(plan, lots=numbered(plan.lots)), now=at)
    desk.ledger.publish_plan(DAY, at)
    desk.ledger.close_day(DAY, now=moment(f"{DAY} 18:00"), agent=7)
    two = plan.lots[:2]
    gone, other = two[place].customer_id, two[1 - place].customer_id
    before = lots_in(desk)
    assert set(before) == {lot.customer_id for lot in plan.lots}
    vault = open_vault(tmp_path / "vault.json", hashlib.sha256(b"of this test").digest())
    erasable = LedgerErasable(ledger_url, vault, at)
    assert erasable.erase(gone) > 0
    assert erasable.erase(gone) == 0
    kept = kept_lots(ledger_url)
    (stands_for,) = (who for who in kept if who < 0)
    assert gone not in kept
    assert kept[stands_for]["point_id"] is None
    assert kept[stands_for]["pair"] == kept[other]["pair"]
    if numbered is by_contacted:
        assert gone not in {row["pair"] for row in kept.values()}
    assert lots_in(desk) == {who: said for who, said in before.items() if who not in (gone, other)}


def test_the_effect_that_a_call_truly_has_is_learned_from_the_ledgers_own_lots(tmp_path):
    """Though lists call who would buy anyway, the lot's interval holds the truth, and no zero."""
    desk = Desk(f"sqlite:///{tmp_path / 'ledger.db'}")
    desk.sells(offer("BALFUND"))
    desk.policy = policy_of(channels=["phone"], more=OFTEN)
    people = crowd(1_200)
    desk.knows(*people)
    plan = published(desk, [keen(one) for one in people], DAY, capacities={7: 8 * 400})
    rng = np.random.default_rng(5)
    called = set()
    for number, each in enumerate(rows_of(desk, DAY)):
        # Every tenth row is never worked: what the lot drew counts all the same.
        if number % 10:
            assert on_row(desk, each.row, f"{DAY} 10:00").verdict == "allow"
            called.add(each.row.customer_id)
    desk.ledger.close_day(DAY, now=moment(f"{DAY} 18:00"), agent=7)
    bought = [
        a_holding(one.customer_id, datetime(2026, 4, 1, 2, tzinfo=UTC))
        for one in people
        if rng.random() < BASE + 0.3 * (one.customer_id % 2) + EFFECT * (one.customer_id in called)
    ]
    table = desk.ledger.contacts_table()
    desk.ledger.close()
    bank = a_bank_of(tmp_path, table.to_pylist(), holdings=bought, customers=_known(people))
    lot = lot_of(bank)
    assert lot.num_rows == len(plan.lots) > 250
    assert set(lot["probability"].to_pylist()) == {0.5}
    cohort = cohort_of(lot)
    features = cohort.append_column("age", [cohort["customer_id"].to_numpy() % 2 * 1.0])
    data = purchase_set(Source(bank, lot, features, ACatalog(names=NAMES)))
    drawn = lot.filter(lot["treated"])["customer_id"].to_pylist()
    reached = np.mean([who in called for who in drawn])
    assert 0.85 < reached < 0.95
    truth = EFFECT * reached
    (average,) = average_effects(data, rng)
    assert average.difference.low < truth < average.difference.high
    assert average.difference.low > 0.1
    learned = learn_effect(data, EffectSettings(0, learners=("S-learner, lines",), repeats=1))
    said = learned.scorer.raw(data.matrix)[:, 0]
    assert said.mean() == pytest.approx(truth, abs=0.1)


def _known(people):
    return [a_customer(one.customer_id) for one in people]
