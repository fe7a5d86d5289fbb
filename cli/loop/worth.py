"""What a simulated bank's months were worth, in cents, at the prices of its contact policy."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from banks import CONTACT_CHANNELS, Simulation, Tally, margins_cents, tally
from outreach import Policy
from outreach.arbitrate import worth_cents

# A yearly churn of 4.4 % is 1.1 % in a quarter: how long a customer's value is counted on.
_LEAVING = 0.011
_UNIT = 1e8


@dataclass(frozen=True, slots=True)
class Result:
    """What a policy's months came to, for the whole base of customers.

    `net_value_cents` is what was bought less what was given up, by a year's margin, less the value
    of the money that left, the cost of contacts and the price of opt-outs and complaints.
    `expected_value_cents` is what the contacts could be expected to add to it (`foreseen_cents`).
    """

    customers: int
    purchases: int
    caused: int
    left: int
    money_gone_cents: float
    contacts: int
    care: int
    opt_outs: int
    complaints: int
    cost_cents: float
    net_value_cents: float
    expected_value_cents: float


def result_of(bank: Simulation, policy: Policy, since: int, expected: float) -> Result:
    """What a bank's months from `since` on came to; `expected` cents were, of their contacts."""
    told = tally(bank, since)
    cost = _cost(told, policy)
    value, margins = policy.value, margins_cents()
    return Result(
        customers=told.customers,
        purchases=int(told.bought.sum()),
        caused=told.caused,
        left=told.left,
        money_gone_cents=told.money_gone_cents,
        contacts=int(told.contacts.sum()),
        care=told.care,
        opt_outs=told.opt_outs,
        complaints=told.complaints,
        cost_cents=cost,
        net_value_cents=float(
            ((told.bought - told.given_up) * margins).sum()
            - told.money_gone_cents * _worth_of_a_cent(policy)
            - cost
            - told.opt_outs * value.opt_out_cents.amount
            - told.complaints * value.complaint_cents.amount
        ),
        expected_value_cents=expected,
    )


def saves_cents(bank: Simulation, policy: Policy) -> NDArray[np.float64]:
    """What every customer's money is worth to the bank if it stays, in cents."""
    return bank.setting.people.assets * _worth_of_a_cent(policy)


def _worth_of_a_cent(policy: Policy) -> float:
    return worth_cents(_UNIT, _LEAVING, policy.value) / _UNIT


def _cost(told: Tally, policy: Policy) -> float:
    prices = {channel.id: channel.cost_cents.amount for channel in policy.channels}
    made = dict(zip(CONTACT_CHANNELS, told.contacts.tolist(), strict=True))
    return float(sum(count * prices.get(channel, 0.0) for channel, count in made.items()))
