"""The daily board: lists, contacts, answers and sales of a day by branch, manager, tier, offer."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from outreach import Listed, LoggedContact, Span
from reports.answers import answers_of
from reports.purchases import Credit
from reports.settings import Settings

Key = int | str | None


@dataclass(frozen=True, slots=True)
class DayLine:
    """What a day came to for one branch, manager, tier or offer; `key` None where it is not known.

    `listed` are rows to be worked, of which so many were `worked`; `attempts` to `complaints` are
    marketing contacts that began on the day, listed or not; `sales` are the purchases that count
    for these, `amount_cents` theirs as far as the bank says.
    """

    key: Key
    listed: int
    worked: int
    attempts: int
    connected: int
    conversations: int
    appointments: int
    sales: int
    amount_cents: int
    refusals: int
    complaints: int

    @property
    def worked_share(self) -> float | None:
        """Rows worked of rows listed; None without rows."""
        return self.worked / self.listed if self.listed else None

    @property
    def contact_rate(self) -> float | None:
        """The share of attempts that reached the customer in person; None without one."""
        return self.connected / self.attempts if self.attempts else None

    @property
    def conversation_rate(self) -> float | None:
        """The share of attempts in which the matter was talked over; None without one."""
        return self.conversations / self.attempts if self.attempts else None

    @property
    def complaints_per_1000(self) -> float | None:
        """Complaints per 1,000 attempts; None without one."""
        return 1000 * self.complaints / self.attempts if self.attempts else None


@dataclass(frozen=True, slots=True)
class DayBoard:
    """A day by each of `branch`, `manager`, `tier` and `offer`, in all, and all that it is of.

    No line is by manager where lists are made for branches. `until` is the last day that the bank
    tells of; `branch_id` is the branch that the board is of, None of the whole bank.
    """

    day: date
    until: date
    branch_id: int | None
    settings: Settings
    lines: Mapping[str, tuple[DayLine, ...]]
    total: DayLine
    rows: tuple[Listed, ...]
    made: tuple[LoggedContact, ...]
    credits: tuple[Credit, ...]
    tier_of: Mapping[int, str]


def day_board(
    span: Span,
    credits_: Iterable[Credit],
    settings: Settings,
    until: date,
    *,
    unit: str,
    branch_of: Mapping[int, int],
    tier_of: Mapping[int, str],
    branch_id: int | None = None,
) -> DayBoard:
    """The board of a span of one day; `credits_` are the purchases that count for its contacts.

    `unit` says what lists are made for, `branch_of` gives the branch of each list, and `tier_of`
    the tier of each customer. A contact is of its own branch; one that the ledger knows no branch
    of is of its manager's.
    """
    by = _parts(unit, branch_of, tier_of)
    of_row, of_contact = by["branch"]

    def ours(found: Key) -> bool:
        return branch_id is None or found == branch_id

    rows = tuple(each for each in span.rows if ours(of_row(each)))
    made = tuple(each for each in span.made if ours(of_contact(each)))
    came = tuple(each for each in credits_ if ours(of_contact(each.contact)))
    return DayBoard(
        *(span.first, until, branch_id, settings),
        {name: _lines(rows, made, came, *keys) for name, keys in by.items()},
        _line(None, rows, made, came),
        *(rows, made, came, tier_of),
    )


def _parts(
    unit: str, branch_of: Mapping[int, int], tier_of: Mapping[int, str]
) -> Mapping[str, tuple[Callable[[Listed], Key], Callable[[LoggedContact], Key]]]:
    """By what a day is parted: what each row, and each contact, belongs to."""

    def branch(contact: LoggedContact) -> int | None:
        if contact.branch_id is None and contact.manager_id is not None:
            return branch_of.get(contact.manager_id)
        return contact.branch_id

    by: dict[str, tuple[Callable[[Listed], Key], Callable[[LoggedContact], Key]]] = {
        "branch": (lambda row: branch_of.get(row.listed.row.list_id), branch),
        "manager": (lambda row: row.listed.row.list_id, lambda contact: contact.manager_id),
        "tier": (
            lambda row: tier_of.get(row.listed.row.customer_id),
            lambda contact: tier_of.get(contact.customer_id),
        ),
        "offer": (lambda row: row.listed.row.offer_code, lambda contact: contact.offer_code),
    }
    return {name: keys for name, keys in by.items() if name in ("branch", "tier", "offer", unit)}


def _lines(
    rows: Iterable[Listed],
    made: Iterable[LoggedContact],
    came: Iterable[Credit],
    of_row: Callable[[Listed], Key],
    of_contact: Callable[[LoggedContact], Key],
) -> tuple[DayLine, ...]:
    """A line for each key that a row or a contact has, the one that is not known last."""
    listed: dict[Key, list[Listed]] = defaultdict(list)
    for row in rows:
        listed[of_row(row)].append(row)
    contacts: dict[Key, list[LoggedContact]] = defaultdict(list)
    for contact in made:
        contacts[of_contact(contact)].append(contact)
    sold: dict[Key, list[Credit]] = defaultdict(list)
    for credit in came:
        sold[of_contact(credit.contact)].append(credit)
    keys = sorted({*listed, *contacts}, key=_order)
    return tuple(_line(key, listed[key], contacts[key], sold[key]) for key in keys)


def _order(key: Key) -> tuple[bool, int, str]:
    return key is None, key if isinstance(key, int) else 0, str(key)


def _line(
    key: Key, rows: Sequence[Listed], made: Sequence[LoggedContact], came: Sequence[Credit]
) -> DayLine:
    said = answers_of(made)
    return DayLine(
        key,
        listed=len(rows),
        worked=sum(each.worked for each in rows),
        attempts=len(made),
        connected=said["connected"],
        conversations=said["conversations"],
        appointments=said["appointments"],
        sales=len(came),
        amount_cents=sum(credit.purchase.amount_cents or 0 for credit in came),
        refusals=said["refusals"],
        complaints=said["complaints"],
    )
