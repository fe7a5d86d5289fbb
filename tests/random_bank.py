"""A bank of a few customers with random facts of every table: late ones, ties, and versions."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from builders import Row, a_bank, a_customer, a_table

from features.bank import Bank, open_bank, write_contacts
from features.tables import TABLES
from goodcall.calendar import start_of_day
from goodcall.vocabulary import FAMILIES

DATES = (date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 17))
CUSTOMERS = range(1, 9)
SILENT = 8  # has a row of `customers` and accounts, and nothing else
MONTHLY = 7  # has balances by month
_FIRST = date(2025, 3, 1)
_DAYS = 450
_KINDS = (
    *("salary", "salary", "pension", "transfer", "card", "cash", "bill", "standing_order"),
    *("loan_payment", "investment", "interest", "fee", "other"),
)
_STOPPING = (("salary", "pension"), ("standing_order",), ("bill",), ("card",))
_STOP = date(2026, 2, 10)
_EVENTS = (
    *("login", "login", "page_view", "page_view", "application", "application_abandoned"),
    *("application_abandoned", "visit", "partner", "government"),
)
_PLANNED = (True, False, None)
_OUTCOMES = (
    *("CONNECTED_INTERESTED", "NOT_INTERESTED_OFFER", "REFUSED_ALL", "NO_ANSWER", "BUSY"),
    *("CLICK", "NOT_NOW", "LEAVING_CONFIRMED", "LOW_MOOD", "DEFER_MOOD", None),
)


@dataclass
class Draw:
    """Random facts of a bank in `zone`, gathered table by table."""

    rng: np.random.Generator
    zone: str
    number: int = 0
    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in TABLES})

    def one(self, *values: Any) -> Any:
        return values[self.rng.integers(0, len(values))]

    def at(self, day: date) -> datetime:
        return start_of_day(day, self.zone)

    def moment(self) -> datetime:
        """A random instant; one in seven is a midnight, on the edge of some window."""
        if self.rng.random() < 0.15:
            return self.at(DATES[0] - timedelta(int(self.rng.integers(-40, 100))))
        return self.at(_FIRST) + timedelta(seconds=int(self.rng.integers(0, _DAYS * 86_400)))

    def add(self, table: str, customer: int, **facts: Any) -> Row:
        """A fact that happened at a random moment and was known at once or up to nine days late."""
        self.number += 1
        happened = facts.pop("happened_at", None) or self.moment()
        late = self.one(timedelta(0), timedelta(seconds=40), timedelta(days=1), timedelta(days=9))
        known = {"customer_id": customer, "happened_at": happened, "known_at": happened + late}
        self.rows[table].append({TABLES[table].key[0]: self.number} | known | facts)
        return self.rows[table][-1]

    def again(self, table: str, fact: Row, later: timedelta, **facts: Any) -> None:
        """A later version of a fact."""
        self.rows[table].append(fact | {"known_at": fact["known_at"] + later} | facts)

    def cents(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high))


def random_bank(
    path: Path, seed: int, *, zone: str, tables: tuple[str, ...] = tuple(TABLES)
) -> tuple[Bank, dict[str, list[Row]]]:
    """A bank with only the `tables` named, and its rows as they were written."""
    draw = Draw(np.random.default_rng(seed), zone)
    for customer in CUSTOMERS:
        _person(draw, customer)
        if customer != SILENT:
            _dealings(draw, customer)
            _balances(draw, customer)
            _papers(draw, customer)
            _talk(draw, customer)
    rows = {name: found for name, found in draw.rows.items() if found and name in tables}
    return a_bank(path, zone=zone, **rows), rows


def _person(draw: Draw, customer: int) -> None:
    opened = date(2019, 1, 1) + timedelta(draw.cents(0, 900))
    aged = {"birth_date": date(1970, 5, 5)} if customer % 2 else {"stated_age": 44}
    kind = draw.one("retail", "private", "small_business", "corporate")
    person = a_customer(customer, opened_on=opened, kind=kind, **aged)
    draw.rows["customers"].append(person)
    if draw.rng.random() < 0.5:
        known = draw.at(DATES[1]) - timedelta(seconds=draw.cents(0, 2))
        draw.rows["customers"].append(person | {"known_at": known, "kind": draw.one("private")})
    draw.add("accounts", customer, happened_at=draw.at(opened), kind="current", opened_on=opened)
    for _ in range(3):
        account = draw.add("accounts", customer, kind=draw.one("savings", "credit_card"))
        account["opened_on"] = account["happened_at"].date()
        closed = account["opened_on"] + timedelta(draw.cents(1, 200))
        draw.again("accounts", account, timedelta(days=200), closed_on=closed)


def _dealings(draw: Draw, customer: int) -> None:
    for _ in range(150):
        posting = draw.add(
            "transactions",
            customer,
            account_id=customer,
            amount_cents=draw.cents(-900_000, 900_000),
            kind="other",
            initiated_by=draw.one("customer", "customer", "bank"),
            channel=draw.one("mobile", "web", "branch", "atm", "pos", "auto", None),
            counterparty=draw.one("own", "other", None),
            planned=draw.one(*_PLANNED),
        )
        posting["kind"] = _kind(draw, customer, posting["happened_at"])
        if draw.rng.random() < 0.1:
            draw.again("transactions", posting, timedelta(days=3), amount_cents=draw.cents(-9, 9))
        draw.add(
            "events",
            customer,
            kind=draw.one(*_EVENTS),
            channel=draw.one("mobile", "web", None),
            topic=draw.one(*FAMILIES, None),
        )


def _kind(draw: Draw, customer: int, happened: datetime) -> str:
    """A kind of posting; of each customer one regular kind stops for good."""
    kind = draw.one(*_KINDS)
    stops = _STOPPING[customer % len(_STOPPING)]
    return "other" if kind in stops and happened >= draw.at(_STOP) else kind


def _balances(draw: Draw, customer: int) -> None:
    period = 30 if customer == MONTHLY else 1 + customer % 3
    for days in range(0, _DAYS - 60, period):
        at = draw.at(_FIRST + timedelta(days))
        for account, family in ((customer, "deposit"), (100 + customer, "wealth")):
            draw.rows["balances"].append(
                {
                    "account_id": account,
                    "customer_id": customer,
                    "happened_at": at,
                    "known_at": at + timedelta(days=period, hours=2),
                    "family": family,
                    "balance_cents": draw.one(0, -5_000, *[draw.cents(0, 5_000_000)] * 8),
                    "period_days": period,
                }
            )


def _papers(draw: Draw, customer: int) -> None:
    for number in range(customer, customer + 15):
        family = FAMILIES[number % len(FAMILIES)]
        held = draw.add("holdings", customer, product_id=1, family=family)
        begun = held["happened_at"].date()
        matures = begun + timedelta(draw.cents(60, 400))
        held |= {"opened_on": begun, "matures_on": draw.one(None, matures)}
        held |= {"amount_cents": draw.one(None, draw.cents(1, 9_000_000))}
        if draw.rng.random() < 0.5:
            ended = begun + timedelta(draw.cents(5, 120))
            known = max(draw.at(ended), held["known_at"]) + timedelta(hours=3)
            draw.rows["holdings"].append(held | {"closed_on": ended, "known_at": known})
    for _ in range(1 + customer % 3):
        loan = draw.add("loans", customer, term_months=draw.one(None, 3, 36))
        loan |= {"opened_on": loan["happened_at"].date(), "payment_cents": draw.one(None, 70_000)}
        loan |= {"overdue_since": None, "overdue_cents": None}
        since = loan["opened_on"] + timedelta(40)
        draw.again("loans", loan, timedelta(60), overdue_since=since, overdue_cents=70_000)
        draw.again("loans", loan, timedelta(260), overdue_cents=0)
    for _ in range(customer % 4):
        assessed = draw.add("assessments", customer, tolerance=draw.one("C1", "C3", "C5"))
        assessed["expires_on"] = assessed["happened_at"].date() + timedelta(draw.cents(9, 400))


def _talk(draw: Draw, customer: int) -> None:
    for _ in range(60):
        draw.add(
            "contacts",
            customer,
            channel=draw.one("phone", "phone", "sms", "app", "branch", "email"),
            direction=draw.one("outbound", "outbound", "inbound"),
            category=draw.one("marketing", "marketing", "service", "risk"),
            state=draw.one("connected", "attempted", "delivered", "cancelled", "planned"),
            outcome=draw.one(*_OUTCOMES),
        )
        mood = draw.one("low", "neutral", "satisfied", None)
        case = draw.add("cases", customer, kind=draw.one("complaint", "service"), mood=mood)
        if draw.rng.random() < 0.6:
            closed = case["known_at"] + timedelta(seconds=draw.cents(1, 60 * 86_400))
            draw.rows["cases"].append(case | {"closed_at": closed, "known_at": closed})
    for _ in range(customer % 5):
        action = draw.one("grant", "revoke", "dnc", "dnc_lifted")
        draw.add("consents", customer, action=action, channel=draw.one("phone", None))


def split_bank(folder: Path, zone: str) -> tuple[Bank, dict[str, list[Row]]]:
    """A random bank of which some contacts, or versions, lie apart, and all of its rows."""
    _, rows = random_bank(folder / "whole", 5, zone=zone)
    told = rows["contacts"]
    # Every third contact lies apart; of every ninth the bank has the first version.
    more = {"outcome": "REFUSED_ALL"}
    later = [r | {"known_at": r["known_at"] + timedelta(days=3)} | more for r in told[::9]]
    ours = [r for n, r in enumerate(told) if n % 3 == 0 and n % 9] + later
    theirs = [r for n, r in enumerate(told) if n % 3 or not n % 9]
    bank = a_bank(folder / "bank", zone=zone, **(rows | {"contacts": theirs}))
    write_contacts(folder / "contacts.parquet", a_table("contacts", ours))
    united = open_bank(bank.path, folder / "contacts.parquet")
    return united, rows | {"contacts": told + later}
