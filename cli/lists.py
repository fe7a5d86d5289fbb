"""Lists as the command line pulls them: audited, masked, with what became of every row."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from cli import words
from cli.clock import now, when
from cli.doer import NOBODY, Doer
from cli.errors import BadOption
from cli.policies import holdout_key
from cli.records import ledger_of
from cli.show import Show
from features import CATALOG, OnlineStore
from goodcall import Text, Workspace, format_money
from governance import PartialMasker, refuse_unapproved, vault_of
from outreach import (
    BANDS,
    STATES,
    Counter,
    Ledger,
    ListedRow,
    ListRow,
    OutreachList,
    Promise,
    PulledList,
    best_time_words,
    in_force,
    load_offers,
    load_policy,
    pull,
)


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


def pull_list(
    place: Workspace, day: date, list_id: int, only: Only = EVERY_ROW, *, doer: Doer = NOBODY
) -> PulledList:
    """A list of the ledger with the profiles of the online store; reading it is audited first."""
    doer.record(place, "read list", f"list {list_id} of {day}")
    with ledger_of(place) as ledger:
        stands = in_force(place, ledger, day)
        ledger.plan(stands.day)
        with counter_at(place, ledger) as counter:
            return pull(
                *(counter, stands, day, counter.rows(stands.day, list_id)),
                masker=PartialMasker(),
                says=words.said,
                wanted=only.wants,
            )


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


@contextmanager
def counter_of(place: Workspace) -> Iterator[Counter]:
    """The workspace's ledger with all that a decision needs; NothingFound where there is none."""
    with ledger_of(place) as ledger, counter_at(place, ledger) as counter:
        yield counter


@contextmanager
def counter_at(place: Workspace, ledger: Ledger) -> Iterator[Counter]:
    """A ledger with all that a decision needs besides it, at this second."""
    policy = load_policy(place.policy)
    refuse_unapproved(place, policy.version)
    with closing(store_of(place)) as people:
        yield Counter(ledger, policy, load_offers(place.offers), holdout_key(place), people, now())


def store_of(place: Workspace) -> OnlineStore:
    """The workspace's online store, with the keys to its personal fields."""
    return OnlineStore(place.online_url, CATALOG, cipher=vault_of(place, os.environ))


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
            [
                row.name or "",
                str(row.customer_id),
                *([] if row.tier is None else [row.tier.name.to(language)]),
                *(each.to(language) for each in row.badges),
            ]
        ),
        "\n".join(reason.to(language) for reason in row.reasons),
        f"{row.offer.to(language)}\n({BANDS[row.band].to(language)})",
        _value(row, currency, speak),
        f"{row.channel.to(language)}\n{row.phone or ''}",
        _hours(row, speak),
        "\n".join(state),
    )


def _hours(row: ListRow, speak: Show) -> str:
    """From when on a row may be worked, and when and by whom its customer prefers it."""
    if row.state in ("withheld", "snoozed"):
        return "–"
    said = [f"{row.allowed_from:%H:%M}"]
    if row.best_time is not None:
        hours = best_time_words(row)
        said.append(Text(f"best {hours}", f"宜{hours}").to(speak.language))
    if row.prefers_staff:
        named = ", ".join(map(str, row.prefers_staff))
        said.append(Text(f"prefers staff {named}", f"偏好经办人{named}").to(speak.language))
    return "\n".join(said)


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
