"""Goodcall at work in simulated time: each month a night, a day at the desks, and its outcomes.

Everything is done by the functions that the command line calls, on the workspace's own ledger,
models and bank; only the clock is the simulated bank's.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from banks import CARE, CONTACT_CHANNELS, Records, Simulation
from cli.lists import counter_of
from cli.loop.desk import Desk, contacts_on
from cli.loop.own import Own, held_against
from cli.loop.workshop import Workshop, unseen
from cli.night import Telling, work_through
from cli.night_work import Demands
from cli.planning import Night
from cli.policies import install_policy, policy_of, reproducible_holdout_key
from cli.policy_measure import measured
from cli.records import audit_of, ledger_of
from features import Bank
from goodcall.calendar import start_of_day
from goodcall.vocabulary import FAMILIES, OUTCOMES
from outreach import Counter, ListedRow, guesses, load_policy
from training import figures_of

# The night's work ends two hours after midnight; an outcome is noted two minutes after its contact.
_NIGHT = timedelta(hours=2)
_TOLD = timedelta(minutes=2)
# A bank's file calls it not worked when a customer was not met at the branch; the desk had tried.
_UNMET = {"NOT_WORKED": "NO_ANSWER"}
# Contacts come to the tables from the ledger.
_OWN_ROWS = frozenset({"contacts"})
_OPEN = ("planned", "reserved", "expired")


class Shipped:
    """Goodcall as shipped, in one workspace.

    Contacts come back to the bank's tables through the ledger.
    """

    def __init__(self, workshop: Workshop) -> None:
        self._workshop, self._place = workshop, workshop.place
        if not self._place.holdout_key.exists():
            reproducible_holdout_key(self._place, workshop.seed)

    def contacts(self, desk: Desk, most: int | None) -> Records:
        """The contacts of the month's lists that the ledger allows, each made when it may be."""
        day, bank = desk.day, self._workshop.bank
        at = start_of_day(day, bank.manifest.zone)
        self._workshop.learn(bank, day, at)
        if load_policy(self._place.policy).text == desk.terms.policy.text:
            self._measure()
        self._plan(bank, day, at, frozenset((desk.bank.away + 1).tolist()))
        return self._work(desk, day, bank.manifest.zone, most)

    def heard(self, bank: Simulation, month: int) -> dict[str, Any]:
        """Note every outcome in the ledger, and let the bank's tables grow by the month."""
        day = bank.setting.calendar.first_of(month)
        noted = self._note(bank, month, day)
        self._workshop.grow(bank, but=_OWN_ROWS)
        self._measure()
        with ledger_of(self._place) as ledger:
            plan = ledger.plan(day)
        facts = {"plan": plan.digest, "listed": plan.funnel.listed, "outcomes": noted}
        return facts | self._workshop.told(day)

    def own(self, bank: Simulation) -> Own:
        """What the hold-out shows by the tables of all months, and what the gate let pass."""
        self._workshop.grow(bank, but=_OWN_ROWS)
        holdout, untold = held_against(self._place, self._workshop.bank)
        return Own(self._workshop.proved(), holdout, untold)

    def _measure(self) -> None:
        """Put in force what `goodcall policy measure` says by now of what the policy assumes.

        It is done before the first month and after each: in between a night hands over contacts of
        the ledger, and a month that goes on after a kill would be told of more of them.
        """
        policy, bank = load_policy(self._place.policy), self._workshop.bank
        figures = figures_of(bank, guesses(policy.value))
        install_policy(self._place, measured(policy, bank, figures))

    def _plan(self, bank: Bank, day: date, at: datetime, away: frozenset[int]) -> None:
        policy = policy_of(self._place, currency=bank.manifest.currency)
        now = at + _NIGHT
        night = Night(self._place, bank, policy, day, now, audit_of(self._place), away)
        quiet = Telling(_silent, lambda _: nullcontext(unseen), lambda: now)
        work_through(night, Demands(least_share=0), quiet)

    def _work(self, desk: Desk, day: date, zone: str, most: int | None) -> Records:
        """Take every row of the lists when it may first be dialled; the best where `most` are."""
        begins = start_of_day(day, zone)
        rows: list[tuple[int, int, int, int]] = []
        with counter_of(self._place) as counter:
            family_of = {offer.code: offer.family for offer in counter.offers}
            for listed in _in_turn(_rows(counter, day, _lists(desk.bank)), most):
                if len(rows) == most:
                    break
                row, at = listed.row, listed.row.allowed_from.astimezone(UTC)
                if not _made(listed, replace(counter, now=at)):
                    continue
                family = None if row.offer_code is None else family_of[row.offer_code]
                rows.append(
                    (
                        row.customer_id - int(desk.bank.setting.people.customer_id[0]),
                        CONTACT_CHANNELS.index(row.channel),
                        CARE if family is None else FAMILIES.index(family),
                        int((at - begins).total_seconds()),
                    )
                )
        who, channel, families, moment = np.array(rows, dtype=np.int64).reshape(-1, 4).T
        return contacts_on(desk.bank, who, channel=channel, family=families, at=moment)

    def _note(self, bank: Simulation, month: int, day: date) -> int:
        """Tell the ledger what came of each contact."""
        met = bank.history.months[month].contacts
        first = int(bank.setting.people.customer_id[0])
        told = ((int(each["who"]) + first, OUTCOMES[each["outcome"]]) for each in met)
        came_of = {who: _UNMET.get(code, code) for who, code in told}
        noted = 0
        with counter_of(self._place) as counter:
            for listed in _rows(counter, day, _lists(bank)):
                row, contact = listed.row, listed.contact_id
                if contact is not None and row.customer_id in came_of:
                    at = row.allowed_from.astimezone(UTC) + _TOLD
                    counter.ledger.record_outcome(
                        contact, came_of[row.customer_id], now=at, agent=row.list_id
                    )
                    noted += 1
        return noted


def _made(listed: ListedRow, counter: Counter) -> bool:
    """Whether a row's contact is made: taken and dialled now, or before the process was killed."""
    if listed.state not in _OPEN:
        return listed.contact_id is not None
    if listed.row.withheld is not None:
        return False
    return counter.take(listed, listed.row.list_id, dial=True).contact_id is not None


def _lists(bank: Simulation) -> list[int]:
    """The lists of a day: one a manager, whether or not anybody stands on it."""
    return (np.flatnonzero(bank.minutes) + 1).tolist()


def _rows(counter: Counter, day: date, lists: Sequence[int]) -> list[ListedRow]:
    """Every row of the lists of a day, in their order."""
    return [row for each in lists for row in counter.ledger.list_rows(day, each)]


def _in_turn(rows: Sequence[ListedRow], most: int | None) -> Sequence[ListedRow]:
    """Rows as they are taken: list by list, or the dearest of all lists first for `most` of them.

    All other policies are cut so, too.
    """
    return rows if most is None else sorted(rows, key=lambda each: -each.row.value_cents)


def _silent(_event: str, _facts: Any) -> None:  # noqa: ANN401 - whatever a night tells
    """Nobody watches the night."""
