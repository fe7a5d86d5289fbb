"""The money that moves in a simulated bank: postings by customer, account and day."""

import numpy as np
import pyarrow as pa

from banks.world_arrays import Flags, Floats, Ints, Records, instants, records, words
from banks.world_calendar import DAY, NEVER, SECOND, Desk
from banks.world_people import People

SLOTS = ("current", "savings", "wealth", "credit_card")
CURRENT, SAVINGS, WEALTH, CARD = range(len(SLOTS))
KINDS = (
    *("salary", "pension", "transfer", "card", "cash", "bill", "standing_order"),
    *("loan_payment", "investment", "interest", "fee", "other"),
)
_BY = ("customer", "bank", "third_party")
_CHANNELS = ("mobile", "web", "branch", "atm", "pos", "auto")
_BANKS = ("own", "other")
_WEB = 0.1
ACCOUNTS_EACH = 10  # an account's id is ten times its customer's, plus its slot
_DIGITAL, _BY_HAND, _ATM, _POS, _AUTO = range(5)
# How each sort of posting is booked: kind, who causes it, where, and the bank at the other end.
SORTS = {
    "salary": ("salary", "third_party", _AUTO, "other"),
    "pension": ("pension", "third_party", _AUTO, "other"),
    "turnover": ("transfer", "third_party", _AUTO, "other"),
    "brought_in": ("transfer", "customer", _DIGITAL, "other"),
    "sent_out": ("transfer", "customer", _DIGITAL, "other"),
    "paid_person": ("transfer", "customer", _DIGITAL, "own"),
    "card": ("card", "customer", _POS, None),
    "cash": ("cash", "customer", _ATM, None),
    "bill": ("bill", "customer", _DIGITAL, None),
    "standing_order": ("standing_order", "bank", _AUTO, "other"),
    "set_aside": ("standing_order", "bank", _AUTO, "own"),
    "loan_payment": ("loan_payment", "bank", _AUTO, "own"),
    "loan_paid_out": ("other", "bank", _AUTO, "own"),
    "investment": ("investment", "customer", _DIGITAL, "own"),
    "moved": ("transfer", "customer", _DIGITAL, "own"),
    "big_spend": ("transfer", "customer", _BY_HAND, "other"),
    "interest": ("interest", "bank", _AUTO, "own"),
    "fee": ("fee", "bank", _AUTO, "own"),
}
_SORT_NAMES = tuple(SORTS)
_HOURS = ((7, 23), (9, 17), (7, 23), (7, 23), (2, 8))  # of each place, the hours it books in


class Postings:
    """Gathers postings and keeps every account's balance; amounts are cents, in is positive."""

    def __init__(self, balance: Ints, opened: Ints, days: tuple[Ints, Ints]) -> None:
        """Start a month with a balance (n, slots), which the postings then move.

        Each customer has postings from their first of `days` on and before the last, and on an
        account from the day on which it was `opened` (n, slots).
        """
        self.balance = balance
        self._low, self._high = np.maximum(opened, days[0][:, None]), days[1]
        self._parts: list[Records] = []

    def add(
        self,
        sort: str,
        who: Ints,
        day: Ints,
        amount: Floats | Ints,
        *,
        slot: int | Ints = CURRENT,
        planned: Flags | None = None,
    ) -> None:
        """Post amounts; what rounds to nothing or falls on a day without an account is left out."""
        cents = np.rint(amount).astype(np.int64)
        slots = np.broadcast_to(np.asarray(slot, dtype=np.int64), who.shape)
        fits = (cents != 0) & self._open(who, slots, day)
        rows = records(
            who=who,
            slot=slots,
            day=day,
            amount=cents,
            sort=np.full(len(who), _SORT_NAMES.index(sort)),
            planned=np.zeros(len(who), dtype=np.bool_) if planned is None else planned,
        )[fits]
        np.add.at(self.balance, (rows["who"], rows["slot"]), rows["amount"])
        self._parts.append(rows)

    def move(
        self, sort: str, who: Ints, day: Ints, amount: Floats | Ints, *, source: int, to: int
    ) -> None:
        """Post an amount out of one account of a customer and into another, where both are open."""
        both = self._open(who, source, day) & self._open(who, to, day)
        cents = np.rint(amount).astype(np.int64)[both]
        self.add(sort, who[both], day[both], -cents, slot=source)
        self.add(sort, who[both], day[both], cents, slot=to)

    def spread(
        self,
        sort: str,
        total: Floats,
        count: Ints,
        days: tuple[Ints, Ints],
        rng: np.random.Generator,
        *,
        slot: Ints | None = None,
    ) -> None:
        """Post each customer's total as so many uneven postings over their days of a month."""
        who = np.repeat(np.arange(len(total)), count)
        part = rng.exponential(size=len(who)) + 0.05
        amount = total[who] * part / np.bincount(who, part, minlength=len(total))[who]
        day = days[0][who] + (rng.random(len(who)) * (days[1] - days[0])[who]).astype(np.int64)
        self.add(sort, who, day, amount, slot=CURRENT if slot is None else slot[who])

    def top_up(self, start: int, end: int) -> Ints:
        """Bring in, on the first day of a month that needs it, what an account lacks in it.

        Returns the balances (n, slots, days) at the end of every day, none of which is below zero
        but for a credit card's.
        """
        rows, shape = np.concatenate(self._parts), (*self.balance.shape, end - start)
        day = np.ravel_multi_index((rows["who"], rows["slot"], rows["day"] - start), shape)
        moved = np.bincount(day, rows["amount"], self.balance.size * shape[2])
        path: Ints = np.rint(moved).astype(np.int64).reshape(shape).cumsum(axis=2)
        path += (self.balance - path[:, :, -1])[:, :, None]
        lowest = path.min(axis=2)
        lowest[:, CARD] = 0
        who, slot = np.nonzero(lowest < 0)
        first = np.argmax(path[who, slot] < 0, axis=1)
        lacking = -lowest[who, slot]
        self.add("brought_in", who, start + first, lacking, slot=slot)
        path[who, slot] += lacking[:, None] * (np.arange(shape[2]) >= first[:, None])
        return path

    def rows(self) -> Records:
        """Every posting, by customer and then by day."""
        rows = np.concatenate(self._parts)
        order = (rows["who"] * NEVER + rows["day"]) * len(SLOTS) + rows["slot"]
        return rows[np.argsort(order, kind="stable")]

    def _open(self, who: Ints, slot: int | Ints, day: Ints) -> Flags:
        return np.asarray((day >= self._low[who, slot]) & (day < self._high[who]))


def transactions(
    rows: Records, people: People, account_id: Ints, late: float, desk: Desk
) -> pa.Table:
    """Postings as the raw table `transactions`; a share `late` is known days late."""
    count, rng = len(rows), desk.rng
    booked = list(SORTS.values())
    place = np.array([where for _, _, where, _ in booked])[rows["sort"]]
    hours = np.array(_HOURS)[place] * 3600
    second = hours[:, 0] + (rng.random(count) * (hours[:, 1] - hours[:, 0])).astype(np.int64)
    happened = desk.calendar.instant(rows["day"], second)
    delay = rng.integers(30, 3600, count) * SECOND
    delay += (rng.random(count) < late) * rng.integers(1, 6, count) * DAY
    banks = np.array([-1 if bank is None else _BANKS.index(bank) for _, _, _, bank in booked])
    kinds = np.array([KINDS.index(kind) for kind, _, _, _ in booked])
    causes = np.array([_BY.index(cause) for _, cause, _, _ in booked])
    channel = _channels(place, people.digital[rows["who"]], rng)
    return pa.table(
        {
            "transaction_id": desk.ids(count),
            "account_id": account_id[rows["who"], rows["slot"]],
            "customer_id": people.customer_id[rows["who"]],
            "happened_at": instants(happened),
            "known_at": instants(happened + delay),
            "amount_cents": rows["amount"],
            "kind": words(kinds[rows["sort"]], KINDS),
            "initiated_by": words(causes[rows["sort"]], _BY),
            "channel": words(channel, _CHANNELS),
            "counterparty": words(banks[rows["sort"]], _BANKS),
            "planned": rows["planned"],
        }
    )


def _channels(place: Ints, digital: Flags, rng: np.random.Generator) -> Ints:
    """Where each posting was made; who has no mobile bank goes to the branch."""
    web = rng.random(len(place)) < _WEB
    screen = np.where(digital, np.where(web, 1, 0), 2)
    return np.where(place == _DIGITAL, screen, np.array([0, 2, 3, 4, 5])[place])


def balances(
    path: Ints, opened: Ints, days: tuple[Ints, Ints], account_id: Ints, desk: Desk
) -> pa.Table:
    """The raw table `balances`: each account's balance at each day's end of a month.

    `path` (n, slots, days) are the balances, `opened` (n, slots) the day on which each account was
    opened, `days` each customer's first day of the month and the day after the last.
    """
    parts, everyday = [], np.arange(*desk.days)
    here = (everyday >= days[0][:, None]) & (everyday < days[1][:, None])
    for slot, family in ((CURRENT, "deposit"), (SAVINGS, "deposit"), (WEALTH, "wealth")):
        there = here & (everyday >= opened[:, slot, None])
        who, place = np.nonzero(there)
        midnight = desk.calendar.instant(everyday[place])
        columns = {
            "account_id": account_id[who, slot],
            "customer_id": account_id[who, slot] // ACCOUNTS_EACH,
            "happened_at": instants(midnight),
            "known_at": instants(midnight + DAY + 2 * 3600 * SECOND),
            "family": pa.array([family], pa.string()).take(pa.array(np.zeros(len(who), np.int8))),
            "balance_cents": path[:, slot][there],
            "period_days": np.ones(len(who), dtype=np.int64),
        }
        parts.append(pa.table(columns))
    return pa.concat_tables(parts)
