"""How simulated customers become unsettled, complain, leave, and are sometimes kept."""

from dataclasses import dataclass

import numpy as np

from banks.world import LIFE_EVENTS
from banks.world_arrays import Flags, Floats, Records, each, records
from banks.world_calendar import NEVER
from banks.world_contacts import CARE, COMPLAINED, MOST_CONTACTS, REFUSED_ALL, REFUSED_CHANNEL
from banks.world_state import (
    BRANCH,
    Setting,
    State,
    Turn,
    care_now,
    drifted,
    heeds,
    strain,
)

_NEWCOMER_DAYS = 540
_RECENT_DAYS = 90
_SHORTEST_DAYS = 25
_MOVING, _ABROAD = (1 + LIFE_EVENTS.index(name) for name in ("moving", "moving_abroad"))
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
    pull = restless + state.stirred + _tempted(setting, state)
    pull = pull + world.newcomer_gain * (setting.people.opened > start - _NEWCOMER_DAYS)
    pull = pull + world.thin_gain * ~state.held.any(axis=1)
    pull = pull + world.moving_gain * (state.coming == _MOVING)
    pull = pull + world.abroad_gain * (state.coming == _ABROAD)
    pull = pull + world.silent_gain * state.silent
    pull = pull + world.complaint_gain * (state.complained >= start - _RECENT_DAYS)
    pull = pull + planted.waiting_gain * (state.waited >= start - _RECENT_DAYS)
    region = np.array(list(planted.leaving.values()))[setting.people.region]
    drift = drifted(setting.world.drift.leaving, month)
    staying = state.leaving == NEVER
    leave = np.where(
        state.unsettled,
        world.leaves * np.exp(state.stirred + 0.5 * restless),
        world.direct * drift * np.exp(pull),
    )
    return Hazards(
        unsettle=np.minimum(world.unsettled * drift * region * np.exp(pull), 0.5) * staying,
        settle=np.full(len(pull), world.settles),
        leave=np.minimum(leave, 0.7) * staying,
    )


def _tempted(setting: Setting, state: State) -> Floats:
    """What a rate war adds to everyone's log hazard, by how they look to rates."""
    rivals = setting.world.rivals
    if not state.war:
        return np.zeros(len(state.stirred))
    minded: Floats = rivals.leaves * np.exp(
        rivals.minded * setting.traits.rate_minded - rivals.minded**2 / 2
    )
    return minded


def feel(setting: Setting, state: State, meetings: Records) -> None:
    """Let the month's contacts that reached a customer move the hazard of leaving, and tire."""
    met = meetings[meetings["reached"]]
    who, channel = met["who"], met["channel"]
    care = met["family"] == CARE
    contacts = setting.world.contacts
    harm = setting.traits.push[who, channel] * strain(setting, state)[who]
    eases = care_now(setting, state)[who, channel]
    state.stirred *= contacts.fades
    np.add.at(state.stirred, who, np.where(care, eases, harm))
    state.tired *= contacts.rests
    np.add.at(state.tired, who, 1.0)


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
    count = len(turn.here)
    days = rng.integers(_SHORTEST_DAYS, world.longest_days + 1, count)[who]
    state.leaving[who] = rng.integers(turn.start, turn.end, count)[who]
    state.leaving_end[who] = state.leaving[who] + days
    state.share[who] = rng.uniform(world.least_share, 1.0, count)[who]
    closes = rng.random(count)[who] < world.closes
    state.share[who[closes]] = 1.0
    stops = rng.random(count)[who] < np.where(closes, 1.0, world.salary_stops)
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
    drawn = each(turn.rng.random((len(turn.here), MOST_CONTACTS)), who)
    kept &= drawn < setting.world.leaving.saved * heeds(setting, state)[who]
    state.saved[who[kept]] = day[kept]


def unsettle(state: State, hazard: Hazards, turn: Turn) -> None:
    """Who is unsettled in the month that follows."""
    drawn = turn.rng.random(len(turn.here))
    comes, goes = drawn < hazard.unsettle, drawn < hazard.settle
    staying = turn.here & (state.leaving == NEVER)
    state.unsettled = np.where(state.unsettled, ~goes, comes) & staying


def complain(setting: Setting, state: State, meetings: Records, turn: Turn) -> Records:
    """The complaints and service cases of a month: who, day, sort, and whether in low spirits.

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
    days = rng.integers(turn.start, turn.end, (2, count))
    day = np.concatenate([days[0][upset], cross["day"], days[1][asking]])
    sort = np.where(np.arange(len(who)) < len(who) - len(asking), COMPLAINT, SERVICE)
    sort[: len(upset)][waited] = WAITING
    np.maximum.at(state.complained, who[sort != SERVICE], day[sort != SERVICE])
    np.maximum.at(state.waited, who[sort == WAITING], day[sort == WAITING])
    return records(who=who, day=day, sort=sort, low=state.low[who])
