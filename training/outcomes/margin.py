"""What the bank earns from a customer after a date."""

from datetime import date

from features.bank import Bank
from training.balances import balances_until, earned
from training.definitions.definition import GrowthLabel
from training.outcomes.asked import Asked, Ints, Span
from training.outcomes.moments import Source, observed_until, sums

_PAID = Source(
    "transactions", "kind = 'fee' OR (kind = 'interest' AND amount_cents < 0)", "-amount_cents"
)
_INCOME = Source(
    "transactions", "kind IN ('salary', 'pension') AND amount_cents > 0", "amount_cents"
)


def margin(bank: Bank, asked: Asked, definition: GrowthLabel) -> Ints:
    """Each row's margin, or income, over the horizon in cents, as known today."""
    over = Span(0, definition.horizon)
    if definition.of == "income":
        return sums(bank, [_INCOME], asked, [over])[:, 0]
    bps = {"deposit": definition.deposit_margin_bps, "wealth": definition.wealth_margin_bps}
    paid = sums(bank, [_PAID], asked, [over])[:, 0]
    return earned(bank, asked, over, bps) + paid


def margin_until(bank: Bank) -> date | None:
    """The first date whose margin cannot be told; balances and, where there are any, payments."""
    ends = [balances_until(bank)]
    if "transactions" in bank.tables:
        ends.append(observed_until(bank, "transactions"))
    told = [end for end in ends if end is not None]
    return min(told) if len(told) == len(ends) else None
