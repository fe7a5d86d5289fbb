"""What a report over a span of days rests on: the ledger's days, purchases, both sides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from cli.capacity import manager_branches
from cli.options import bank_in, workspace
from cli.policies import holdout_key
from cli.records import audit_of, ledger_of
from cli.reporting import window_of
from features import Bank, cohort_at
from goodcall import Text, Workspace
from outreach import Ledger, Policy, Span
from reports import (
    Credit,
    Drawn,
    Effect,
    Purchase,
    Settings,
    counted,
    credits_of,
    drawn,
    purchases_of,
    report_settings,
    spared_note,
)
from training.definitions.definition import ChurnLabel
from training.labels import label

_LEAVING_DAYS = ChurnLabel().horizon_days


@dataclass(frozen=True, slots=True)
class Given:
    """What a report over a span of days rests on; `base` is None where none can be compared.

    `missing` says why, or who is in no comparison, in words. `bought` is everything that anybody
    bought from the first day to the end of the last one's window, `credits` what of it counts for
    the span's contacts.
    """

    place: Workspace
    bank: Bank
    settings: Settings
    span: Span
    bought: tuple[Purchase, ...]
    credits: tuple[Credit, ...]
    base: Drawn | None
    missing: tuple[Text, ...]

    @property
    def until(self) -> date:
        """The last day that the bank tells of."""
        return self.bank.manifest.last_day

    @property
    def within(self) -> tuple[Purchase, ...]:
        """What anybody bought on the span's own days."""
        return tuple(each for each in self.bought if each.opened_on <= self.span.last)

    @property
    def as_long_as_leaving(self) -> bool:
        """Whether the span has the very days over which leaving from its first day is told."""
        return (self.span.last - self.span.first).days + 1 == _LEAVING_DAYS

    def purchases_effect(self) -> Effect | None:
        """What contacting changed about the purchases of the span's days, of the whole base."""
        return None if self.base is None else self.base.effect("bought", counted(self.within))

    def credits_within(self) -> tuple[Credit, ...]:
        """What counts of the purchases of the span's days, in whichever span a contact began."""
        before = self.span.first - timedelta(self.settings.attribution.days)
        with ledger_of(self.place) as ledger:
            longer = ledger.span(before, self.span.last, self.span.zone)
        return credits_of(longer, self.within, self.settings.attribution)

    def leaving(self) -> tuple[Mapping[int, float], tuple[Text, ...]]:
        """Who left in the 90 days from the first day on, 1 or 0; and a note of that, in words.

        Nobody's without sides to compare, and where the bank does not tell yet: the note says so.
        """
        if self.base is None:
            return {}, ()
        first, days = self.span.first, _LEAVING_DAYS
        if left := leaving(self.bank, first):
            return left, (
                Text(
                    f"leaving is told over the {days} days from {first} on, whatever the last day",
                    f"流失按自{first}起{days}天统计,与截止日无关",
                ),
            )
        return {}, (
            Text(
                f"the bank does not tell yet who left in the {days} days from {first} on",
                f"自{first}起{days}天的流失尚未可知",
            ),
        )


def given(
    home: Path | None,
    folder: Path,
    days: tuple[str | None, str | None],
    report: str,
    files: Sequence[str],
) -> Given:
    """What a report is made from; that it is read, and its files, stand in the audit log before.

    BadOption where the days are none of the bank's, or the wrong way round.
    """
    place = workspace(home)
    bank = bank_in(place, folder)
    first, last = window_of(bank, *days, before=0)
    audit_of(place).record(
        "command line", "read report", f"{report}, {first} to {last}", files=files
    )
    settings = report_settings(place.reports)
    window = settings.attribution.days
    bought = purchases_of(bank, first, last + timedelta(window))
    with ledger_of(place) as ledger:
        span = ledger.span(first, last, bank.manifest.zone, after=window)
        base, missing = _base(ledger, place, bank, first)
    return Given(
        *(place, bank, settings, span, bought),
        credits_of(span, bought, settings.attribution),
        *(base, missing),
    )


def leaving(bank: Bank, day: date) -> Mapping[int, float]:
    """Whose money left in the 90 days from a day on, 1 or 0, of those of whom it is known."""
    rows = label(bank, cohort_at(bank, [day]), ChurnLabel()).rows
    return dict(
        zip(rows["customer_id"].to_pylist(), map(float, rows["y"].to_pylist()), strict=True)
    )


def branches_of(bank: Bank, policy: Policy, span: Span) -> Mapping[int, int]:
    """The branch of each list: of its manager as the bank knew the staff, or the list itself."""
    if policy.lists_by == "manager":
        return manager_branches(bank, span.last)
    return {each.listed.row.list_id: each.listed.row.list_id for each in span.rows}


def _base(
    ledger: Ledger, place: Workspace, bank: Bank, first: date
) -> tuple[Drawn | None, tuple[Text, ...]]:
    """The hold-out of the latest draw with everybody else; else why it cannot be compared.

    A draw that a later one took the place of is never compared: whom it held out may have been
    contacted since.
    """
    draw = ledger.draw()
    if draw is None or draw.day is None:
        return None, (
            Text(
                "no hold-out is drawn, so that no effect can be told", "尚未抽取对照组,无法评估效果"
            ),
        )
    if draw.day > first:
        return None, (
            Text(
                f"the hold-out that stands was drawn on {draw.day}, after {first}: no effect can "
                "be told, nor by an earlier draw, whose hold-out may have been contacted since",
                f"现行对照组抽取于{draw.day},晚于{first},无法评估效果;更早的对照组可能已被联系",
            ),
        )
    base = drawn(bank, draw, holdout_key(place), first)
    if base.comparable:
        return base, spared_note(base)
    return None, (
        Text(
            "too few households are held out, or not: no effect can be told",
            "对照组或联系组家庭过少,无法评估效果",
        ),
    )
