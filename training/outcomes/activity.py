"""Customers who fall silent: no transactions of their own, no logins, no salary any more."""

from datetime import date, timedelta

from features.bank import Bank
from training.definitions.silence import (
    DeclineLabel,
    DigitalChurnLabel,
    InactivityLabel,
    LostLabel,
    SalaryStopLabel,
)
from training.outcomes.asked import Asked, Flags, Span
from training.outcomes.closing import still_open
from training.outcomes.moments import Source, counts, observed_until
from training.outcomes.told import Told

OWN = Source("transactions", "initiated_by = 'customer'")
_LOGINS = Source("events", "kind = 'login' AND channel = 'mobile'")
_DIGITAL = (
    Source("transactions", "initiated_by = 'customer' AND channel IN ('mobile', 'web')"),
    Source("events", "channel IN ('mobile', 'web')"),
)
_WAGES = Source("transactions", "kind IN ('salary', 'pension') AND amount_cents > 0")


def inactivity(bank: Bank, asked: Asked, definition: InactivityLabel) -> Told:
    """Whether a customer neither logs in nor transacts."""
    before, after = _before_and_after(definition)
    done = counts(bank, [OWN, _LOGINS], asked, [before, after])
    return Told(done[:, 1] == 0, [("already inactive", done[:, 0] == 0)])


def lost(bank: Bank, asked: Asked, definition: LostLabel) -> Told:
    """Whether a customer makes no transaction."""
    before, after = _before_and_after(definition)
    done = counts(bank, [OWN], asked, [before, after])
    return Told(done[:, 1] == 0, [("already lost", done[:, 0] == 0)])


def digital_churn(bank: Bank, asked: Asked, definition: DigitalChurnLabel) -> Told:
    """Whether a customer leaves mobile and web while an account stays open."""
    before, after = _before_and_after(definition)
    done = counts(bank, _DIGITAL, asked, [before, after])
    stays = still_open(bank, asked, definition.horizon)
    return Told((done[:, 1] == 0) & stays, [("not digital", done[:, 0] == 0)])


def decline(bank: Bank, asked: Asked, definition: DeclineLabel) -> Told:
    """Whether a customer's transactions fall by a share."""
    days, gap, least = definition.period_days, definition.gap_days, definition.least_transactions
    spans = [Span(-2 * days, -days), Span(-days, 0), Span(gap, gap + days)]
    earlier, before, after = counts(bank, [OWN], asked, spans).T
    keep = 100 - definition.fall_percent
    return Told(
        100 * after <= keep * before,
        [
            ("bank's history too short", _begins_within(bank, asked, days)),
            ("too little to fall", before < least),
            ("already fallen", (earlier >= least) & (100 * before <= keep * earlier)),
        ],
    )


def salary_stop(bank: Bank, asked: Asked, definition: SalaryStopLabel) -> Told:
    """Whether a regular salary or pension stays away."""
    cycle, gap, least = definition.cycle_days, definition.gap_days, definition.least_payments
    spans = [
        Span(-(least + 1) * cycle, 0),
        Span(-cycle - definition.late_days, 0),
        Span(gap, gap + definition.missing_cycles * cycle),
    ]
    regular, lately, after = counts(bank, [_WAGES], asked, spans).T
    return Told(
        after == 0, [("no regular salary", regular < least), ("already stopped", lately == 0)]
    )


def activity_until(bank: Bank) -> date | None:
    """The first date of which transactions, and events where there are any, tell nothing more."""
    ends = [observed_until(bank, table) for table in ("transactions", "events")]
    told = [end for end in ends if end is not None]
    return min(told) if ends[0] is not None else None


def _before_and_after(
    definition: InactivityLabel | LostLabel | DigitalChurnLabel,
) -> tuple[Span, Span]:
    days, gap = definition.silent_days, definition.gap_days
    return Span(-days, 0), Span(gap, gap + days)


def _begins_within(bank: Bank, asked: Asked, days: int) -> Flags:
    """Whether the bank's tables begin less than some days before each row's date."""
    first = bank.manifest.first_day + timedelta(days=days)
    return asked.by_day([int(day < first) for day in asked.days]) > 0
