"""Where every simulated customer stands at the start of a month."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from banks.world import CONTACT_CHANNELS, World
from banks.world_arrays import Flags, Floats, Ints, Records, records
from banks.world_calendar import NEVER, Calendar
from banks.world_numbers import Numbers, draw_numbers
from banks.world_people import People
from banks.world_traits import Traits, chance_of_buying
from goodcall.vocabulary import FAMILIES

PHONE, SMS, APP, BRANCH = range(len(CONTACT_CHANNELS))
_SAVINGS = [FAMILIES.index(family) for family in ("deposit", "wealth")]
_YEAR = 12


@dataclass(frozen=True, slots=True)
class Setting:
    """What does not change while a simulated bank lives."""

    world: World
    calendar: Calendar
    people: People
    traits: Traits


@dataclass(frozen=True, slots=True)
class Turn:
    """A month being lived: first day, day after the last, and who is a customer in it."""

    month: int
    start: int
    end: int
    here: Flags
    rng: np.random.Generator


@dataclass(slots=True)
class State:
    """Where every customer stands at the start of a month; days and months are NEVER if not to be.

    `coming` is the life event of the month (0 for none, else 1 + its place in LIFE_EVENTS); `away`
    the months for which a salary still stays out; `damp` weakens buying until `damp_until`;
    `pending` holds the purchases to which contacts already led; `stirred` is what contacts added to
    the log hazard of leaving; `tired` counts the contacts of late; `low` are in low spirits,
    `silent` neither log in nor pay; `war` is how many months a rival bank will still pay more;
    `share` is what a leaver takes along; `allowed` (n, channels) is consent to marketing;
    `numbers` are the telephone numbers.
    """

    mood: Floats
    raised: Floats
    held: Flags
    bought: Ints
    pending: Records
    damp: Floats
    damp_until: Ints
    unsettled: Flags
    stirred: Floats
    tired: Floats
    low: Flags
    silent: Flags
    war: int
    complained: Ints
    waited: Ints
    coming: Ints
    away: Ints
    paid: Flags
    leaving: Ints
    leaving_end: Ints
    share: Floats
    saved: Ints
    gone: Ints
    died: Flags
    allowed: Flags
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class Fate:
    """Who leaves the bank, when and with what, as far as it has come by the end of a month.

    Days are NEVER for what has not begun; `saved` is the day on which a leaver was kept.
    """

    leaving: Ints
    leaving_end: Ints
    share: Floats
    saved: Ints
    gone: Ints
    died: Flags

    def part(self, rows: slice) -> Self:
        """The fate of a run of customers."""
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))


def fate_of(state: State) -> Fate:
    """Everyone's fate by now; what comes later does not change it."""
    return Fate(*(getattr(state, field.name).copy() for field in fields(Fate)))


def begin(setting: Setting, rng: np.random.Generator) -> State:
    """The state in which the window opens."""
    world, people, traits = setting.world, setting.people, setting.traits
    count, shape = people.count, traits.need.shape
    own = np.array([world.buying.own[family] for family in FAMILIES])
    held = rng.random(shape) < own * np.exp(0.5 * traits.need - 0.125)
    allowed = rng.random((count, len(CONTACT_CHANNELS))) < world.people.consenting
    allowed[:, APP] &= people.digital
    allowed[:, BRANCH] = True
    return State(
        mood=rng.normal(size=shape),
        raised=np.zeros(shape),
        held=held & traits.buys & (people.opened < 0)[:, None],
        bought=np.full(count, -NEVER),
        pending=no_purchases(),
        damp=np.ones(shape),
        damp_until=np.zeros(count, dtype=np.int64),
        unsettled=rng.random(count) < world.leaving.unsettled * 2,
        stirred=np.zeros(count),
        tired=np.zeros(count),
        low=rng.random(count) < world.contacts.low_spirits,
        silent=may_fall_silent(people, people.paid_here)
        & (rng.random(count) < _silent_share(world)),
        war=0,
        complained=np.full(count, -NEVER),
        waited=np.full(count, -NEVER),
        coming=np.zeros(count, dtype=np.int64),
        away=np.zeros(count, dtype=np.int64),
        paid=people.paid_here.copy(),
        leaving=np.full(count, NEVER),
        leaving_end=np.full(count, NEVER),
        share=np.zeros(count),
        saved=np.full(count, NEVER),
        gone=np.full(count, NEVER),
        died=np.zeros(count, dtype=np.bool_),
        allowed=allowed,
        numbers=draw_numbers(world.habits, setting.calendar, people, rng),
    )


def no_purchases() -> Records:
    """Purchases, none of them."""
    none = np.zeros(0, dtype=np.int64)
    return records(who=none, family=none, day=none, caused=np.zeros(0, dtype=np.bool_))


def present(setting: Setting, state: State, month: int) -> Flags:
    """Who was a customer before the month began and has not left the bank in it so far."""
    start, _ = setting.calendar.month(month)
    return np.asarray((setting.people.opened < start) & (state.gone == NEVER))


def turn_of(setting: Setting, state: State, month: int, rng: np.random.Generator) -> Turn:
    """The month to be lived next."""
    return Turn(month, *setting.calendar.month(month), present(setting, state, month), rng)


def needs(setting: Setting, state: State) -> Floats:
    """Every customer's need of every family, in standard units but for what life events raise."""
    drift = setting.world.buying.need_drift
    mixed: Floats = np.sqrt(1 - drift) * setting.traits.need + np.sqrt(drift) * state.mood
    return mixed + state.raised


def chances(setting: Setting, state: State, need: Floats, month: int) -> Floats:
    """The chance (n, families) of buying within 90 days of one who does not hold the family."""
    world = setting.world
    base = setting.traits.base * drifted(list(world.drift.buying.values()), month)
    turning = 2 * np.pi * (setting.calendar.first_of(month).month - 1) / _YEAR
    base = base * (1 + world.buying.season * np.cos(turning))
    if state.war:
        base[:, _SAVINGS] *= world.rivals.saving
    chance = chance_of_buying(world, base, need)
    return np.where(setting.traits.buys, chance, 0.0)


def effects_now(setting: Setting, state: State, month: int) -> Floats:
    """What a contact that is made now adds to the chance of buying: (n, families, channels).

    Of who was contacted of late, or is in low spirits, it adds less, where it adds anything.
    """
    effect = setting.traits.effect * drifted(list(setting.world.drift.effect.values()), month)
    heed = heeds(setting, state) * np.exp(-setting.world.contacts.tires * state.tired)
    return np.where(effect > 0, effect * heed[:, None, None], effect)


def care_now(setting: Setting, state: State) -> Floats:
    """What a care contact that is made now and reaches adds to the log hazard of leaving.

    (n, channels). Of who is in low spirits it takes off less, where it takes off anything.
    """
    care = setting.traits.care
    return np.where(care < 0, care * heeds(setting, state)[:, None], care)


def heeds(setting: Setting, state: State) -> Floats:
    """The share of the good that a contact does which is left to each customer's spirits."""
    return np.where(state.low, setting.world.contacts.low_heeds, 1.0)


def strain(setting: Setting, state: State) -> Floats:
    """What contacts of late and low spirits multiply refusals, and the harm of an offer, by."""
    contacts = setting.world.contacts
    return np.exp(contacts.irritates * state.tired + contacts.low_refuses * state.low)


def may_fall_silent(people: People, paid: Flags) -> Flags:
    """Who may leave an account alone: people who are paid elsewhere."""
    return ~paid & ~people.firm


def _silent_share(world: World) -> float:
    """The share of those who may fall silent who are so when none remembers the beginning."""
    falls, wakes = world.life.falls_silent, world.life.wakes
    return falls / (falls + wakes) if falls else 0.0


def drifted(yearly: Sequence[float] | float, month: int) -> Floats:
    """What yearly factors have come to by a month of the window."""
    return np.asarray(yearly, dtype=np.float64) ** (month / _YEAR)
