"""What tests of the online store build: a small catalogue, its slow reading, a bank, a stream."""

from datetime import UTC, date, datetime, timedelta
from statistics import pstdev

import numpy as np
import pyarrow as pa
from builders import a_bank, a_customer, a_transaction

from features.asof import with_states
from features.feature import Catalog, derived, feature
from features.online_absorb import Intake
from features.online_publish import publish
from features.profiles import profiles
from features.tables import EVENTS, TRANSACTIONS
from goodcall.calendar import local_date, start_of_day

ZONE = "Asia/Shanghai"
DAY = date(2026, 6, 1)
MIDNIGHT = start_of_day(DAY, ZONE)
NOON = MIDNIGHT + timedelta(hours=12)
CUSTOMERS = (1, 2, 3, 4)
NAN = float("nan")
SAID = {"zh": "甲", "concept": "c", "unit": "count", "purpose": "service"}


@feature(TRANSACTIONS, windows=(7, 30), **SAID)
def bookings(rows):
    """Bookings."""
    return rows.count()


@feature(TRANSACTIONS, windows=(7, 30), **SAID)
def money_in(rows):
    """Money in."""
    return rows.amount_cents.sum(where=rows.amount_cents > 0).fill_null(0)


@feature(TRANSACTIONS, windows=(7, 30), **SAID)
def lowest(rows):
    """Lowest amount."""
    return rows.amount_cents.min()


@feature(TRANSACTIONS, windows=(30,), **SAID)
def highest_by_phone(rows):
    """Highest amount by phone."""
    return rows.amount_cents.max(where=rows.channel == "mobile")


@feature(TRANSACTIONS, windows=(30,), **SAID)
def swing(rows):
    """Swing of amounts."""
    return rows.amount_cents.std(how="pop")


@feature(TRANSACTIONS, windows=(7, 30), **SAID)
def busy_days(rows):
    """Days with a booking."""
    return rows.days_ago.nunique()


@feature(TRANSACTIONS, windows=(30,), **SAID)
def days_since(rows):
    """Days since the last booking."""
    return rows.days_ago.min()


@feature(TRANSACTIONS, **SAID)
def newest_amount(rows):
    """Amount of the newest booking."""
    return rows.amount_cents.argmax(rows.happened_at)


@feature(TRANSACTIONS, windows=(30,), **SAID)
def first_amount(rows):
    """Amount of the first booking."""
    return rows.amount_cents.argmin(rows.happened_at)


@feature(TRANSACTIONS, windows=(30,), **SAID)
def middle(rows):
    """Middle amount."""
    return rows.amount_cents.quantile(0.5)


@feature(EVENTS, windows=(30,), **SAID)
def fund_pages(rows):
    """Pages about funds."""
    return rows.count(where=rows.topic == "fund")


@derived(bookings, zh="甲", concept="c", unit="share", purpose="service")
def weekly_share(row):
    """Share of the last week."""
    return row.bookings_7d / row.bookings_30d


@derived(days_since, zh="甲", concept="c", unit="days", purpose="service")
def weeks_since(row):
    """Weeks since the last booking."""
    return row.days_since_30d / 7


@derived(middle, zh="甲", concept="c", unit="count", purpose="service")
def twice_middle(row):
    """Twice the middle amount."""
    return row.middle_30d * 2


@derived(busy_days, zh="甲", concept="c", unit="share", purpose="service")
def busy_share(row):
    """Share of busy days."""
    return row.busy_days_7d / row.busy_days_30d


SMALL = Catalog(
    (
        *(*bookings, *money_in, *lowest, *highest_by_phone, *swing, *busy_days, *days_since),
        *(*newest_amount, *first_amount, *middle, *fund_pages),
        *(*weekly_share, *weeks_since, *twice_middle, *busy_share),
    )
)
# What cannot be brought up to date: a quantile, and what reads it.
FIXED = ("middle_30d", "twice_middle")


def slowly(rows, customer, at, day=DAY):
    """Every feature of SMALL but the fixed ones, read obviously from raw rows at an instant."""
    latest = {}
    for row in sorted(rows, key=lambda each: each["known_at"]):
        if row["customer_id"] == customer and row["known_at"] < at:
            latest["amount_cents" in row, row.get("transaction_id", row.get("event_id"))] = row
    seen = [row for row in latest.values() if row["happened_at"] < at]
    last = local_date(at - timedelta(microseconds=1), ZONE)

    def within(days, *, booked=True):
        begin = start_of_day(day - timedelta(days), ZONE)
        return [r for r in seen if r["happened_at"] >= begin and ("amount_cents" in r) == booked]

    def amounts(days):
        return [row["amount_cents"] for row in within(days)]

    def busy(days):
        return len({local_date(row["happened_at"], ZONE) for row in within(days)})

    def key(row):
        return (row["happened_at"], row["amount_cents"])

    booked = [row for row in seen if "amount_cents" in row]
    since = [(last - local_date(row["happened_at"], ZONE)).days for row in within(30)]
    phone = [row["amount_cents"] for row in within(30) if row.get("channel") == "mobile"]
    found = {f"bookings_{n}d": len(within(n)) for n in (7, 30)}
    found |= {f"money_in_{n}d": sum(a for a in amounts(n) if a > 0) for n in (7, 30)}
    found |= {f"lowest_{n}d": min(amounts(n), default=NAN) for n in (7, 30)}
    found |= {f"busy_days_{n}d": busy(n) for n in (7, 30)}
    first = min(
        within(30), key=lambda row: (row["happened_at"], -row["amount_cents"]), default=None
    )
    return found | {
        "highest_by_phone_30d": max(phone, default=NAN),
        "swing_30d": pstdev(amounts(30)) if within(30) else NAN,
        "days_since_30d": min(since, default=NAN),
        "newest_amount": max(booked, key=key)["amount_cents"] if booked else NAN,
        "first_amount_30d": first["amount_cents"] if first else NAN,
        "fund_pages_30d": sum(r.get("topic") == "fund" for r in within(30, booked=False)),
        "weekly_share": len(within(7)) / len(within(30)) if within(30) else NAN,
        "weeks_since": min(since, default=NAN) / 7,
        "busy_share": busy(7) / busy(30) if busy(30) else NAN,
    }


def a_booking(number, customer=1, **facts):
    """A booking as an app reports it: without the moment at which it became known."""
    row = a_transaction(number, customer_id=customer, channel="mobile", **facts)
    del row["known_at"]
    return row


def a_page(number, customer=1, **facts):
    """A look at a page about funds, at noon unless told otherwise."""
    plain = {"event_id": number, "customer_id": customer, "happened_at": NOON}
    return plain | {"kind": "page_view", "topic": "fund"} | facts


def some_bookings(seed=1, each=12):
    """Random bookings of the forty days before DAY, customer 4 without any."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(each * 3):
        happened = MIDNIGHT - timedelta(seconds=int(rng.integers(1, 40 * 86_400)))
        amount = int(rng.integers(-90_000, 90_000))
        rows.append(
            a_transaction(
                number + 1, customer_id=number % 3 + 1, happened_at=happened, amount_cents=amount
            )
        )
    return rows


def a_stream_bank(path, bookings=None, events=()):
    """A bank of four customers with bookings of before DAY."""
    rows = some_bookings() if bookings is None else bookings
    old = {"event_id": 1, "customer_id": 4, "kind": "login"}
    seen = {"happened_at": datetime(2020, 1, 1, tzinfo=UTC)}
    events = [old | seen | {"known_at": seen["happened_at"]}, *events]
    return a_bank(
        path,
        customers=[a_customer(n) for n in CUSTOMERS],
        transactions=[row for row in rows if row["known_at"] < MIDNIGHT],
        events=events,
    )


def grow(path, old, new):
    """A bank that also knows rows that became known on DAY."""
    event = {"event_id": 1, "customer_id": 4, "kind": "login"}
    moment = {"happened_at": MIDNIGHT, "known_at": MIDNIGHT}
    return a_bank(
        path,
        customers=[a_customer(n) for n in CUSTOMERS],
        transactions=[*(row for row in old if row["known_at"] < MIDNIGHT), *new],
        events=[event | moment],
    )


def put_online(url, bank, *, day=DAY, catalog=SMALL, now=NOON, tell=None, customers=CUSTOMERS):
    """Publish a bank's customers as of a day."""
    ids = pa.array(customers, pa.int64())
    cohort = pa.table({"customer_id": ids, "as_of": pa.array([day] * len(ids), pa.date32())})
    computed = with_states(bank, cohort, catalog)
    people = profiles(bank, day)
    publish(url, computed, people, bank=bank, as_of=day, catalog=catalog, now=now, tell=tell)
    return computed


class Clock:
    """The present, moved by hand."""

    def __init__(self, now=NOON):
        self.now = now

    def __call__(self):
        return self.now

    def on(self, **parts):
        self.now += timedelta(**parts)
        return self.now


def a_door(url, clock, catalog=SMALL):
    """The door for new facts."""
    return Intake(url, catalog, clock)


def by_name(served, catalog=SMALL):
    """A served row's values by feature."""
    return dict(zip(catalog.names, served.values.tolist(), strict=True))
