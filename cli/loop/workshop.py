"""A simulated bank's tables and models in a workspace: trained when due, grown month by month."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pyarrow as pa

from banks import Simulation
from cli.champions import scored_anew
from cli.errors import NothingFound
from cli.learn import Round, learn, usual_dates
from cli.options import bank_in
from cli.watch import watched
from features import CATALOG, Bank, build, grow_bank, read_snapshot
from goodcall import Workspace
from models import read_champions
from training import (
    Definition,
    GateClosed,
    Registered,
    list_models,
    promote,
    read_promotions,
)

Say = Callable[[str], None]
Why = Literal["first", "schedule", "drift"]


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where models are learned from the tables of a bank that grows.

    They are trained before the first month, then once they are `every` months old, and where it
    `watches` earlier if `goodcall models watch` raises an alert about a champion that no challenger
    has tried to replace yet; every challenger tries the gate.
    """

    place: Workspace
    labels: Sequence[Definition]
    seed: int
    every: int
    say: Say
    watches: bool = False

    @property
    def bank(self) -> Bank:
        """The bank as it is known by now."""
        return bank_in(self.place, self.place.bank)

    def features(self, day: date) -> pa.Table:
        """The features of everyone who is a customer when a day begins."""
        build(self.bank, self.place.snapshots, [day], CATALOG, progress=unseen)
        return read_snapshot(self.place.snapshots, CATALOG, [day])

    def learn(self, bank: Bank, day: date, at: datetime) -> None:
        """Train where it is due before a day's lists, at a moment that the models then bear.

        What a killed training had registered stands.
        """
        due = self._due(bank, day)
        if due is None:
            return
        self.say(f"training as of {day}: {due}")
        done = {each.card.label for each in list_models(self.place) if each.card.created == at}
        left = [label for label in self.labels if label.name not in done]
        if left:
            dates = usual_dates(bank, self.labels)
            how = Round(dates, left, self.seed, 0, at, grown=True, reports=False)
            learn(self.place, bank, how, tell=self.say, step=unseen)
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
        months = _months(last, day)
        if months == 0:
            return "as begun"
        if months >= self.every:
            return f"{months} months old"
        return self._alert(bank) if self.watches else None

    def told(self, day: date) -> dict[str, Any]:
        """Why models were trained before a day's lists, None where they were not, and champions.

        The registry tells it, also to a process that did not train them.
        """
        champions = read_champions(self.place.models)
        return {
            "trained": self._why(day),
            "champions": {label: each.content_hash for label, each in sorted(champions.items())},
        }

    def _why(self, day: date) -> Why | None:
        zone = ZoneInfo(self.bank.manifest.zone)
        days = {each.card.created.astimezone(zone).date() for each in list_models(self.place)}
        if day not in days:
            return None
        before = [each for each in days if each < day]
        if not before:
            return "first"
        return "schedule" if _months(max(before), day) >= self.every else "drift"

    def proved(self) -> dict[str, bool]:
        """Whether a champion ever proved itself, by each label whose champions told effects."""
        cards = {(each.label, each.version): each.card for each in list_models(self.place)}
        found: dict[str, bool] = {}
        for each in read_promotions(self.place.models):
            card = cards[each.label, each.version]
            if card.kind == "effect":
                signal = bool(card.params["signal"])
                found[each.label] = signal or found.get(each.label, False)
        return found

    def _alert(self, bank: Bank) -> str | None:
        """What calls for training by what is watched.

        An alert that a challenger was trained for calls no more: until the schedule's next
        training there is hardly more to learn from.
        """
        unanswered = self._unanswered()
        if not unanswered:
            return None
        try:
            _, alerts = watched(self.place, bank, self.labels, unseen)
        except NothingFound:
            # No night came after the dates that the champions were tested on.
            return None
        calls = (f"{each.label}: {each.what.en}" for each in alerts if each.label in unanswered)
        return next(calls, None)

    def _unanswered(self) -> frozenset[str]:
        """The labels of the champions that are the newest version of their model."""
        newest: dict[str, int] = {}
        for each in list_models(self.place):
            newest[each.label] = max(each.version, newest.get(each.label, 0))
        own = (each for each in self._champions() if each.version == newest[each.label])
        return frozenset(label for each in own for label in each.card.labels)

    def _try(self, label: str, version: int, at: datetime) -> None:
        try:
            scored = scored_anew(self.place, label, version)
            promote(self.place, label, version, now=at, scored=scored)
        except GateClosed as closed:
            self.say(f"{label} {version} stays a challenger: {closed}")

    def _champions(self) -> list[Registered]:
        return [each for each in list_models(self.place) if each.role == "champion"]

    def grow(self, simulated: Simulation, *, but: frozenset[str] = frozenset()) -> None:
        """Let the tables grow by what came to be since they were written, `but` some tables."""
        manifest = simulated.manifest
        if self.bank.manifest.last_day == manifest.last_day:
            for _ in simulated.rows():
                pass
            return
        with grow_bank(self.place.bank, manifest) as growth:
            for part in simulated.rows():
                for name, rows in part.items():
                    if name not in but:
                        growth.add(name, rows)


def _months(last: date, day: date) -> int:
    """The calendar months from one day's to another's."""
    return (day.year - last.year) * 12 + day.month - last.month


def unseen(_done: int, _total: int) -> None:
    """Nobody watches the bar."""
