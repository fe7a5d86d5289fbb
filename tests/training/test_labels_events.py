"""When things come: leaving, needs and purchases, a period at a time, and how long was watched."""

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from builders import a_bank, a_customer, a_transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from labelled import (
    AS_OF,
    CUT,
    DAY,
    SECOND,
    YUAN,
    a_cohort,
    a_holding,
    at,
    daily,
    moved,
    outcome,
    people,
)
from outcome_oracle import Tale, own
from random_bank import CUSTOMERS, random_bank

from goodcall.calendar import start_of_day
from training.definitions.definition import ChurnLabel, LeavingEvents, NeedEvents, PurchaseEvents
from training.labels import events

LEAVING = LeavingEvents()


def event(bank, definition=LEAVING, as_of=AS_OF, customer=1):
    """The period in which a customer's event came and how many were watched, or why neither."""
    found = events(bank, a_cohort((customer, as_of)), definition)
    if found.rows.num_rows:
        assert not found.excluded
        return found.rows["period"][0].as_py(), found.rows["observed"][0].as_py()
    (reason,) = found.excluded
    return reason


def first_periods(bank, definition, customers):
    """The period in which the event of customers 1, 2, ... came; all are watched to the end."""
    cohort = a_cohort(*((each, AS_OF) for each in range(1, customers + 1)))
    rows = events(bank, cohort, definition).rows
    assert rows["customer_id"].to_pylist() == list(range(1, customers + 1))
    assert rows["observed"].to_pylist() == [definition.periods] * customers
    return rows["period"].to_pylist()


def fall(turn, *, last=180, after=10_000, customer=1):
    """Balances of a customer who held 100,000 yuan until a day, and less from then on."""
    whose = {"customer": customer, "account": customer}
    rows = daily(AS_OF - 90 * DAY, AS_OF + turn * DAY, 100_000, **whose)
    return rows + daily(AS_OF + turn * DAY, AS_OF + last * DAY, after, **whose)


def falling(path, turn, *, last=180, after=10_000, **tables):
    return a_bank(path, balances=fall(turn, last=last, after=after), **tables)


def test_leaving_comes_in_the_first_period_whose_mean_is_low(tmp_path):
    """At 10,000 yuan a 30-day mean is below 70 % of 100,000 once it has 11 such days."""
    turns = {0: 1, 19: 1, 20: 2, 30: 2, 49: 2, 50: 3, 169: 6, 170: 0}
    rows = [row for n, turn in enumerate(turns, start=1) for row in fall(turn, customer=n)]
    bank = a_bank(tmp_path / "bank", customers=people(len(turns)), balances=rows)
    assert first_periods(bank, LEAVING, len(turns)) == list(turns.values())


@pytest.mark.parametrize(
    ("last", "observed"),
    [(29, "censored"), (30, 1), (59, 1), (60, 2), (179, 5), (180, 6), (240, 6)],
)
def test_a_row_is_watched_for_whole_periods(tmp_path, last, observed):
    """A period counts once every day of it has a balance; without a whole one it is censored."""
    found = event(falling(tmp_path / "bank", 0, last=last, after=100_000))
    assert found == (observed if observed == "censored" else (0, observed))


def test_a_fall_in_a_period_not_whole_is_not_seen(tmp_path):
    """The mean of half a period tells nothing yet."""
    assert event(falling(tmp_path / "bank", 30, last=59)) == (0, 1)
    assert event(falling(tmp_path / "bank", 30, last=60)) == (2, 2)


@pytest.mark.parametrize(
    ("day", "yuan", "expected"),
    [
        (0, 10_000, "planned move"),
        (29, 10_000, "planned move"),
        (30, 10_000, (0, 1)),
        (30, 9_999, (2, 6)),
        (60, 10_000, (2, 2)),
        (-1, 10_000, (2, 6)),
        (180, 10_000, (2, 6)),
    ],
)
def test_a_row_is_watched_until_an_announced_move(tmp_path, day, yuan, expected):
    """Money announced to leave is no churn; what came before the move still counts."""
    paid = a_transaction(happened_at=at(day), amount_cents=-yuan * YUAN, planned=True)
    bank = falling(tmp_path / "bank", 30, transactions=[paid])
    assert event(bank) == expected


def test_announced_moves_add_up(tmp_path):
    """Two announced outflows that reach the least fall together end the watch at the second."""
    half = [
        a_transaction(number, happened_at=at(day), amount_cents=-5_000 * YUAN, planned=True)
        for number, day in enumerate((5, 95))
    ]
    assert event(falling(tmp_path / "bank", 160, transactions=half)) == (0, 3)


@pytest.mark.parametrize("after", [69_999, 70_000])
def test_the_third_period_alone_is_the_churn_label(tmp_path, after):
    """Days 60 to 90 fall by the same rule as in the label of one horizon."""
    bank = moved(tmp_path / "bank", after)
    assert event(bank) == (3 * outcome(bank, ChurnLabel()), 3)


def test_guards_are_those_of_the_churn_label(tmp_path):
    """Too little to fall, fallen already, and other kinds are left out and counted."""
    assert event(moved(tmp_path / "little", 0, before=9_999)) == "too little to fall"
    gone = AS_OF - 30 * DAY
    rows = daily(AS_OF - 90 * DAY, gone, 100_000) + daily(gone, AS_OF + 90 * DAY, 20_000)
    assert event(a_bank(tmp_path / "gone", balances=rows)) == "already fallen"
    private = LeavingEvents(kinds=("private",))
    assert event(moved(tmp_path / "kind", 0), private) == "another kind"
    assert event(a_bank(tmp_path / "none")) == "censored"


def test_a_need_comes_in_the_period_of_the_first_opening(tmp_path):
    """Of several openings the first counts; periods are of 30 days."""
    opened = {0: 1, 29: 1, 30: 2, 299: 10, 300: 0}
    rows = []
    for customer, day in enumerate(opened, start=1):
        for number, begun in enumerate((day, 300)):
            rows.append(a_holding(at(begun), number=10 * customer + number))
            rows[-1]["customer_id"] = customer
    bank = a_bank(tmp_path / "bank", customers=people(5), holdings=rows)
    assert first_periods(bank, NeedEvents("fund", periods=10, horizons=(30,)), 5) == [
        *opened.values()
    ]


@pytest.mark.parametrize(("last", "observed"), [(28, "censored"), (29, 1), (299, 10), (305, 10)])
def test_needs_are_watched_until_the_banks_last_day(tmp_path, last, observed):
    """Whole periods count up to the bank's last day; who holds one is left out."""
    held = a_holding(CUT - DAY, known=CUT - SECOND) | {"customer_id": 2}
    last_day = AS_OF + last * DAY
    bank = a_bank(tmp_path / "bank", customers=people(2), holdings=[held], last_day=last_day)
    found = event(bank, NeedEvents("fund"))
    assert found == (observed if observed == "censored" else (0, observed))
    assert event(bank, NeedEvents("fund"), customer=2) == (
        "censored" if observed == "censored" else "holds it already"
    )


def test_needs_are_of_one_family_and_its_kinds(tmp_path):
    """Other families neither count nor hold; kinds that are not sold it are left out."""
    rows = [a_holding(CUT - DAY, family="wealth"), a_holding(CUT, number=2, family="insurance")]
    bank = a_bank(tmp_path / "bank", holdings=rows)
    assert event(bank, NeedEvents("fund")) == (0, 10)
    firms = NeedEvents("fund", kinds=("corporate",))
    assert event(bank, firms) == "not sold to this kind"


def test_a_purchase_comes_in_its_week(tmp_path):
    """The week of the first transaction of the customer's own; other people's do not count."""
    days = {0: 1, 6: 1, 7: 2, 90: 13, 91: 0}
    made = [
        a_transaction(n, customer_id=n, happened_at=at(day)) for n, day in enumerate(days, start=1)
    ]
    made.append(a_transaction(6, customer_id=6, happened_at=at(5), initiated_by="bank"))
    bank = a_bank(tmp_path / "bank", customers=people(6), transactions=made)
    assert first_periods(bank, PurchaseEvents(), 6) == [*days.values(), 0]


@pytest.mark.parametrize(("last", "expected"), [(6, (0, 1)), (5, "censored"), (90, (0, 13))])
def test_a_log_of_purchases_ends_with_its_last_day(tmp_path, last, expected):
    """The last day on which anyone bought is the last one watched."""
    other = a_transaction(2, customer_id=2, happened_at=at(last))
    customers = [a_customer(1), a_customer(2)]
    bank = a_bank(tmp_path / "bank", customers=customers, transactions=[other])
    assert event(bank, PurchaseEvents()) == expected


def slow_leaving(d, tale, balances):
    """The definition day by day: each day's balance of each account, latest version first."""
    zone, as_of = tale.zone, tale.as_of
    starts = [(tale.local(row["happened_at"]), row["period_days"], row) for row in balances]
    until = max(day + timedelta(days=days) for day, days, _ in starts)
    observed = min(d.periods, max(0, (until - as_of).days // d.period_days))
    if not observed:
        return "censored"
    cut = start_of_day(as_of, zone)
    ends = [day + timedelta(days=days) for day, days, row in starts if row["known_at"] < cut]
    known = min(as_of, max(ends, default=as_of))

    def mean(rows, first, last, *, from_first):
        held = {}
        for row in rows:
            begun = tale.local(row["happened_at"])
            for number in range(row["period_days"]):
                day = begun + timedelta(days=number)
                if first <= day < last:
                    held[day] = held.get(day, 0) + row["balance_cents"]
        start = min(held, default=first) if from_first else first
        return sum(held.values()) / max(1, (last - start).days)

    def fallen(later):
        return later < d.keep_share * before and before - later >= d.min_fall_cents

    seen = tale.then("balances")
    before = mean(seen, as_of - timedelta(days=d.baseline_days), known, from_first=True)
    recent = mean(seen, known - timedelta(days=d.recent_days), known, from_first=True)
    if before < d.min_fall_cents:
        return "too little to fall"
    if fallen(recent):
        return "already fallen"
    moves, watched = 0, 0
    for period in range(observed):
        days = period * d.period_days, (period + 1) * d.period_days
        moves += sum(
            -row["amount_cents"]
            for row in tale.between("transactions", *days)
            if row["planned"] and row["amount_cents"] < 0
        )
        if moves >= d.min_fall_cents:
            break
        watched += 1
    if not watched:
        return "planned move"
    for period in range(watched):
        first, last = (tale.plus(n * d.period_days) for n in (period, period + 1))
        if fallen(mean(tale.today("balances"), first, last, from_first=False)):
            return period + 1, watched
    return 0, watched


@pytest.mark.parametrize("zone", ["Europe/Prague", "America/New_York"])
def test_events_equal_a_slow_reading_of_their_definitions(tmp_path, zone):
    """Random balances of several days each, announced moves, corrections and clock changes."""
    bank, rows = random_bank(tmp_path / "bank", 3, zone=zone)
    leaving = LeavingEvents(3, 5, 60, 4, 0.85, 600_000, (3,))
    weekly = PurchaseEvents(3, 5, (3,))
    days = [date(2025, 10, 20), date(2025, 12, 1), date(2026, 2, 16), date(2026, 3, 23)]
    pairs = [(customer, day) for day in days for customer in CUSTOMERS]
    slow = {}
    for pair in pairs:
        tale = Tale(rows, zone, *pair)
        made = [row for row in tale.between("transactions", 0, 15) if own(row)]
        ahead = [(tale.local(row["happened_at"]) - tale.as_of).days // 3 + 1 for row in made]
        watched = min(5, (tale.until("transactions") - tale.as_of).days // 3)
        first = min(ahead, default=0)
        slow[pair] = slow_leaving(leaving, tale, rows["balances"]), (first, watched)
    for place, definition in enumerate((leaving, weekly)):
        found = events(bank, a_cohort(*pairs), definition)
        told = {
            (row["customer_id"], row["as_of"]): (row["period"], row["observed"])
            for row in found.rows.to_pylist()
        }
        expected = {pair: each[place] for pair, each in slow.items()}
        assert told == {pair: each for pair, each in expected.items() if isinstance(each, tuple)}
        left_out = [each for each in expected.values() if isinstance(each, str)]
        assert found.excluded == {reason: left_out.count(reason) for reason in left_out}
        assert len({period for period, _ in told.values()}) > 2


@settings(max_examples=10)
@given(
    offsets=st.lists(st.integers(-40, 200), max_size=6),
    days=st.integers(1, 30),
    periods=st.integers(1, 6),
    last=st.integers(0, 200),
)
def test_the_first_period_that_is_watched_whole_is_told(offsets, days, periods, last):
    """Whatever was done and however long was watched, in periods of any length."""
    made = [a_transaction(n, happened_at=at(day)) for n, day in enumerate(offsets) if day <= last]
    made.append(a_transaction(99, customer_id=2, happened_at=at(last)))
    with TemporaryDirectory() as folder:
        customers = [a_customer(1), a_customer(2)]
        bank = a_bank(Path(folder) / "bank", customers=customers, transactions=made)
        found = event(bank, PurchaseEvents(days, periods, (days,)))
    watched = min(periods, (last + 1) // days)
    seen = [1 + day // days for day in offsets if 0 <= day <= last]
    first = min((each for each in seen if each <= watched), default=0)
    assert found == ((first, watched) if watched else "censored")
