"""Whom the simulated bank contacts in a month, by habit or by lot, and what is said."""

import numpy as np

from banks.world_arrays import Flags, Floats, Ints, Records, each, pick, records
from banks.world_numbers import NO_NUMBER, note_dead
from banks.world_state import APP, BRANCH, PHONE, SMS, Setting, State, needs, present, strain
from goodcall.vocabulary import FAMILIES, OUTCOMES

CARE = -1
# How often a care contact is refused, relative to an offer.
CARE_REFUSED = 0.4
# A customer's contacts of one month have draws of their own; after so many they come again.
MOST_CONTACTS = 8
NO_REFUSAL, REFUSED_CHANNEL, REFUSED_ALL, COMPLAINED = range(4)
_REFUSALS = np.array(
    [-1, *(OUTCOMES.index(name) for name in ("REFUSED_CHANNEL", "REFUSED_ALL", "COMPLAINT"))]
)
_WARMTH_STEPS = (-0.8, -0.1, 0.5, 0.9, 1.5)
_SAID = (
    *("NOT_INTERESTED_OFFER", "NOT_NOW", "CONNECTED_THINKING"),
    *("CONNECTED_CALLBACK", "CONNECTED_INTERESTED", "CONNECTED_APPT"),
)
_TEXTED = ("DELIVERED", "DELIVERED", "DELIVERED", "DELIVERED", "DELIVERED", "CLICK")
_SHOWN = ("DISMISS", "IMPRESSION", "IMPRESSION", "IMPRESSION", "CLICK", "CLICK")
_UNHEARD = (
    *("NO_ANSWER", "NO_ANSWER", "NO_ANSWER", "NO_ANSWER", "NO_ANSWER", "NO_ANSWER"),
    *("BUSY", "BUSY", "VOICEMAIL", "POWER_OFF", "THIRD_PARTY"),
)
_HABIT_CHANNELS = (0.5, 0.27, 0.13, 0.10)
_RECENT_DAYS = 90
_OPEN, _SHUT = 9 * 3600, 20 * 3600
_UNSETTLED_CARE = 0.35
_CARE = 0.12


def plan_contacts(
    setting: Setting, state: State, month: int, away: Flags, rng: np.random.Generator
) -> Records:
    """The contacts that the bank's own habits and its lot bring in a month, by customer.

    Fields: who, day, channel, family (CARE for a care contact), lot, carried, probability. The lot
    takes customers regardless of all but consent, then channel, purpose, family and whether the
    contact is made at random; who is in the lot is left alone by habit that month. Managers who are
    `away` contact nobody by habit.
    """
    count = setting.people.count
    here = present(setting, state, month)
    in_lot = (rng.random(count) < setting.world.contacts.lot) & here
    by_habit = (rng.random(count) < _habit(setting, state, month)) & here & ~in_lot
    by_habit &= ~away[setting.people.manager]
    lot, habit = np.flatnonzero(in_lot), np.flatnonzero(by_habit)
    who = np.concatenate([lot, habit])
    drawn = np.arange(len(who)) < len(lot)
    channel = np.concatenate([_lot_channels(state, lot, rng), _habit_channels(state, habit, rng)])
    family = np.concatenate(
        [_lot_families(setting, lot, rng), _habit_families(setting, state, habit, rng)]
    )
    carried = ~drawn | (rng.random(len(who)) < setting.world.contacts.carried_out)
    plan = records(
        who=who,
        day=_workdays(setting, month, len(who), rng),
        second=rng.integers(_OPEN, _SHUT, len(who)),
        channel=channel,
        family=family,
        lot=drawn,
        carried=carried,
        probability=np.where(drawn, setting.world.contacts.carried_out, np.nan),
    )
    return plan[np.argsort(plan["who"], kind="stable")]


def meet(
    setting: Setting, state: State, plan: Records, need: Floats, rng: np.random.Generator
) -> Records:
    """The contacts of a plan, with whether they reached, the outcome and any refusal.

    `point` is the customer's number that was dialled. A dead one reaches nobody, and whoever dials
    it hears that it is wrong or out of service. Who is no customer is not reached.
    """
    contacts, traits = setting.world.contacts, setting.traits
    who, channel = plan["who"], plan["channel"]
    reach = np.array(list(contacts.reach.values()))[channel]
    numbers, dialled = state.numbers, plan["carried"] & np.isin(channel, (PHONE, SMS))
    dead = dialled & numbers.dead(who, plan["day"])
    note_dead(numbers, who[dead], plan["day"][dead], rng)
    there = (setting.people.opened[who] < plan["day"]) & (plan["day"] < state.gone[who])
    each_has = setting.people.count, MOST_CONTACTS
    reached = plan["carried"] & (each(rng.random(each_has), who) < reach) & there & ~dead
    cross = strain(setting, state)[who] * np.exp(-contacts.tolerance_gain * traits.tolerance[who])
    drawn = each(rng.random(each_has), who)
    upset = contacts.complaint * cross
    refuses = upset + contacts.opt_out * cross * np.where(plan["family"] == CARE, CARE_REFUSED, 1.0)
    refusal = np.where(drawn < upset, COMPLAINED, NO_REFUSAL)
    everything = each(rng.random(each_has), who) < contacts.refuses_all
    refusal = np.where(
        (drawn >= upset) & (drawn < refuses),
        np.where(everything, REFUSED_ALL, REFUSED_CHANNEL),
        refusal,
    )
    refusal = np.where(reached, refusal, NO_REFUSAL)
    warmth = _warmth(setting, plan, need, rng)
    spoken = _answers(setting, state, plan, warmth, rng)
    heard = np.where(refusal == NO_REFUSAL, spoken, _REFUSALS[refusal])
    missed = np.where(dead, numbers.heard(who), _missed(setting, plan, rng))
    outcome = np.where(plan["carried"], np.where(reached, heard, missed), -1)
    return records(
        **{name: plan[name] for name in plan.dtype.names or ()},
        reached=reached,
        refusal=refusal,
        outcome=outcome,
        point=np.where(dialled, numbers.given(who, plan["day"]), NO_NUMBER),
    )


def _habit(setting: Setting, state: State, month: int) -> Floats:
    world, start = setting.world.contacts, setting.calendar.month(month)[0]
    wealth = setting.people.observed()[:, 0]
    recent = state.bought >= start - _RECENT_DAYS
    score = np.exp(world.habit_wealth * wealth + world.habit_bought * recent)
    rate: Floats = np.minimum(world.habit * score / score.mean(), 0.8)
    return rate


def _workdays(setting: Setting, month: int, count: int, rng: np.random.Generator) -> Ints:
    days = np.arange(*setting.calendar.month(month))
    return rng.choice(days[setting.calendar.workday(days)], count)


def _lot_channels(state: State, who: Ints, rng: np.random.Generator) -> Ints:
    return pick(rng, state.allowed[who].astype(np.float64))


def _habit_channels(state: State, who: Ints, rng: np.random.Generator) -> Ints:
    return pick(rng, state.allowed[who] * np.array(_HABIT_CHANNELS))


def _lot_families(setting: Setting, who: Ints, rng: np.random.Generator) -> Ints:
    family = pick(rng, setting.traits.buys[who].astype(np.float64))
    care = rng.random(len(who)) < setting.world.contacts.care_in_lot
    return np.where(care, CARE, family)


def _habit_families(setting: Setting, state: State, who: Ints, rng: np.random.Generator) -> Ints:
    guess = setting.world.contacts.habit_need * needs(setting, state)[who]
    liking = np.array([setting.world.buying.base[family] for family in FAMILIES])
    family = pick(rng, liking * np.exp(guess) * setting.traits.buys[who] * ~state.held[who] + 1e-9)
    care = rng.random(len(who)) < np.where(state.unsettled[who], _UNSETTLED_CARE, _CARE)
    return np.where(care, CARE, family)


def _warmth(setting: Setting, plan: Records, need: Floats, rng: np.random.Generator) -> Floats:
    """How willing each customer sounds: a noisy sign of need and persuadability."""
    who, family = plan["who"], np.maximum(plan["family"], 0)
    warmth = 0.5 * need[who, family] + 0.4 * setting.traits.persuadable[who]
    warmth = np.where(plan["family"] == CARE, 0.4, warmth)
    return np.asarray(warmth + each(rng.normal(size=(len(need), MOST_CONTACTS)), who))


def _answers(
    setting: Setting, state: State, plan: Records, warmth: Floats, rng: np.random.Generator
) -> Ints:
    """What comes of each contact that reaches and is not refused, as a place in OUTCOMES."""
    spoken = np.isin(plan["channel"], (PHONE, BRANCH))
    answer = np.where(spoken, _by_warmth(warmth, _SAID), _by_warmth(warmth, _TEXTED))
    answer = np.where(plan["channel"] == APP, _by_warmth(warmth, _SHOWN), answer)
    leaving = spoken & (state.leaving[plan["who"]] <= plan["day"])
    drawn = each(rng.random((setting.people.count, MOST_CONTACTS)), plan["who"])
    admits = leaving & (drawn < setting.world.contacts.confesses)
    # The same draw from its other end: who is low may also be leaving.
    gloomy = spoken & state.low[plan["who"]] & (drawn >= 1 - setting.world.contacts.low_shows)
    answer = np.where(gloomy, OUTCOMES.index("LOW_MOOD"), answer)
    return np.where(admits, OUTCOMES.index("LEAVING_CONFIRMED"), answer)


def _missed(setting: Setting, plan: Records, rng: np.random.Generator) -> Ints:
    """What is noted of each contact that does not reach, as a place in OUTCOMES."""
    channel, each_has = plan["channel"], (setting.people.count, MOST_CONTACTS)
    drawn = each(rng.integers(0, len(_UNHEARD), each_has), plan["who"])
    calls = _codes(_UNHEARD)[drawn]
    written = np.where(channel == BRANCH, OUTCOMES.index("NOT_WORKED"), OUTCOMES.index("FAILED"))
    return np.where(channel == PHONE, calls, written)


def _by_warmth(warmth: Floats, names: tuple[str, ...]) -> Ints:
    return _codes(names)[np.searchsorted(_WARMTH_STEPS, warmth)]


def _codes(names: tuple[str, ...]) -> Ints:
    return np.array([OUTCOMES.index(name) for name in names])
