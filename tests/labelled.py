"""Cohorts, rows and outcomes of a few customers, for tests of labels."""

from datetime import date, timedelta

import pyarrow as pa
from builders import a_bank, a_customer, a_transaction

from goodcall.calendar import start_of_day
from training.labels import label

ZONE = "Asia/Shanghai"
AS_OF = date(2026, 3, 1)
CUT = start_of_day(AS_OF, ZONE)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
YUAN = 100


def a_cohort(*pairs):
    return pa.table(
        {
            "customer_id": pa.array([customer for customer, _ in pairs], pa.int64()),
            "as_of": pa.array([day for _, day in pairs], pa.date32()),
        }
    )


def at(days, *, as_of=AS_OF, zone=ZONE):
    """The instant at which a local day begins, so many days after as_of."""
    return start_of_day(as_of + timedelta(days=days), zone)


def daily(first, last, yuan, *, customer=1, account=1, zone=ZONE, late=timedelta(hours=25)):
    """A balance a day from `first` to the day before `last`, known `late` after it began."""
    rows = []
    for number in range((last - first).days):
        begun = start_of_day(first + timedelta(days=number), zone)
        known = begun + late
        rows.append(a_balance(begun, yuan, customer=customer, account=account, known=known))
    return rows


def a_balance(begun, yuan, *, customer=1, account=1, known=None, days=1, family="deposit"):
    return {
        "account_id": account,
        "customer_id": customer,
        "happened_at": begun,
        "known_at": known or begun,
        "family": family,
        "balance_cents": yuan * YUAN,
        "period_days": days,
    }


def a_holding(begun, *, number=1, family="fund", known=None, **facts):
    return {
        "holding_id": number,
        "customer_id": 1,
        "happened_at": begun,
        "known_at": known or begun,
        "product_id": 1,
        "family": family,
        "opened_on": begun.date(),
    } | facts


def an_account(number=1, *, begun=None, known=None, **facts):
    begun = begun or at(-900)
    return {
        "account_id": number,
        "customer_id": 1,
        "happened_at": begun,
        "known_at": known or begun,
        "kind": "current",
        "opened_on": begun.date(),
    } | facts


def an_event(number=1, **facts):
    happened = facts["happened_at"]
    plain = {"event_id": number, "customer_id": 1, "known_at": happened + SECOND}
    return plain | {"kind": "login", "channel": "mobile"} | facts


def people(count):
    """Customers 1 to `count`, and 900, whose facts come last."""
    return [a_customer(number) for number in (*range(1, count + 1), 900)]


def last_facts(day=300):
    """A transaction and a login of somebody else, so that the tables tell of every day until."""
    happened = at(day)
    paid = a_transaction(900_000, customer_id=900, happened_at=happened)
    return {
        "transactions": [paid],
        "events": [an_event(900_000, customer_id=900, happened_at=happened)],
    }


def moved(path, after, *, before=100_000, zone=ZONE, last=AS_OF + timedelta(days=90), **tables):
    """A bank whose customer held `before` yuan until as_of + 60 days, and `after` from then on."""
    turn = AS_OF + timedelta(days=60)
    rows = daily(AS_OF - timedelta(days=90), turn, before, zone=zone)
    rows += daily(turn, last, after, zone=zone)
    return a_bank(path, zone=zone, balances=rows, **tables)


def outcome(bank, definition, as_of=AS_OF, customer=1):
    """The outcome of one customer: 0, 1, or why there is none."""
    found = label(bank, a_cohort((customer, as_of)), definition)
    if found.rows.num_rows:
        assert not found.excluded
        return found.rows["y"][0].as_py()
    (reason,) = found.excluded
    return reason


def outcomes(bank, definition, customers, as_of=AS_OF):
    """The outcomes of customers 1, 2, ...: 0, 1, or why there is none."""
    found = label(bank, a_cohort(*((each, as_of) for each in range(1, customers + 1))), definition)
    kept = dict(
        zip(found.rows["customer_id"].to_pylist(), found.rows["y"].to_pylist(), strict=True)
    )
    others = set(range(1, customers + 1)) - set(kept)
    kept |= {each: outcome(bank, definition, as_of, each) for each in others}
    return [kept[each] for each in range(1, customers + 1)]
