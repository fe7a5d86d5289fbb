"""What contacts can be expected to bring, by the truth: for the oracle and for judges only."""

import numpy as np

from banks import CARE, Floats, Outlook, Records, outlook
from cli.loop.desk import Desk, Wishes
from cli.loop.worth import saves_cents
from goodcall.vocabulary import FAMILIES

_RUNNING_OFF = tuple(FAMILIES.index(family) for family in ("deposit", "wealth", "fund"))


def foreseen_cents(desk: Desk, made: Records) -> float:
    """The net value that contacts of the month to be lived next add in expectation, by the truth.

    The sum over a policy's months, each from where its own earlier contacts had led, is what the
    policy is worth over doing nothing (the performance difference of Kakade and Langford 2002),
    without the luck of who happened to buy or to leave. A purchase that would have come later all
    the same counts in full.
    """
    made = made[made["carried"]]
    if not len(made):
        return 0.0
    worth = wishes_of(desk, outlook(desk.bank))
    who, care = made["who"], made["family"] == CARE
    family = np.where(care, 0, made["family"])
    place = np.array([desk.channels.index(each) for each in made["channel"].tolist()])
    return float(np.where(care, worth.care[who, place], worth.offers[who, family, place]).sum())


def wishes_of(desk: Desk, seen: Outlook) -> Wishes:
    """What contacts with these expected effects are worth, at the contact policy's prices."""
    policy, value = desk.terms.policy, desk.terms.policy.value
    cost = np.array([channel.cost_cents.amount for channel in policy.channels])
    refused = seen.refuses[:, desk.channels] * value.opt_out_cents.amount
    upset = seen.complains[:, desk.channels] * value.complaint_cents.amount
    worth = saves_cents(desk.bank, policy)[:, None]
    earned = seen.bought[:, :, desk.channels] * (desk.margin_cents - _replaced(desk))[:, :, None]
    kept = seen.kept_by_offer[:, desk.channels] * worth
    offers = earned + (kept - cost - refused - upset)[:, None, :]
    care = seen.kept_by_care[:, desk.channels] * worth - cost - upset
    return Wishes(offers, care - refused * seen.care_refuses)


def _replaced(desk: Desk) -> Floats:
    """(n, families): the margin that is given up, on average, when a savings product is bought."""
    share = desk.bank.setting.world.buying.replaces
    savings = list(_RUNNING_OFF)
    held = desk.standing.holds[:, savings] * desk.margin_cents[:, savings]
    lost = np.zeros(desk.margin_cents.shape)
    lost[:, savings] = share * held.sum(axis=1)[:, None]
    return lost
