"""A world where it is known how many contacts may happen, and what a ledger kept of it.

Customers live in households of six; two of the six share a number, and all may be called once a
day, each number once a day, each household three times a day. Numbers never cross households, so
whoever asks first, exactly the same number of calls may be made in the end.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import create_engine, text

from goodcall.profile import Point, Profile
from outreach import Policy, Request, parse_policy

DAYS, HOUSE, SHARING, OF_HOUSE, EVENING = 5, 6, 2, 3, 18_000
_OPENS = datetime(2026, 6, 8, 2, 0, tzinfo=UTC)
_EVERY_DAY = '["mon", "tue", "wed", "thu", "fri", "sat", "sun"]'
_FIGURE = '{ is = 1, source = "assumed" }'
_VALUES = (
    *("opt_out_cents", "complaint_cents", "fatigue_cents", "fatigue_days"),
    *("cannibalisation", "deposit_margin_bps", "months", "discount"),
)
_TABLES = ("lift_ratio", "save_rate", "opt_out_probability", "complaint_probability")
POLICY = "\n".join(
    (
        'zone = "Asia/Shanghai"\ncurrency = "CNY"',
        f'[[channel]]\nid = "phone"\nminutes = 8\ncost_cents = {_FIGURE}\npoints = "phone"',
        '[capacity]\ndefault_minutes = 60\n[lists]\nby = "manager"',
        "[holdout]\nshare = 0.1\n[value]",
        *(f"{name} = {_FIGURE}" for name in _VALUES),
        *(f"[value.{name}]\nphone = {_FIGURE}" for name in _TABLES),
        *(
            f'[[rule]]\nid = "{per}"\nkind = "frequency_cap"\nowner = "benchmark"\nper = "{per}"\n'
            f'channels = ["phone"]\nat_most = {most}\nperiod = "day"'
            for per, most in (("customer", 1), ("contact_point", 1), ("household", OF_HOUSE))
        ),
        '[[rule]]\nid = "hours"\nkind = "quiet_hours"\nowner = "benchmark"',
        f'allowed = [{{ days = {_EVERY_DAY}, from = "09:00", to = "20:00" }}]',
    )
)

_CONTACTS = "SELECT request_id, customer_id, household_id, number_hash, happened_at FROM contacts"


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody asks for a contact at a moment; a repeated attempt has the same request id."""

    request: Request
    now: datetime


@dataclass(frozen=True, slots=True)
class World:
    """Customers, and how often each is asked for."""

    customers: int
    attempts: int
    seed: int = 7

    @property
    def allowed(self) -> int:
        """How many contacts may happen, whoever asks first, counted by hand."""
        whole, rest = divmod(self.customers, HOUSE)
        numbers = HOUSE - SHARING + 1
        of_rest = 0 if rest == 0 else rest - max(min(rest, SHARING) - 1, 0)
        return DAYS * (whole * min(numbers, OF_HOUSE) + min(of_rest, OF_HOUSE))

    def people(self) -> dict[int, Profile]:
        """Every customer by number."""
        return {who: _profile(who) for who in range(self.customers)}

    def asked(self, worker: int = 0, workers: int = 1) -> Iterator[Attempt]:
        """The attempts in order, or a worker's share; of ten, one repeats the request before it.

        Every customer is asked for on every day before anyone is asked for again. Whoever repeats
        a request is another worker than who asked first.
        """
        rng = np.random.default_rng(self.seed)
        cells, order = self.customers * DAYS, rng.permutation(0)
        place = 0
        for number in range(self.attempts):
            first = number if number == 0 or number % 10 else number - 1
            if first == number:
                if place % cells == 0:
                    order = rng.permutation(cells)
                cell = int(order[place % cells])
                place += 1
            if number % workers == worker:
                yield self._attempt(first, cell)

    def _attempt(self, number: int, cell: int) -> Attempt:
        day, who = divmod(cell, self.customers)
        request = Request(f"r{number}", who, "phone", point_id=who)
        return Attempt(request, _OPENS + timedelta(days=day, seconds=number % EVENING))

    def policy(self) -> Policy:
        """The policy of the world, read from its text."""
        return parse_policy(POLICY)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a database holds, read by plain SQL and counted by hand.

    `requests` are those of its contacts, `decisions` the verdict of every request, `violations` how
    many contacts are too many for a customer, a number, a household or a request.
    """

    contacts: int
    requests: frozenset[str]
    decisions: dict[str, str]
    violations: int


def kept(url: str) -> Kept:
    """What a ledger's database holds in the end."""
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(text(_CONTACTS)).all()
        told = connection.execute(text("SELECT request_id, decision FROM decisions")).all()
    engine.dispose()
    counts: Counter[tuple[str, object, object]] = Counter()
    for row in rows:
        day = (datetime.fromisoformat(row.happened_at) + timedelta(hours=8)).date()
        counts["customer", row.customer_id, day] += 1
        counts["number", row.number_hash, day] += 1
        counts["house", row.household_id, day] += 1
        counts["request", row.request_id, None] += 1
    most = {"house": OF_HOUSE}
    over = (max(n - most.get(scope, 1), 0) for (scope, _, _), n in counts.items())
    verdicts = {row.request_id: json.loads(row.decision)["verdict"] for row in told}
    return Kept(len(rows), frozenset(row.request_id for row in rows), verdicts, sum(over))


def _profile(who: int) -> Profile:
    house, place = divmod(who, HOUSE)
    number = f"shared {house}" if place < SHARING else f"own {who}"
    return Profile(
        customer_id=who,
        known_before=_OPENS,
        kind="retail",
        status="active",
        zone="Asia/Shanghai",
        household_id=house,
        branch_id=who % 7,
        manager_id=who % 31,
        points=(Point(who, "phone", number, valid=True),),
    )
