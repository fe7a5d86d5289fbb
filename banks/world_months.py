"""How a simulated bank lives, month by month: a month's contacts in, what came of them out."""

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np

from banks.errors import BankError
from banks.world import LIFE_EVENTS
from banks.world_arrays import Flags, Floats, Ints, Records, part_of, records, stream
from banks.world_buying import buy, heed_offers, run_off
from banks.world_calendar import NEVER
from banks.world_contacts import meet, plan_contacts
from banks.world_leaving import (
    complain,
    feel,
    hazards,
    keep,
    leave,
    obey,
    unsettle,
)
from banks.world_numbers import move_house
from banks.world_state import (
    Fate,
    Setting,
    State,
    Turn,
    begin,
    chances,
    fate_of,
    may_fall_silent,
    needs,
    turn_of,
)
from goodcall.vocabulary import FAMILIES

_JOB, _HOME, _CHILD, _WINDFALL, _MOVING, _ = range(1, 1 + len(LIFE_EVENTS))
_BRINGS = (
    (_HOME, ("mortgage",)),
    (_CHILD, ("insurance", "deposit")),
    (_WINDFALL, ("wealth", "fund")),
    (_JOB, ("credit_card",)),
)
_PARENTS = (24.0, 42.0)
_AGEING = 0.08
_CLOSES_AFTER = 5
_MOOD_STAYS = 0.75
_LOW_STAYS, _LOW_AFTER_COMPLAINT = 0.5, 4.0


@dataclass(frozen=True, slots=True)
class Month:
    """What was true of every customer in a month, and what they did.

    `chance` (n, families) and `hazard` (of starting to leave) are as of the month's start, before
    its contacts; NaN for who is no customer. `low` are in low spirits, `silent` neither log in nor
    pay. `life` is the life event of the month, `coming` that of the next. Records name customers by
    their place; `moves` to another city and `found_dead`, numbers that the bank's file then calls
    dead, are who and day. `fate` is as of the month's end.
    """

    need: Floats
    chance: Floats
    hazard: Floats
    unsettled: Flags
    low: Flags
    silent: Flags
    begins: Flags
    life: Ints
    coming: Ints
    paid: Flags
    contacts: Records
    purchases: Records
    run_offs: Records
    cases: Records
    moves: Records
    found_dead: Records
    fate: Fate

    def part(self, rows: slice) -> Self:
        """The month of a run of customers, whom records name by their place in it."""
        return type(self)(*(_part(getattr(self, field.name), rows) for field in fields(self)))


@dataclass(frozen=True, slots=True)
class History:
    """The months that a simulated bank lived, what it opened with and the state it ended in."""

    first_held: Flags
    first_allowed: Flags
    months: tuple[Month, ...]
    last: State

    def records(self, name: str) -> Records:
        """A month's sort of records over all months, by customer and then in time."""
        rows = np.concatenate([getattr(month, name) for month in self.months])
        return rows[np.lexsort((rows["day"], rows["who"]))]


class Life:
    """A simulated bank that lives on from month to month, whoever plans its contacts.

    `state` is where every customer stands at the start of the month to be lived next.
    """

    def __init__(self, setting: Setting, seed: int) -> None:
        self._setting, self._seed = setting, seed
        self.state = begin(setting, stream(seed, "months"))
        self._first = (self.state.held.copy(), self.state.allowed.copy())
        self._lived: list[Month] = []

    @property
    def month(self) -> int:
        """The number of the month to be lived next."""
        return len(self._lived)

    @property
    def history(self) -> History:
        """All that was lived so far."""
        return History(*self._first, tuple(self._lived), self.state)

    @property
    def away(self) -> Flags:
        """Which managers, by `People.manager`, are away in the month to be lived next."""
        count = int(self._setting.people.manager.max()) + 1
        drawn = stream(self._seed, "absences", self.month).random(count)
        return np.asarray(drawn < self._setting.world.contacts.absent)

    def plan(self) -> Records:
        """The contacts of the next month that the bank's own habits and its lot bring.

        Raises BankError when the window is over.
        """
        self._next()
        rng = stream(self._seed, "contacts", self.month)
        return plan_contacts(self._setting, self.state, self.month, self.away, rng)

    def live(self, contacts: Records) -> Month:
        """Live through the next month with these contacts.

        Raises BankError for a contact outside the month, and when the window is over.
        """
        start, end = self._next()
        outside = contacts[(contacts["day"] < start) | (contacts["day"] >= end)]
        if len(outside):
            raise BankError(
                f"a contact of month {self.month} is on day {outside['day'][0]} of the window; "
                f"plan for days {start} to {end - 1}"
            )
        rng = stream(self._seed, "months", 1 + self.month)
        lived = step(self._setting, self.state, contacts, self.month, rng)
        self._lived.append(lived)
        return lived

    def _next(self) -> tuple[int, int]:
        """The days of the next month."""
        if self.month == self._setting.calendar.months:
            raise BankError(
                f"the window's {self.month} months are over; found a bank that lives longer"
            )
        return self._setting.calendar.month(self.month)


def step(
    setting: Setting, state: State, plan: Records, month: int, rng: np.random.Generator
) -> Month:
    """Live through one month in which a plan of contacts is carried out; moves `state` on."""
    turn = turn_of(setting, state, month, rng)
    need = needs(setting, state)
    chance, before = chances(setting, state, need, month), hazards(setting, state, month)
    unsettled, life = state.unsettled.copy(), state.coming.copy()
    low, silent = state.low.copy(), state.silent.copy()
    _move(state, turn)
    met = meet(setting, state, plan, need, rng)
    heed_offers(setting, state, met, turn)
    feel(setting, state, met)
    obey(state, met)
    hazard = hazards(setting, state, month)
    begins = leave(setting, state, hazard, turn)
    keep(setting, state, met, turn)
    _depart(setting, state, turn)
    bought = buy(setting, state, chance, turn)
    ended = run_off(setting, state, bought, turn)
    cases = complain(setting, state, met, turn)
    paid = state.paid & (state.away == 0)
    unsettle(state, hazard, turn)
    _live_on(setting, state, turn)
    here = turn.here
    return Month(
        need=np.where(here[:, None], need, np.nan),
        chance=np.where(here[:, None] & setting.traits.buys, chance, np.nan),
        hazard=np.where(here & (before.leave > 0), before.leave, np.nan),
        unsettled=unsettled,
        low=low,
        silent=silent,
        begins=begins,
        life=life,
        coming=state.coming.copy(),
        paid=paid,
        contacts=met,
        purchases=bought,
        run_offs=ended,
        cases=cases,
        moves=_on_file(state, state.numbers.changed, turn),
        found_dead=_on_file(state, state.numbers.found, turn),
        fate=fate_of(state),
    )


def _on_file(state: State, day: Ints, turn: Turn) -> Records:
    """Whose file changes in the month on their own `day`: who, day."""
    who = np.flatnonzero((day >= turn.start) & (day < turn.end) & (day < state.gone))
    return records(who=who, day=day[who])


def _move(state: State, turn: Turn) -> None:
    """Let the month's movers take a new telephone number along with their new address."""
    moving = turn.here & (state.coming == _MOVING) & (state.numbers.changed == NEVER)
    who = np.flatnonzero(moving)
    move_house(state.numbers, who, turn.start, turn.rng)


def _depart(setting: Setting, state: State, turn: Turn) -> None:
    """Close the accounts of leavers who took everything, and of those who die."""
    last = state.leaving_end + _CLOSES_AFTER
    closing = turn.here & (state.share == 1.0) & (last >= turn.start) & (last < turn.end)
    state.gone[closing] = last[closing]
    age, rng = setting.people.age, turn.rng
    risk = setting.world.habits.deaths * np.exp(_AGEING * (age - 70)) * ~setting.people.firm
    dying = (rng.random(len(age)) < risk) & turn.here & ~closing
    state.gone[dying] = rng.integers(turn.start, turn.end, len(age))[dying]
    state.died |= dying


def _live_on(setting: Setting, state: State, turn: Turn) -> None:
    """Let needs drift, salaries come back and the next month's life events approach."""
    people, rng, count = setting.people, turn.rng, setting.people.count
    noise = np.sqrt(1 - _MOOD_STAYS**2) * rng.normal(size=state.mood.shape)
    state.mood = _MOOD_STAYS * state.mood + noise
    state.raised *= 0.6
    for event, families in _BRINGS:
        who = np.flatnonzero(state.coming == event)
        for family in families:
            state.raised[who, FAMILIES.index(family)] += setting.world.life.need_rise
    changing = (state.coming == _JOB) & people.paid_here & (state.leaving == NEVER)
    state.away = np.where(changing, rng.integers(1, 4, count), np.maximum(state.away - 1, 0))
    state.paid &= ~(changing & (rng.random(count) < setting.world.habits.changes_bank))
    state.coming = _next_events(setting, turn)
    state.low = _next_low(setting, state, turn)
    state.silent = _next_silent(setting, state, turn)
    state.war = _next_war(setting, state.war, rng)


def _next_war(setting: Setting, war: int, rng: np.random.Generator) -> int:
    """For how many months a rival will pay more, next month and after."""
    rivals = setting.world.rivals
    begins, lasts = rng.random() < rivals.rate_war, int(rng.integers(1, rivals.longest_months + 1))
    return war - 1 if war else lasts * begins


def _next_low(setting: Setting, state: State, turn: Turn) -> Flags:
    """Who is in low spirits next month: half of those who are, and others; more who complained."""
    share = setting.world.contacts.low_spirits
    enters = share * (1 - _LOW_STAYS) / (1 - share)
    cross = state.complained >= turn.start
    chance = np.where(state.low, _LOW_STAYS, enters * np.where(cross, _LOW_AFTER_COMPLAINT, 1.0))
    return np.asarray(turn.rng.random(len(turn.here)) < chance)


def _next_silent(setting: Setting, state: State, turn: Turn) -> Flags:
    """Who neither logs in nor pays next month."""
    life, drawn = setting.world.life, turn.rng.random(len(turn.here))
    falls = (drawn < life.falls_silent) & may_fall_silent(setting.people, state.paid)
    return np.where(state.silent, drawn >= life.wakes, falls & turn.here)


def _next_events(setting: Setting, turn: Turn) -> Ints:
    people, here = setting.people, turn.here
    rates = np.tile([setting.world.life.rates[event] for event in LIFE_EVENTS], (len(here), 1))
    rates[:, _CHILD - 1] *= 2 * ((people.age > _PARENTS[0]) & (people.age < _PARENTS[1]))
    rates[:, _JOB - 1] *= ~people.pensioner
    drawn = turn.rng.random(len(here))[:, None]
    event = (drawn >= np.cumsum(rates, axis=1)).sum(axis=1) + 1
    event = np.where(event > len(LIFE_EVENTS), 0, event)
    return np.where(here & ~people.firm, event, 0)


def _part(value: Any, rows: slice) -> Any:  # noqa: ANN401 - an array, records or a fate
    if isinstance(value, Fate):
        return value.part(rows)
    return value[rows] if value.dtype.names is None else part_of(value, rows)
