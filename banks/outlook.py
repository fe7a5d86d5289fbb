"""What contacts of the coming month would truly bring, for an oracle and for judges only."""

from dataclasses import dataclass

import numpy as np

from banks.simulation import Simulation
from banks.world_arrays import Flags, Floats, Ints
from banks.world_calendar import NEVER
from banks.world_contacts import CARE_REFUSED, REFUSED_ALL, REFUSED_CHANNEL
from banks.world_leaving import hazards
from banks.world_state import (
    Setting,
    State,
    care_now,
    chances,
    effects_now,
    heeds,
    needs,
    present,
    strain,
)

# The months after a contact in which what it did to the hazard of leaving still counts.
_AFTER = 12
# Half of what a leaver takes is still there when a care contact keeps him half-way.
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Outlook:
    """What one contact made in the coming month changes in expectation, all else left alone.

    `bought` (n, families, channels) is purchases that an offer causes, below zero where it puts
    off; `kept_by_offer` and `kept_by_care` (n, channels) are shares of the customer's money that
    stay because of it; `refuses` and `complains` (n, channels) are the chances that an offer ends
    so; a care contact is refused `care_refuses` times as often.
    """

    bought: Floats
    kept_by_offer: Floats
    kept_by_care: Floats
    refuses: Floats
    complains: Floats
    care_refuses: float


@dataclass(frozen=True, slots=True)
class Standing:
    """What the bank sees of its customers when a month begins.

    `here` is who is a customer, `consents` (n, channels) who may be approached how: nobody by a
    channel that they refused, and not at all who asked not to be contacted any more. `holds` (n,
    families) is who has what. `settled` (n,) is the day of the window on which the last of a
    customer's complaints is settled: NEVER for one that is not, -NEVER for who did not complain.
    """

    here: Flags
    consents: Flags
    holds: Flags
    settled: Ints


def standing(bank: Simulation) -> Standing:
    """How customers stand at the start of the month to be lived next."""
    setting, state = bank.setting, bank.history.last
    consents = state.allowed.copy()
    for month in bank.history.months:
        # By habit managers go on to speak to them at the branch; nobody who plans may.
        met = month.contacts
        consents[met["who"][met["refusal"] == REFUSED_ALL]] = False
        by_channel = met[met["refusal"] == REFUSED_CHANNEL]
        consents[by_channel["who"], by_channel["channel"]] = False
    settled = np.full(setting.people.count, -NEVER)
    made = bank.complaints
    np.maximum.at(settled, made["who"], setting.calendar.day_of(made["closed"]))
    return Standing(
        here=present(setting, state, bank.month),
        consents=consents,
        holds=state.held.copy(),
        settled=settled,
    )


def outlook(bank: Simulation) -> Outlook:
    """The expected effects of contacts made in the month to be lived next."""
    setting, state, month = bank.setting, bank.history.last, bank.month
    reach = np.array(list(setting.world.contacts.reach.values()))
    contacts, traits = setting.world.contacts, setting.traits
    strained = strain(setting, state)
    cross = (strained * np.exp(-contacts.tolerance_gain * traits.tolerance))[:, None] * reach
    harm = traits.push * strained[:, None]
    return Outlook(
        bought=_bought(setting, state, month, reach),
        kept_by_offer=reach * _stays(setting, state, month, harm),
        kept_by_care=reach
        * (_stays(setting, state, month, care_now(setting, state)) + _kept(setting, state, month)),
        refuses=contacts.opt_out * cross,
        complains=contacts.complaint * cross,
        care_refuses=CARE_REFUSED,
    )


def _bought(setting: Setting, state: State, month: int, reach: Floats) -> Floats:
    """Purchases that an offer causes or, of who is put off by contacts, prevents."""
    world = setting.world.buying
    alone = chances(setting, state, needs(setting, state), month)
    share = np.where(state.held, world.again, 1.0)
    turned_away = (state.leaving != NEVER) | state.silent
    share = share * np.where(turned_away, world.leavers, 1.0)[:, None]
    effect = effects_now(setting, state, month) * share[:, :, None]
    base = setting.traits.base[:, :, None]
    weaker = np.clip(1 + effect / reach / np.maximum(base, 1e-12), 0.05, 1.0) - 1
    prevented = reach * weaker * (alone * share)[:, :, None]
    found = np.where(effect < 0, prevented, effect)
    return np.where(setting.traits.buys[:, :, None], found, 0.0)


def _stays(setting: Setting, state: State, month: int, pull: Floats) -> Floats:
    """(n, channels): the share of their money that stays for what a contact adds to log hazard.

    An unsettled customer leaves or settles soon, so of those whom a contact moves to leave at once
    some would have left all the same; one who is settled first becomes unsettled.
    """
    world, hazard = setting.world.leaving, hazards(setting, state, month)
    soon = world.leaves / (world.leaves + world.settles * (1 - world.leaves))
    unsettled, settled = hazard.leave * (1 - soon), hazard.leave + hazard.unsettle * soon
    rate = np.where(state.unsettled, unsettled, settled)
    still = np.where(state.unsettled, (1 - hazard.leave) * (1 - hazard.settle), 1.0)
    taken = world.closes + (1 - world.closes) * (1 + world.least_share) / 2
    left = np.zeros(pull.shape)
    for after in range(_AFTER):
        left_over = pull * setting.world.contacts.fades**after
        left += (rate * still**after)[:, None] * np.expm1(left_over)
    stays: Floats = -taken * left
    return stays


def _kept(setting: Setting, state: State, month: int) -> Floats:
    """(n, channels): the share of their money that a care contact keeps of those who are going."""
    start, _ = setting.calendar.month(month)
    going = (state.leaving < start) & (state.leaving_end > start) & (state.saved == NEVER)
    going &= state.share < 1
    moved = setting.traits.care < 0
    saved = setting.world.leaving.saved * heeds(setting, state)
    kept: Floats = _HALF * (saved * going * state.share)[:, None] * moved
    return kept
