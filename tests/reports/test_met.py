"""Who customers were and what they had met, as the bank knew before the day and no later."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
from builders import EARLY, a_bank, a_customer

from reports import met, standings

DAY = date(2026, 6, 1)
MIDNIGHT = datetime(2026, 5, 31, 16, tzinfo=UTC)


def ago(days, known=0):
    """A fact of so many days before the day, known so many days later."""
    happened = MIDNIGHT - timedelta(days)
    return {"happened_at": happened, "known_at": happened + timedelta(known, seconds=1)}


def a_case(number, customer, days, known=0, **facts):
    return {"case_id": number, "customer_id": customer} | ago(days, known) | facts


def cohort(*who, day=DAY):
    return pa.table({"customer_id": pa.array(who), "as_of": pa.array([day] * len(who))})


def whom(bank, *who):
    """The customers whom each cause met."""
    found = met(bank, standings(bank, cohort(*who)))
    return {
        cause.code: {who[row] for row in np.flatnonzero(found.met[:, place])}
        for place, cause in enumerate(found.causes)
    }


def branches(*regions):
    return [
        {"branch_id": n, "happened_at": EARLY, "known_at": EARLY, "name": f"b{n}", "region": region}
        for n, region in enumerate(regions, 1)
    ]


def test_complaints_of_the_quarter_before_count_by_topic(tmp_path):
    """Those of 90 days, known by then; a case still open after 30 days is a cause of its own."""
    complaint = {"kind": "complaint", "topic": "waiting time"}
    bank = a_bank(
        tmp_path / "bank",
        customers=[a_customer(n) for n in range(1, 7)],
        cases=[
            a_case(1, 1, 89, **complaint),
            a_case(2, 2, 91, **complaint),
            a_case(3, 3, 2, known=3, **complaint),
            a_case(4, 4, 10, kind="complaint"),
            a_case(5, 5, 10, kind="service", topic="card"),
            a_case(6, 6, -1, **complaint),
        ],
    )
    found = whom(bank, 1, 2, 3, 4, 5, 6)
    assert found["complaint:waiting time"] == {1}
    assert found["complaint:unnamed"] == {4}
    assert found["case:service"] == {5}
    assert found["case:open"] == {1, 2}


def test_what_a_bank_has_no_table_of_is_no_cause(tmp_path):
    """Without cases, events, contacts, holdings or managers only who the customers are is left."""
    bank = a_bank(tmp_path / "bank", customers=[a_customer(1), a_customer(2, kind="corporate")])
    found = whom(bank, 1, 2)
    assert sorted(found) == ["corporate", "new", "old", "private", "small_business", "young"]
    assert found["corporate"] == {2}


def test_products_channels_and_fees_are_those_of_the_day(tmp_path):
    """A holding that ended is none, a contact not made is none, money in is no fee."""
    held = {"family": "fund", "product_id": 1, "opened_on": date(2025, 1, 1)}
    contact = {"direction": "outbound", "category": "marketing"}
    paid = {"account_id": 1, "kind": "fee", "initiated_by": "bank"}
    bank = a_bank(
        tmp_path / "bank",
        customers=[a_customer(n) for n in (1, 2, 3)],
        holdings=[
            {"holding_id": 1, "customer_id": 1} | ago(400) | held,
            {"holding_id": 2, "customer_id": 2} | ago(400) | held | {"closed_on": date(2026, 5, 1)},
        ],
        contacts=[
            {"contact_id": 1, "customer_id": 1, "channel": "phone", "state": "connected"}
            | ago(5) | contact,
            {"contact_id": 2, "customer_id": 2, "channel": "phone", "state": "cancelled"}
            | ago(5) | contact,
        ],
        transactions=[
            {"transaction_id": 1, "customer_id": 1, "amount_cents": -500} | ago(5) | paid,
            {"transaction_id": 2, "customer_id": 2, "amount_cents": 500} | ago(5) | paid,
        ],
        events=[
            {"event_id": 1, "customer_id": 3, "kind": "visit", "channel": "branch"} | ago(8),
            {"event_id": 2, "customer_id": 1, "kind": "login", "channel": "mobile"} | ago(8),
        ],
    )  # fmt: skip
    found = whom(bank, 1, 2, 3)
    assert found["held:fund"] == {1}
    assert found["held:none"] == {2, 3}
    assert found["contact:phone"] == {1}
    assert found["fee"] == {1}
    assert found["channel:branch"] == {3}
    assert found["channel:digital"] == {1}


def test_managers_who_changed_are_absent_or_have_many(tmp_path):
    """Against half a year before; a manager with a quarter more customers than most is crowded."""
    later = ago(60) | {"kind": "retail", "status": "active"}
    bank = a_bank(
        tmp_path / "bank",
        customers=[
            a_customer(1, manager_id=7),
            {"customer_id": 1, "manager_id": 8} | later,
            *(a_customer(n, manager_id=8) for n in (2, 3)),
            a_customer(4, manager_id=7),
            a_customer(5, manager_id=9),
            a_customer(6),
        ],
    )
    found = whom(bank, 1, 2, 3, 4, 5, 6)
    assert found["staff:new"] == {1}
    assert found["staff:none"] == {6}
    assert found["staff:crowded"] == {1, 2, 3}


def test_standings_are_those_of_each_day(tmp_path):
    """Branch, region and household as known before each as_of; age from birth or as stated."""
    moved = ago(10) | {"kind": "retail", "status": "active", "branch_id": 2, "household_id": 5}
    born = {"birth_date": date(1986, 6, 1), "opened_on": date(2024, 6, 1)}
    bank = a_bank(
        tmp_path / "bank",
        customers=[
            a_customer(1, branch_id=1, **born),
            {"customer_id": 1} | moved | born,
            a_customer(2, branch_id=1, stated_age=30),
            a_customer(3, branch_id=2, household_id=5),
        ],
        branches=branches("north", None),
    )
    rows = pa.concat_tables([cohort(1, 2, 3, day=date(2026, 3, 1)), cohort(1, 2, 3)])
    people = standings(bank, rows)
    assert people.customer.tolist() == [1, 2, 3, 1, 2, 3]
    assert people.branch.tolist() == ["1", "1", "2", "2", "1", "2"]
    assert people.region.tolist() == ["north", "north", "", "", "north", ""]
    assert people.age[3:5].round(1).tolist() == [40.0, 36.4]
    assert np.isnan(people.age[2])
    assert people.years[0].round(2) == 1.75
    assert people.home[3] == people.home[5] == 5
    assert len({*people.home[:3].tolist()}) == 3
    turned = standings(bank, rows.take([3, 0, 4, 1]))
    assert turned.branch.tolist() == ["2", "1", "1", "1"]
