"""How simulated customers become unsettled, complain, leave, and are sometimes kept."""

from dataclasses import dataclass

import numpy as np

from banks.world import LIFE_EVENTS
from banks.world_arrays import Flags, Floats, Records, records
from banks.world_calendar import NEVER
from banks.world_contacts import CARE, COMPLAINED, REFUSED_ALL, REFUSED_CHANNEL
from banks.world_state import BRANCH, Setting, State, Turn

_NEWCOMER_DAYS = 540
_RECENT_DAYS = 90
_SHORTEST_DAYS = 25
_MOVING = 1 + LIFE_EVENTS.index("moving")
COMPLAINT, SERVICE, WAITING = range(3)


@dataclass(frozen=True, slots=True)
class Hazards:
    """Chances of a month: to become unsettled, to settle, and to start to leave."""

    unsettle: Floats
    settle: Floats
    leave: Floats


def hazards(setting: Setting, state: State, month: int) -> Hazards:
    """Every customer's hazards as of the start of a month; no one leaves twice."""
    world, start = setting.world.leaving, setting.calendar.month(month)[0]
    planted = setting.world.planted
    restless = world.restless_gain * setting.traits.restless - world.restless_gain**2 / 2
    pull = restless + state.stirred
    pull = pull + world.newcomer_gain * (setting.people.opened > start - _NEWCOMER_DAYS)
    pull = pull + world.thin_gain * ~state.held.any(axis=1)
    pull = pull + world.moving_gain * (state.coming == _MOVING)
    pull = pull + world.complaint_gain * (state.complained >= start - _RECENT_DAYS)
    pull = pull + planted.waiting_gain * (state.waited >= start - _RECENT_DAYS)
    region = np.array(list(planted.leaving.values()))[setting.people.region]
    staying = state.leaving == NEVER
    leave = np.where(
        state.unsettled,
        world.leaves * np.exp(state.stirred + 0.5 * restless),
        world.direct * np.exp(pull),
    )
    return Hazards(
        unsettle=np.minimum(world.unsettled * region * np.exp(pull), 0.5) * staying,
        settle=np.full(len(pull), world.settles),
        leave=np.minimum(leave, 0.7) * staying,
    )


def feel(setting: Setting, state: State, meetings: Records) -> None:
    """Let the month's contacts that reached a customer move the hazard of leaving."""
    met = meetings[meetings["reached"]]
    who, channel = met["who"], met["channel"]
    care = met["family"] == CARE
    change = np.where(care, setting.traits.care[who, channel], setting.traits.push[who, channel])
    state.stirred *= setting.world.contacts.fades
    np.add.at(state.stirred, who, change)


def obey(state: State, meetings: Records) -> None:
    """Keep what customers refused from being done again."""
    for kind in (REFUSED_CHANNEL, COMPLAINED):
        rows = meetings[meetings["refusal"] == kind]
        spoken = rows[rows["channel"] != BRANCH]
        state.allowed[spoken["who"], spoken["channel"]] = False
    state.allowed[meetings["who"][meetings["refusal"] == REFUSED_ALL], :BRANCH] = False


def leave(setting: Setting, state: State, hazard: Hazards, turn: Turn) -> Flags:
    """Who starts to leave in a month; sets how long it takes and how much goes."""
    world, rng = setting.world.leaving, turn.rng
    begins = (rng.random(len(turn.here)) < hazard.leave) & turn.here
    who = np.flatnonzero(begins)
    days = rng.integers(_SHORTEST_DAYS, world.longest_days + 1, len(who))
    state.leaving[who] = rng.integers(turn.start, turn.end, len(who))
    state.leaving_end[who] = state.leaving[who] + days
    state.share[who] = rng.uniform(world.least_share, 1.0, len(who))
    closes = rng.random(len(who)) < world.closes
    state.share[who[closes]] = 1.0
    stops = rng.random(len(who)) < np.where(closes, 1.0, world.salary_stops)
    state.paid[who[stops]] = False
    state.unsettled[who] = False
    return begins


def keep(setting: Setting, state: State, meetings: Records, turn: Turn) -> None:
    """End a leaving half-way where a care contact reached the leaver and moved them."""
    care = meetings[meetings["reached"] & (meetings["family"] == CARE)]
    care = care[setting.traits.care[care["who"], care["channel"]] < 0]
    who, day = care["who"], care["day"]
    under_way = (state.leaving[who] < day) & (state.leaving_end[who] > day)
    kept = under_way & (state.saved[who] == NEVER) & (state.share[who] < 1)
    kept &= turn.rng.random(len(care)) < setting.world.leaving.saved
    state.saved[who[kept]] = day[kept]


def unsettle(state: State, hazard: Hazards, turn: Turn) -> None:
    """Who is unsettled in the month that follows."""
    drawn = turn.rng.random(len(turn.here))
    comes, goes = drawn < hazard.unsettle, drawn < hazard.settle
    staying = turn.here & (state.leaving == NEVER)
    state.unsettled = np.where(state.unsettled, ~goes, comes) & staying


def complain(setting: Setting, state: State, meetings: Records, turn: Turn) -> Records:
    """The complaints and service cases of a month: who, day, sort.

    A complaint about waiting time that is planted is a sort of its own.
    """
    rng, life, count = turn.rng, setting.world.life, len(turn.here)
    more = np.where(state.unsettled, setting.world.leaving.complaints, 1.0)
    rate = life.complaint * more * np.exp(0.5 * setting.traits.restless - 0.125)
    waits = np.array(list(setting.world.planted.waiting.values()))[setting.people.region]
    drawn = rng.random(count)
    upset = np.flatnonzero((drawn < rate + waits) & turn.here)
    waited = drawn[upset] >= rate[upset]
    asking = np.flatnonzero((rng.random(count) < life.service) & turn.here)
    cross = meetings[meetings["refusal"] == COMPLAINED]
    who = np.concatenate([upset, cross["who"], asking])
    days = rng.integers(turn.start, turn.end, len(upset) + len(asking))
    day = np.concatenate([days[: len(upset)], cross["day"], days[len(upset) :]])
    sort = np.where(np.arange(len(who)) < len(who) - len(asking), COMPLAINT, SERVICE)
    sort[: len(upset)][waited] = WAITING
    np.maximum.at(state.complained, who[sort != SERVICE], day[sort != SERVICE])
    np.maximum.at(state.waited, who[sort == WAITING], day[sort == WAITING])
    return records(who=who, day=day, sort=sort)
