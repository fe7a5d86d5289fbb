"""Each measure finds the defect that was planted, and nothing else."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from quality_bank import (
    A_DAY,
    CUSTOMERS,
    FIRST,
    GATES,
    LAST,
    a_balance,
    a_booking,
    clean_rows,
    faults,
    made,
    noon,
)

from features.quality.check import check_quality
from features.quality.profile import profile_of

EARLIER = date(2026, 3, 31)
APRIL = noon(date(2026, 4, 1)) - timedelta(hours=12)


def empty_birth_dates(rows):
    for row in rows["customers"][:20]:
        row["birth_date"] = None


def a_huge_amount(rows):
    rows["transactions"][70]["amount_cents"] = 2 * 10**11


def opened_tomorrow(rows):
    rows["customers"][4]["opened_on"] = LAST + timedelta(days=1)


def an_ancient_customer(rows):
    rows["customers"][4]["birth_date"] = date(1850, 1, 1)


def an_impossible_age(rows):
    rows["customers"][4]["stated_age"] = 250


def closed_before_opened(rows):
    rows["accounts"][9]["closed_on"] = date(2019, 1, 1)


def closed_in_the_future(rows):
    rows["accounts"][9]["closed_on"] = LAST + timedelta(days=40)


def a_padded_number(rows):
    rows["contact_points"][3]["value"] += " "


def an_old_verification(rows):
    for row in rows["contact_points"][:40]:
        row["verified_on"] = date(2015, 1, 1)


def an_unknown_branch(rows):
    rows["customers"][0]["branch_id"] = 77


def loaded_twice(rows):
    again = [dict(row) for row in rows["transactions"][::120]]
    for row in again:
        row["transaction_id"] += 500
        row["known_at"] += timedelta(hours=1)
    rows["transactions"] += again


def booked_late(rows):
    for row in rows["transactions"][: 60 * len(A_DAY) : 20]:
        row["known_at"] += timedelta(days=20)


def half_of_march(rows):
    march = noon(date(2026, 3, 1)), noon(date(2026, 4, 1))
    rows["transactions"] = [
        row
        for row in rows["transactions"]
        if not march[0] <= row["happened_at"] < march[1] or row["transaction_id"] % 1000 < 13
    ]


def march_and_more(rows):
    for day in range(59, 90):
        rows["transactions"] += [a_booking(FIRST + timedelta(days=day), n) for n in range(100, 145)]


def a_missing_day(rows):
    missing = noon(date(2026, 3, 12))
    rows["transactions"] = [
        row for row in rows["transactions"] if row["happened_at"].date() != missing.date()
    ]


def a_flooded_day(rows):
    rows["transactions"] += [a_booking(date(2026, 4, 10), n) for n in range(100, 160)]


def a_missing_day_of_balances(rows):
    missing = a_balance(date(2026, 3, 12), 1)["happened_at"]
    rows["balances"] = [row for row in rows["balances"] if row["happened_at"] != missing]


def moved_without_reason(rows):
    for row in rows["balances"][-10:]:
        row["balance_cents"] += 10**9


PLANTED = [
    (empty_birth_dates, ("customers", "birth_date", "nulls"), "warn"),
    (a_huge_amount, ("transactions", "amount_cents", "range"), "warn"),
    (opened_tomorrow, ("customers", "opened_on", "range"), "fail"),
    (an_ancient_customer, ("customers", "birth_date", "range"), "fail"),
    (an_impossible_age, ("customers", "stated_age", "range"), "fail"),
    (closed_before_opened, ("accounts", "closed_on", "order"), "fail"),
    (closed_in_the_future, ("accounts", "closed_on", "range"), "fail"),
    (a_padded_number, ("contact_points", "value", "form"), "warn"),
    (an_old_verification, ("contact_points", "verified_on", "range"), "warn"),
    (an_unknown_branch, ("customers", "branch_id", "references"), "warn"),
    (loaded_twice, ("transactions", None, "duplicates"), "warn"),
    (booked_late, ("transactions", None, "late"), "warn"),
    (half_of_march, ("transactions", None, "month_low"), "warn"),
    (march_and_more, ("transactions", None, "month_high"), "warn"),
    (a_missing_day, ("transactions", None, "day_low"), "fail"),
    (a_missing_day_of_balances, ("balances", None, "day_low"), "fail"),
    (a_flooded_day, ("transactions", None, "day_high"), "warn"),
    (moved_without_reason, ("balances", None, "unexplained"), "warn"),
]


def test_a_clean_bank_passes(tmp_path):
    """Without a planted defect no gate warns, and what needs an earlier load says so."""
    check = check_quality(made(tmp_path / "bank", clean_rows()), GATES)
    assert [c for c in check.checks if c.verdict in ("warn", "fail")] == []
    alone = [c for c in check.checks if c.gate.measure.compares]
    assert alone
    assert {c.note.en for c in alone if c.note} == {"no earlier load"}
    assert {c.verdict for c in alone} == {"skipped"}


@pytest.mark.parametrize(
    ("plant", "gate", "verdict"), PLANTED, ids=lambda p: getattr(p, "__name__", "")
)
def test_a_planted_defect_is_found_and_nothing_else(tmp_path, plant, gate, verdict):
    """One flaw in a clean bank trips the gate that is about it, and no other."""
    rows = clean_rows()
    plant(rows)
    assert faults(made(tmp_path / "bank", rows)) == {gate: verdict}


def test_a_finding_names_rows_and_first_keys(tmp_path):
    """Rows at fault are counted, and the first of them are named by key."""
    rows = clean_rows()
    loaded_twice(rows)
    for row in rows["customers"][:15]:
        row["birth_date"] = date(2050, 1, 1)
    checks = {
        (c.gate.column, c.gate.measure.name): c
        for c in check_quality(made(tmp_path / "bank", rows), GATES).checks
    }
    born = checks["birth_date", "range"]
    assert (born.value, born.rows) == (15 / len(CUSTOMERS), 15)
    assert born.examples == tuple(f"customer_id {n}" for n in range(1, 6))
    twice = checks[None, "duplicates"]
    assert (twice.rows, twice.value) == (30, 30 / 3630)
    assert twice.examples[0] == "transaction_id 500"


def test_a_version_of_a_fact_is_no_double(tmp_path):
    """Rows of one key are versions: only another key with the same facts is a double."""
    rows = clean_rows()
    again = [
        row | {"known_at": row["known_at"] + timedelta(days=1)} for row in rows["transactions"]
    ]
    rows["transactions"] += again
    bank = made(tmp_path / "bank", rows)
    assert bank.manifest.versioned == ("transactions",)
    assert ("transactions", None, "duplicates") not in faults(bank)


def test_an_old_feed_is_stale(tmp_path):
    """A table without news for longer than its contract allows is told; others are not."""
    bank = made(tmp_path / "bank", clean_rows(), LAST + timedelta(days=10))
    assert faults(bank) == {("transactions", None, "freshness"): "warn"}


@pytest.fixture(scope="module")
def earlier(tmp_path_factory):
    """The same bank a month before."""
    bank = made(tmp_path_factory.mktemp("earlier") / "bank", clean_rows(EARLIER), EARLIER)
    return profile_of(bank, GATES, 512)


def fewer_points(rows):
    rows["contact_points"] = rows["contact_points"][:50]


def more_points(rows):
    point = rows["contact_points"][0]
    rows["contact_points"] += [
        point | {"point_id": n, "value": f"138{n:08d}"} for n in range(1000, 1250)
    ]


def no_points(rows):
    del rows["contact_points"]


def january_rewritten(rows):
    rows["transactions"] = rows["transactions"][45:]


def nothing_in_april(rows):
    rows["transactions"] = [row for row in rows["transactions"] if row["happened_at"] < APRIL]


def no_channel_in_april(rows):
    for row in rows["transactions"]:
        if row["happened_at"] >= APRIL - timedelta(days=1):
            row["channel"] = None


def hundredfold_in_april(rows):
    for row in rows["transactions"]:
        if row["happened_at"] >= APRIL:
            row["amount_cents"] *= 100


def only_cards_in_april(rows):
    for row in rows["transactions"]:
        if row["happened_at"] >= APRIL:
            row["kind"] = "card"


def put_right_in_april(rows):
    """A third of January's bookings have a later version by now."""
    again = [dict(row, known_at=APRIL + timedelta(days=3)) for row in rows["transactions"][:300]]
    rows["transactions"] += again


CHANGED = [
    (fewer_points, {("contact_points", None, "rows_low"): "fail"}),
    (more_points, {("contact_points", None, "rows_high"): "fail"}),
    (no_points, {("contact_points", None, "rows_low"): "fail"}),
    (january_rewritten, {("transactions", None, "history"): "warn"}),
    (
        nothing_in_april,
        {
            ("transactions", None, "freshness"): "warn",
            ("transactions", None, "stalled"): "fail",
        },
    ),
    (no_channel_in_april, {("transactions", "channel", "nulls_change"): "fail"}),
    (hundredfold_in_april, {("transactions", "amount_cents", "distribution"): "fail"}),
    (only_cards_in_april, {("transactions", "kind", "distribution"): "fail"}),
]


def test_the_next_month_of_a_clean_bank_passes(tmp_path, earlier):
    """A load that only adds a month like the others is let pass against the one before."""
    assert faults(made(tmp_path / "bank", clean_rows()), earlier) == {}


def test_rows_that_go_on_later_rewrite_no_month(tmp_path, earlier):
    """A later version of a row is that row still: a holding that was closed, a case settled."""
    rows = clean_rows()
    put_right_in_april(rows)
    assert ("transactions", None, "history") not in faults(made(tmp_path / "bank", rows), earlier)


def test_a_profile_that_counted_otherwise_is_not_compared(tmp_path, earlier):
    """That of an earlier release counted every version."""
    tables = {name: replace(table, facts=None) for name, table in earlier.tables.items()}
    older = replace(earlier, tables=tables)
    rows = clean_rows()
    january_rewritten(rows)
    assert ("transactions", None, "history") not in faults(made(tmp_path / "bank", rows), older)


@pytest.mark.parametrize(("plant", "found"), CHANGED, ids=lambda p: getattr(p, "__name__", ""))
def test_what_changed_since_the_last_load_is_found(tmp_path, earlier, plant, found):
    """A flaw of the newest load alone trips the gates that are about it, and no other."""
    rows = clean_rows()
    plant(rows)
    assert faults(made(tmp_path / "bank", rows), earlier) == found
