"""What truly became of a simulated bank's customers over some months, for judges only."""

from dataclasses import dataclass

import numpy as np

from banks.simulation import Simulation
from banks.world import CONTACT_CHANNELS
from banks.world_arrays import Ints, Records
from banks.world_calendar import NEVER
from banks.world_contacts import COMPLAINED, REFUSED_ALL, REFUSED_CHANNEL
from goodcall.vocabulary import FAMILIES, KINDS

# A leaver who was kept had sent half away by then.
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Tally:
    """What a bank's months came to.

    `bought` and `given_up` (kinds, families) count products; `caused` counts purchases that a
    contact led to. `left` counts customers who began to leave and were not kept, `money_gone_cents`
    is what leavers took; `contacts` (channels) counts those that were made, `care` those of them
    without an offer. `opt_outs` and `complaints` are what contacts led to.
    """

    customers: int
    bought: Ints
    caused: int
    given_up: Ints
    left: int
    money_gone_cents: float
    contacts: Ints
    care: int
    opt_outs: int
    complaints: int


def tally(bank: Simulation, since: int) -> Tally:
    """What the months from `since` on came to, whoever is a customer when they begin or later."""
    setting, history = bank.setting, bank.history
    people, months = setting.people, history.months[since:]
    start, _ = setting.calendar.month(since)
    last = history.last
    went = (last.leaving >= start) & (last.leaving < NEVER)
    kept = went & (last.saved < NEVER)
    share = last.share * np.where(kept, _HALF, 1.0)
    made = np.concatenate([month.contacts[month.contacts["carried"]] for month in months])
    refused = np.isin(made["refusal"], (REFUSED_CHANNEL, REFUSED_ALL))
    bought = np.concatenate([month.purchases for month in months])
    given_up = np.concatenate([month.run_offs for month in months])
    return Tally(
        customers=int((~(last.gone < start) & (people.opened < start)).sum()),
        bought=_counted(people.kind, bought),
        caused=int(bought["caused"].sum()),
        given_up=_counted(people.kind, given_up),
        left=int((went & ~kept).sum()),
        money_gone_cents=float((people.assets * share)[went].sum()),
        contacts=np.bincount(made["channel"], minlength=len(CONTACT_CHANNELS)),
        care=int((made["family"] < 0).sum()),
        opt_outs=int(refused.sum()),
        complaints=int((made["refusal"] == COMPLAINED).sum()),
    )


def _counted(kind: Ints, rows: Records) -> Ints:
    """(kinds, families): how many of some purchases there are."""
    counts = np.zeros((len(KINDS), len(FAMILIES)), dtype=np.int64)
    np.add.at(counts, (kind[rows["who"]], rows["family"]), 1)
    return counts
