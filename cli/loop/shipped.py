"""Goodcall at work in simulated time: each month a night, a day at the desks, and its outcomes.

Everything is done by the functions that the command line calls, on the workspace's own ledger,
models and bank; only the clock is the simulated bank's.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from banks import Simulation
from banks.world import CONTACT_CHANNELS
from banks.world_arrays import Records
from banks.world_contacts import CARE
from cli.errors import NothingFound
from cli.learn import Round, learn, usual_dates
from cli.lists import counter_of
from cli.loop.desk import Desk, capacities_of, made
from cli.night import Telling, work_through
from cli.night_work import Demands
from cli.options import bank_in
from cli.planning import Night
from cli.policies import policy_of, reproducible_holdout_key
from cli.records import audit_of, ledger_of
from cli.watch import watched
from features import Bank, grow_bank
from goodcall import Workspace
from goodcall.calendar import start_of_day
from goodcall.vocabulary import FAMILIES, OUTCOMES
from models import read_champions
from outreach import Counter, ListedRow
from training import Definition, GateClosed, list_models, promote

# The night's work ends two hours after midnight; an outcome is noted two minutes after its contact.
_NIGHT = timedelta(hours=2)
_TOLD = timedelta(minutes=2)

Say = Callable[[str], None]


@dataclass
class Shipped:
    """Goodcall as shipped, in one workspace.

    Models are trained before the first month, then after `every` months, and earlier where
    `goodcall models watch` would raise an alert.
    """

    place: Workspace
    labels: Sequence[Definition]
    seed: int
    every: int
    say: Say

    def __post_init__(self) -> None:
        if not self.place.holdout_key.exists():
            reproducible_holdout_key(self.place, self.seed)

    def contacts(self, desk: Desk, most: int | None) -> Records:
        """The contacts of the month's lists that the ledger allows, each made when it may be."""
        day, bank = desk.day, bank_in(self.place, self.place.bank)
        at = start_of_day(day, bank.manifest.zone)
        self._learn(bank, day, at)
        self._plan(bank, day, at)
        return self._work(desk, day, bank.manifest.zone, most)

    def heard(self, bank: Simulation, month: int) -> dict[str, Any]:
        """Note every outcome in the ledger, and let the bank's tables grow by the month."""
        day = bank.setting.calendar.first_of(month)
        noted = self._note(bank, month, day)
        self._grow(bank)
        with ledger_of(self.place) as ledger:
            plan = ledger.plan(day)
        champions = read_champions(self.place.models)
        return {
            "plan": plan.digest,
            "listed": plan.funnel.listed,
            "outcomes": noted,
            "champions": {label: each.content_hash for label, each in sorted(champions.items())},
        }

    def _learn(self, bank: Bank, day: date, at: datetime) -> None:
        """Train where it is due, and let every challenger try the gate."""
        due = self._due(bank, day)
        if due is None:
            return
        self.say(f"training as of {day}: {due}")
        done = {each.card.label for each in list_models(self.place) if each.card.created == at}
        left = [label for label in self.labels if label.name not in done]
        if left:
            how = Round(usual_dates(bank, self.labels), left, self.seed, 0, at, grown=True)
            learn(self.place, bank, how, tell=self.say, step=_unseen)
        champions = {(each.label, each.version) for each in self._champions()}
        for each in list_models(self.place):
            if each.card.created == at and (each.label, each.version) not in champions:
                self._try(each.label, each.version, at)

    def _due(self, bank: Bank, day: date) -> str | None:
        """Why models are trained before a day's lists; None where they are not."""
        trained = [each.card.created for each in list_models(self.place)]
        if not trained:
            return "none yet"
        last = max(trained).astimezone(ZoneInfo(bank.manifest.zone)).date()
        months = (day.year - last.year) * 12 + day.month - last.month
        if months == 0:
            return "as begun"
        if months >= self.every:
            return f"{months} months old"
        try:
            _, alerts = watched(self.place, bank, self.labels, _unseen)
        except NothingFound:
            # No night came after the dates that the champions were tested on.
            return None
        return f"{alerts[0].label}: {alerts[0].what.en}" if alerts else None

    def _try(self, label: str, version: int, at: datetime) -> None:
        try:
            promote(self.place, label, version, now=at)
        except GateClosed as closed:
            self.say(f"{label} {version} stays a challenger: {closed}")

    def _champions(self) -> list[Any]:
        return [each for each in list_models(self.place) if each.role == "champion"]

    def _plan(self, bank: Bank, day: date, at: datetime) -> None:
        policy = policy_of(self.place, currency=bank.manifest.currency)
        now = at + _NIGHT
        night = Night(self.place, bank, policy, day, now, audit_of(self.place))
        quiet = Telling(_silent, lambda _: nullcontext(_unseen), lambda: now)
        work_through(night, Demands(least_share=0), quiet)

    def _work(self, desk: Desk, day: date, zone: str, most: int | None) -> Records:
        """Take every row of the day's lists when it may first be dialled, until `most` are."""
        clock, people = ZoneInfo(zone), desk.bank.setting.people
        rows: list[tuple[int, int, int, int, int]] = []
        start, _ = desk.bank.setting.calendar.month(desk.bank.month)
        with counter_of(self.place) as counter:
            family_of = {offer.code: offer.family for offer in counter.offers}
            for listed in _rows(counter, day, _lists(desk.bank)):
                row = listed.row
                if len(rows) == most or row.withheld is not None:
                    continue
                at = row.allowed_from.astimezone(UTC)
                agent = row.list_id
                if listed.state in _OPEN:
                    taken = replace(counter, now=at).take(listed, agent, dial=True)
                    if taken.contact_id is None:
                        continue
                elif listed.contact_id is None:
                    continue
                local = at.astimezone(clock)
                code = None if row.offer_code is None else family_of[row.offer_code]
                rows.append(
                    (
                        row.customer_id - int(people.customer_id[0]),
                        start + (local.date() - day).days,
                        local.hour * 3600 + local.minute * 60 + local.second,
                        CONTACT_CHANNELS.index(row.channel),
                        CARE if code is None else FAMILIES.index(code),
                    )
                )
        who, days, seconds, channel, family = np.array(rows, dtype=np.int64).reshape(-1, 5).T
        return made(who, days, seconds, channel.tolist(), family.tolist())

    def _note(self, bank: Simulation, month: int, day: date) -> int:
        """Tell the ledger what came of each contact."""
        met = bank.history.months[month].contacts
        first = int(bank.setting.people.customer_id[0])
        came_of = {int(each["who"]) + first: OUTCOMES[each["outcome"]] for each in met}
        noted = 0
        with counter_of(self.place) as counter:
            for listed in _rows(counter, day, _lists(bank)):
                row, contact = listed.row, listed.contact_id
                if contact is not None and row.customer_id in came_of:
                    at = row.allowed_from.astimezone(UTC) + _TOLD
                    counter.ledger.record_outcome(
                        contact, came_of[row.customer_id], now=at, agent=row.list_id
                    )
                    noted += 1
        return noted

    def _grow(self, bank: Simulation) -> None:
        """Let the tables grow by what came to be since; contacts come back through the ledger."""
        folder, manifest = self.place.bank, bank.manifest
        if bank_in(self.place, folder).manifest.last_day == manifest.last_day:
            for _ in bank.rows():
                pass
            return
        with grow_bank(folder, manifest) as growth:
            for part in bank.rows():
                for name, rows in part.items():
                    if name != "contacts":
                        growth.add(name, rows)


_OPEN = ("planned", "reserved", "expired")


def _lists(bank: Simulation) -> list[int]:
    """The lists of a day: one a manager."""
    return sorted(capacities_of(bank))


def _rows(counter: Counter, day: date, lists: Sequence[int]) -> list[ListedRow]:
    """Every row of the lists of a day, in their order."""
    return [row for each in lists for row in counter.ledger.list_rows(day, each)]


def _silent(_event: str, _facts: Any) -> None:  # noqa: ANN401 - whatever a night tells
    """Nobody watches the night."""


def _unseen(_done: int, _total: int) -> None:
    """Nobody watches the bar."""
