"""What an action is ranked by: its value, or propensity x context x value x lever.

Levers and context weights are percentages: those that apply add up, and a sum of 55 multiplies by
1.55. That is how the great decisioning suites publish their arithmetic (Pega Customer Decision
Hub, arbitration strategy).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from goodcall.section import Section
from outreach.condition_file import needs_of
from outreach.conditions import Condition, answer
from outreach.customer_facts import Subject
from outreach.levers import Lever
from outreach.offer import Offer
from outreach.scope import Scope, read_scope

Formula = Literal["value", "pcvl"]
FORMULAS: tuple[Formula, ...] = ("value", "pcvl")
_LEAST_WEIGHT, _MOST_WEIGHT = -100.0, 1000.0


@dataclass(frozen=True, slots=True)
class ContextWeight:
    """A weight in percent for some actions while something is known to hold of the customer."""

    id: str
    scope: Scope
    when: tuple[Condition, ...]
    weight: float
    owner: str

    def weighs(self, offer: Offer | None, who: Subject) -> bool:
        """Whether it applies to an offer, or to a care call where that is None."""
        covers = self.scope.covers(offer) or (offer is None and self.scope == Scope())
        return covers and all(answer(each, who).holds for each in self.when)


@dataclass(frozen=True, slots=True)
class Weights:
    """What an action is ranked by beside its value, each factor with what it comes from.

    `propensity` (P), `context` (C), `worth_cents` (V) and `lever` (L) are the factors of formula
    `pcvl`; `lever_cents` are added after them. `base_cents` is the rank without levers,
    `priority_cents` the rank. `influence` has multiplied the score, `traces` say by what.
    """

    formula: Formula
    propensity: float
    context: float
    worth_cents: int
    lever: float
    lever_cents: int
    base_cents: int
    priority_cents: int
    influence: float = 1.0
    traces: tuple[tuple[str, float], ...] = ()
    contexts: tuple[str, ...] = ()
    levers: tuple[str, ...] = ()


def read_context_weight(section: Section) -> ContextWeight:
    """One [[context_weight]] of a policy file."""
    context = ContextWeight(
        id=section.text("id"),
        scope=read_scope(section, care=True),
        when=needs_of(section, key="when"),
        weight=section.number("weight", _LEAST_WEIGHT, _MOST_WEIGHT),
        owner=section.text("owner"),
    )
    if context.weight == 0:
        raise section.refuse("a weight of 0 changes nothing", "write another", key="weight")
    section.done()
    return context


def multiplier(weights: Iterable[float]) -> float:
    """What percentages come to: 1 + their sum / 100, never below 0.

    >>> multiplier([40.0, 15.0])
    1.55
    """
    return max(0.0, 1 + sum(weights) / 100)


def ranked(
    formula: Formula,
    value_cents: int,
    *,
    propensity: float,
    worth_cents: int,
    contexts: Sequence[ContextWeight] = (),
    levers: Sequence[Lever] = (),
    influence: float = 1.0,
    traces: Iterable[tuple[str, float]] = (),
) -> Weights:
    """How an action ranks: by formula `value` a loss is not multiplied, only cents move it."""
    context = multiplier(each.weight for each in contexts)
    base = value_cents if formula == "value" else round(propensity * context * worth_cents)
    plain = Weights(
        formula=formula,
        propensity=propensity,
        context=context,
        worth_cents=worth_cents,
        lever=1.0,
        lever_cents=0,
        base_cents=base,
        priority_cents=base,
        influence=influence,
        traces=tuple(traces),
        contexts=tuple(each.id for each in contexts),
    )
    return levered(plain, levers) if levers else plain


def levered(weights: Weights, levers: Sequence[Lever]) -> Weights:
    """The same weights with the levers given, and no others."""
    lever = multiplier(each.weight for each in levers)
    cents = sum(each.cents for each in levers)
    exact: float = weights.base_cents
    if weights.formula == "pcvl":
        exact = weights.propensity * weights.context * weights.worth_cents
    pulled = exact * lever if exact > 0 else exact
    return replace(
        weights,
        lever=lever,
        lever_cents=cents,
        priority_cents=round(pulled) + cents,
        levers=tuple(each.id for each in levers),
    )
