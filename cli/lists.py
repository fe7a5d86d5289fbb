"""Lists as the command line pulls them: audited, masked, with what was left out and why."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count

from cli.errors import NothingFound
from cli.night import holdout_key
from cli.show import Show
from features import CATALOG, OnlineStore
from goodcall import Text, Workspace, format_money
from goodcall.profile import Profile
from governance import AuditLog, PartialMasker
from outreach import (
    Decision,
    Ledger,
    ListedRow,
    ListRow,
    OutreachList,
    PlannedRow,
    Request,
    in_holdout,
    ledger_mark,
    ledger_name,
    load_offers,
    load_policy,
    outreach_list,
)


@dataclass(frozen=True, slots=True)
class PulledList:
    """A list as its reader may see it, and how many rows were withdrawn since it was planned."""

    rows: OutreachList
    withdrawn: int


def now() -> datetime:
    """This second, in UTC."""
    return datetime.now(UTC).replace(microsecond=0)


def audit_of(place: Workspace) -> AuditLog:
    """The workspace's audit log."""
    return AuditLog(place.audit)


@contextmanager
def ledger_of(place: Workspace) -> Iterator[Ledger]:
    """The workspace's ledger, closed when the block ends; NothingFound where there is none yet."""
    if not ledger_mark(place.ledger_url):
        raise NothingFound(
            f"no ledger at {ledger_name(place.ledger_url)}; `goodcall outreach plan` makes the "
            "first one"
        )
    with closing(Ledger.open(place.ledger_url)) as ledger:
        yield ledger


def pull_list(place: Workspace, day: date, list_id: int) -> PulledList:
    """A list of the ledger with the profiles of the online store; reading it is audited first."""
    audit_of(place).record("command line", "read list", f"list {list_id} of {day}")
    listed = _listed(place, day, list_id)
    standing = [each.row for each in listed if each.state != "cancelled"]
    rows = outreach_list(
        standing,
        _profiles(place, {row.customer_id for row in standing}),
        day=day,
        list_id=list_id,
        policy=load_policy(place.policy),
        masker=PartialMasker(),
    )
    return PulledList(rows, len(listed) - len(standing))


def print_list(speak: Show, pulled: PulledList) -> None:
    """A list for a person: rank, who, why, what, worth, through which channel and from when."""
    pulled_rows = pulled.rows
    speak.heading(
        Text(
            f"Call list {pulled_rows.list_id}, {pulled_rows.day}",
            f"外呼名单 {pulled_rows.list_id},{pulled_rows.day}",
        )
    )
    speak.table(
        (
            "#",
            Text("customer", "客户"),
            Text("why", "理由"),
            Text("offer", "推荐"),
            Text("value", "预期价值"),
            Text("channel", "渠道"),
            Text("from", "可联络时间"),
        ),
        [
            (
                row.rank,
                f"{row.name or ''}\n{row.customer_id}",
                "\n".join(reason.to(speak.language) for reason in row.reasons),
                f"{row.offer.to(speak.language)}\n({row.band.to(speak.language)})",
                _value(row, pulled_rows.currency, speak),
                f"{row.channel.to(speak.language)}\n{row.phone or ''}",
                row.allowed_from.strftime("%H:%M"),
            )
            for row in pulled_rows.rows
        ],
        right=(0, 4),
    )
    _print_assumed(speak, pulled_rows)
    if pulled.withdrawn:
        speak.say(
            Text(
                f"{pulled.withdrawn} rows were withdrawn since the plan",
                f"计划后撤下{pulled.withdrawn}行",
            )
        )


def reserve_row(
    place: Workspace, day: date, list_id: int, rank: int, agent: int
) -> tuple[Decision, int | None]:
    """The decision on contacting a row's customer now, and the contact's number where allowed."""
    row = _row(_listed(place, day, list_id), rank)
    audit_of(place).record(f"staff {agent}", "reserve", row.request_id)
    profile = _profiles(place, {row.customer_id})[row.customer_id]
    policy = load_policy(place.policy)
    offers, moment = load_offers(place.offers), now()
    holdout = in_holdout(profile, holdout_key(place), policy.holdout_share)
    with ledger_of(place) as ledger:
        for request in _asked(row):
            decision = ledger.reserve(
                request, profile, offers=offers, policy=policy, now=moment, holdout=holdout
            )
            if decision.verdict == "allow":
                return decision, ledger.contact_id(request.request_id)
            if decision.decided_at == moment:
                return decision, None
    raise AssertionError("requests are numbered without end")


def _asked(row: PlannedRow) -> Iterator[Request]:
    """The request of a row, and of each time it is asked again: a decision stands for its id."""
    for number in count(1):
        yield Request(
            request_id=row.request_id if number == 1 else f"{row.request_id}#{number}",
            customer_id=row.customer_id,
            channel=row.channel,
            purpose=None if row.offer_code else row.purpose,
            offer_code=row.offer_code,
            point_id=row.point_id,
        )


def _listed(place: Workspace, day: date, list_id: int) -> tuple[ListedRow, ...]:
    with ledger_of(place) as ledger:
        listed = ledger.list_rows(day, list_id)
    if not listed:
        raise NothingFound(
            f"list {list_id} of {day} has no rows; `goodcall outreach plan` says how many lists "
            "there are, and `goodcall outreach why CUSTOMER` why someone is on none"
        )
    return listed


def _row(listed: Iterable[ListedRow], rank: int) -> PlannedRow:
    for each in listed:
        if each.row.rank == rank:
            return each.row
    raise NothingFound(f"the list has no row {rank}; `goodcall outreach list` shows its rows")


def _profiles(place: Workspace, customer_ids: set[int]) -> Mapping[int, Profile]:
    with closing(OnlineStore(place.online_url, CATALOG)) as store:
        found = {each: store.profile(each) for each in sorted(customer_ids)}
    missing = [each for each, profile in found.items() if profile is None]
    if missing:
        raise NothingFound(f"customer {missing[0]} is not in the online store; plan the day again")
    return {each: profile for each, profile in found.items() if profile is not None}


def _value(row: ListRow, currency: str, speak: Show) -> str:
    money = format_money(row.value_cents, currency, speak.language)
    mark = Text("assumed", "含假设").to(speak.language)
    return f"{money}\n{mark}" if row.assumed else money


def _print_assumed(speak: Show, pulled: OutreachList) -> None:
    """Which figures behind which rows nobody has measured."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for row in pulled.rows:
        names = tuple(dict.fromkeys(note.to(speak.language) for note in row.assumed))
        if names:
            groups.setdefault(names, []).append(row.rank)
    for names, ranks in groups.items():
        rows = ", ".join(str(rank) for rank in ranks)
        speak.say(
            Text(
                f"assumed, not measured, in rows {rows}: {', '.join(names)}",
                f"第{rows}行的假设值(未经测量):{'、'.join(names)}",
            )
        )
