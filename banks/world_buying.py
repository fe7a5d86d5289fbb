"""How simulated customers come to buy, with and without a contact, and give products up."""

import numpy as np

from banks.world import GIVEN_UP
from banks.world_arrays import Flags, Floats, Ints, Records, each, records
from banks.world_contacts import MOST_CONTACTS
from banks.world_state import Setting, State, Turn, effects_now
from goodcall.vocabulary import FAMILIES

_WINDOW = 90
_MONTHS = 3
_DELAY_DAYS = 20.0
_MOST = 0.5
_SAVINGS = tuple(FAMILIES.index(family) for family in ("deposit", "wealth", "fund"))


def heed_offers(setting: Setting, state: State, meetings: Records, turn: Turn) -> None:
    """Turn the month's offers that reached a customer into purchases to come, or the contrary."""
    world, rng = setting.world, turn.rng
    offers = meetings[meetings["reached"] & (meetings["family"] >= 0)]
    who, family, channel = offers["who"], offers["family"], offers["channel"]
    reach = np.array(list(world.contacts.reach.values()))[channel]
    effect = effects_now(setting, state, turn.month)[who, family, channel] / reach
    effect = effect * np.where(state.held[who, family], world.buying.again, 1.0)
    left = (state.leaving[who] < turn.start) | state.silent[who]
    effect = effect * np.where(left, world.buying.leavers, 1.0)
    each_has = len(turn.here), MOST_CONTACTS
    led = (each(rng.random(each_has), who) < effect) & setting.traits.buys[who, family]
    slow = each(rng.exponential(_DELAY_DAYS, each_has), who)
    delay = 1 + np.minimum(slow, _WINDOW - 2).astype(np.int64)
    late = offers["day"] + delay
    caused = records(
        who=who[led], family=family[led], day=late[led], caused=np.ones(led.sum(), dtype=np.bool_)
    )
    state.pending = np.concatenate([state.pending, caused])
    state.damp[state.damp_until <= turn.month] = 1.0
    harmed = effect < 0
    weaker = 1 + effect[harmed] / setting.traits.base[who[harmed], family[harmed]]
    state.damp[who[harmed], family[harmed]] = np.clip(weaker, 0.05, 1.0)
    state.damp_until[who[harmed]] = turn.month + _MONTHS


def buy(setting: Setting, state: State, chance: Floats, turn: Turn) -> Records:
    """The purchases of a month: who, family, day, and whether a contact caused it."""
    rng = turn.rng
    monthly = 1 - (1 - chance * state.damp) ** (1 / _MONTHS)
    monthly = monthly * np.where(state.held, setting.world.buying.again, 1.0) * turn.here[:, None]
    turned_away = (state.leaving < turn.end) | state.silent
    monthly = monthly * np.where(turned_away, setting.world.buying.leavers, 1.0)[:, None]
    who, family = np.nonzero(rng.random(chance.shape) < monthly)
    alone = records(
        who=who,
        family=family,
        day=rng.integers(turn.start, turn.end, chance.shape)[who, family],
        caused=np.zeros(len(who), dtype=np.bool_),
    )
    due = state.pending["day"] < turn.end
    led = state.pending[due]
    state.pending = state.pending[~due]
    led = led[turn.here[led["who"]]]
    bought: Records = _one_each(np.concatenate([alone, led]))
    bought = bought[bought["day"] < state.gone[bought["who"]]]
    state.held[bought["who"], bought["family"]] = True
    np.maximum.at(state.bought, bought["who"], bought["day"])
    return bought


def run_off(setting: Setting, state: State, bought: Records, turn: Turn) -> Records:
    """What is given up in a month of families that can be: who, family, day."""
    rng, start, end = turn.rng, turn.start, turn.end
    chance = [setting.world.buying.runs_off.get(family, 0.0) for family in FAMILIES]
    gives = rng.random(state.held.shape) < np.array(chance)
    gives |= _replaced(setting, bought, rng.random(state.held.shape))
    drained = (state.leaving_end >= start) & (state.leaving_end < end) & (state.share > _MOST)
    closed = (state.gone >= start) & (state.gone < end)
    gives |= (drained | closed)[:, None]
    gives[bought["who"], bought["family"]] = False
    gives[:, [family not in GIVEN_UP for family in FAMILIES]] = False
    who, family = np.nonzero(gives & state.held)
    state.held[who, family] = False
    drawn = rng.integers(start, end, gives.shape)[who, family]
    day: Ints = np.minimum(drawn, state.gone[who])
    return records(who=who, family=family, day=np.maximum(day, start))


def _replaced(setting: Setting, bought: Records, drawn: Floats) -> Flags:
    """(n, families): what a savings product that a contact led to takes the place of."""
    led = bought[bought["caused"] & np.isin(bought["family"], _SAVINGS)]
    share = setting.world.buying.replaces
    led = led[drawn[led["who"], led["family"]] < share]
    found = np.zeros(drawn.shape, dtype=np.bool_)
    found[np.ix_(led["who"], _SAVINGS)] = True
    return found & setting.traits.buys


def _one_each(bought: Records) -> Records:
    """The first purchase of each customer and family, by customer."""
    bought = bought[np.lexsort((bought["day"], bought["family"], bought["who"]))]
    again = np.zeros(len(bought), dtype=np.bool_)
    again[1:] = (np.diff(bought["who"]) == 0) & (np.diff(bought["family"]) == 0)
    return bought[~again]
