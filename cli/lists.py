"""Lists as the command line pulls them: audited, masked, with what became of every row."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from cli import words
from cli.errors import BadOption, NothingFound
from cli.fallback import UNWORKED, Recheck, in_force, still_allowed
from cli.policies import holdout_key
from cli.show import Show
from features import CATALOG, OnlineStore
from goodcall import Text, Workspace, format_money
from goodcall.calendar import start_of_day
from goodcall.profile import Profile
from governance import AuditLog, PartialMasker
from outreach import (
    BANDS,
    STATES,
    Facts,
    Ledger,
    ListedRow,
    ListRow,
    OutreachList,
    Promise,
    Trail,
    facts_of,
    ledger_mark,
    ledger_name,
    load_offers,
    load_policy,
    outreach_list,
)


@dataclass(frozen=True, slots=True)
class PulledList:
    """A list as its reader may see it, and what its customers were promised since it was made."""

    rows: OutreachList
    promised: tuple[Promise, ...]
    zone: str


@dataclass(frozen=True, slots=True)
class Only:
    """Which rows of a list are wanted: of these bands and states, of all where none are named."""

    bands: tuple[str, ...] = ()
    states: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for what, said, known in (("band", self.bands, BANDS), ("state", self.states, STATES)):
            for each in said:
                if each not in known:
                    raise BadOption(f"{what} {each!r} is unknown; choose of: {', '.join(known)}")

    def wants(self, listed: ListedRow) -> bool:
        """Whether a row is one of them."""
        return (not self.bands or listed.row.band in self.bands) and (
            not self.states or listed.state in self.states
        )


EVERY_ROW = Only()


def now() -> datetime:
    """This second, in UTC."""
    return datetime.now(UTC).replace(microsecond=0)


def when(instant: datetime, clock: ZoneInfo) -> str:
    """A moment to the minute on a clock."""
    return f"{instant.astimezone(clock):%Y-%m-%d %H:%M}"


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


def pull_list(place: Workspace, day: date, list_id: int, only: Only = EVERY_ROW) -> PulledList:
    """A list of the ledger with the profiles of the online store; reading it is audited first."""
    audit_of(place).record("command line", "read list", f"list {list_id} of {day}")
    at = now()
    with ledger_of(place) as ledger:
        stands = in_force(place, ledger, day)
        published = ledger.plan(stands.day).published_at is not None
        listed = listed_rows(ledger, stands.day, list_id, at)
        policy = load_policy(place.policy)
        people = known(place, ledger, {each.row.customer_id for each in listed})
        if stands.banner is not None:
            listed = _rechecked(place, ledger, listed, day, at)
        ends = start_of_day(day + timedelta(days=1), policy.zone)
        open_ones = ledger.open_promises(ends, day=day, now=at)
    rows = outreach_list(
        [each for each in listed if only.wants(each)],
        people,
        day=day,
        list_id=list_id,
        policy=policy,
        masker=PartialMasker(),
        says=words.said,
        banner=stands.banner,
    )
    shown = {each.row.promise.contact_id for each in listed if each.row.promise}
    more = (p for p in open_ones if p.customer_id in people and p.contact_id not in shown)
    return PulledList(replace(rows, published=published), tuple(more), policy.zone)


def print_list(speak: Show, pulled: PulledList) -> None:
    """A list for a person: rank, who, why, what, worth, through which channel and from when."""
    pulled_rows = pulled.rows
    speak.heading(
        Text(
            f"Call list {pulled_rows.list_id}, {pulled_rows.day}",
            f"外呼名单 {pulled_rows.list_id},{pulled_rows.day}",
        )
    )
    if pulled_rows.banner is not None:
        speak.say(pulled_rows.banner)
    speak.table(
        (
            "#",
            Text("customer", "客户"),
            Text("why", "理由"),
            Text("offer", "推荐"),
            Text("value", "预期价值"),
            Text("channel", "渠道"),
            Text("from", "可联络时间"),
            Text("state", "状态"),
        ),
        [_line(row, pulled_rows.currency, speak) for row in pulled_rows.rows],
        right=(0, 4),
    )
    _print_assumed(speak, pulled_rows)
    if not pulled_rows.published:
        speak.say(
            Text(
                "not published yet: planning again may still change this list",
                "尚未发布:重新计划仍会改变此名单",
            )
        )
    for promise in pulled.promised:
        speak.say(_promised_since(promise, pulled.zone))


def listed_rows(ledger: Ledger, day: date, list_id: int, at: datetime) -> tuple[ListedRow, ...]:
    """The rows of a list as they stand at a moment; NothingFound where it has none."""
    listed = ledger.list_rows(day, list_id, at=at)
    if not listed:
        raise NothingFound(
            f"list {list_id} of {day} has no rows; `goodcall outreach plan` says how many lists "
            "there are, and `goodcall outreach why CUSTOMER` why someone is on none"
        )
    return listed


def gone_since(place: Workspace, ledger: Ledger, trail: Trail, day: date) -> Text | None:
    """Why a row of an earlier day's list, in force on `day`, is not shown on it; None where it is.

    None, too, of a customer who was on no list that day.
    """
    if trail.step != "listed" or trail.list_id is None:
        return None
    at = now()
    rows = listed_rows(ledger, trail.day, trail.list_id, at)
    row = next((each for each in rows if each.row.customer_id == trail.customer_id), None)
    if row is None or _rechecked(place, ledger, [row], day, at):
        return None
    if row.state in UNWORKED:
        return Text(
            f"not on the list for {day}: the rules allow this contact at no moment of that day "
            "any more",
            f"不在{day}的名单内:规则当日已不允许此次联络",
        )
    state = STATES[row.state]
    return Text(
        f"not on the list for {day}: the row is {state.en}",
        f"不在{day}的名单内:该行{state.zh}",
    )


def _rechecked(
    place: Workspace, ledger: Ledger, listed: Sequence[ListedRow], day: date, at: datetime
) -> tuple[ListedRow, ...]:
    """Those rows of an earlier day that may still be worked on `day`."""
    by = Recheck(day, at, load_policy(place.policy), load_offers(place.offers), holdout_key(place))
    people = profiles_of(place, {each.row.customer_id for each in listed})
    return still_allowed(ledger, listed, people, by)


def known(place: Workspace, ledger: Ledger, customer_ids: set[int]) -> Mapping[int, Facts]:
    """What is known of customers now: their profiles with the ledger's history, and the offers."""
    profiles = profiles_of(place, customer_ids)
    history = ledger.history(profiles.values())
    book = {offer.code: offer for offer in load_offers(place.offers)}
    return {
        who: facts_of(profile, book, holdout=False, history=history[who])
        for who, profile in profiles.items()
    }


def profiles_of(place: Workspace, customer_ids: set[int]) -> Mapping[int, Profile]:
    """Customers as the online store has them; NothingFound where it lacks one."""
    with closing(OnlineStore(place.online_url, CATALOG)) as store:
        found = {each: store.profile(each) for each in sorted(customer_ids)}
    missing = [each for each, profile in found.items() if profile is None]
    if missing:
        raise NothingFound(f"customer {missing[0]} is not in the online store; plan the day again")
    return {each: profile for each, profile in found.items() if profile is not None}


def _line(row: ListRow, currency: str, speak: Show) -> tuple[object, ...]:
    """A row as the cells of the table for a person."""
    language = speak.language
    state = [STATES[row.state].to(language)]
    state += [] if row.because is None else [row.because.to(language)]
    if row.rolled_over:
        state.append(
            Text(f"left over from {row.rolled_over}", f"自{row.rolled_over}顺延").to(language)
        )
    return (
        row.rank,
        "\n".join(
            [row.name or "", str(row.customer_id), *(each.to(language) for each in row.badges)]
        ),
        "\n".join(reason.to(language) for reason in row.reasons),
        f"{row.offer.to(language)}\n({BANDS[row.band].to(language)})",
        _value(row, currency, speak),
        f"{row.channel.to(language)}\n{row.phone or ''}",
        "–" if row.state == "withheld" else row.allowed_from.strftime("%H:%M"),
        "\n".join(state),
    )


def _promised_since(promise: Promise, zone: str) -> Text:
    due = when(promise.due_at, ZoneInfo(zone))
    return Text(
        f"promised to customer {promise.customer_id} for {due} and on no row of this list: "
        f"goodcall outreach keep {promise.contact_id} --agent ID",
        f"已与客户{promise.customer_id}约定{due},不在此名单内:"
        f"goodcall outreach keep {promise.contact_id} --agent ID",
    )


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
