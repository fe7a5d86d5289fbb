"""Terms of offers: who may have one, and to whom it makes sense now, as the business says."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal, cast

from goodcall.section import Section
from outreach.condition_file import needs_of
from outreach.conditions import Condition, answer, facts_in, turning_days
from outreach.customer_facts import Subject
from outreach.offer import Offer
from outreach.scope import Scope, read_scope

Stage = Literal["eligibility", "applicability"]
STAGES: tuple[Stage, ...] = ("eligibility", "applicability")
UNKNOWN_FACT = "unknown: "


@dataclass(frozen=True, slots=True)
class OfferTerm:
    """What must be known to hold of a customer before an offer is made, part by part."""

    id: str
    stage: Stage
    scope: Scope
    needs: tuple[Condition, ...]
    owner: str


def read_term(section: Section) -> OfferTerm:
    """One [[offer_terms]] of a policy file."""
    term = OfferTerm(
        id=section.text("id"),
        stage=cast("Stage", section.text("stage", STAGES)),
        scope=read_scope(section),
        needs=needs_of(section),
        owner=section.text("owner"),
    )
    section.done()
    return term


def against(terms: Iterable[OfferTerm], stage: Stage, offer: Offer, who: Subject) -> str | None:
    """What keeps an offer from a customer at a stage: a term's id, or the fact that is unknown.

    Where the day's features are not at hand, what they alone could tell was judged when the day
    was planned and is not held against the customer again.
    """
    for term in terms:
        if term.stage == stage and term.scope.covers(offer):
            because = _against_one(term, who)
            if because is not None:
                return because
    return None


def turning_days_of(
    terms: Iterable[OfferTerm], stage: Stage, offer: Offer, who: Subject
) -> set[date]:
    """The later days on which time alone may change what the terms of a stage say."""
    return {
        day
        for term in terms
        if term.stage == stage and term.scope.covers(offer)
        for need in term.needs
        for day in turning_days(need, who)
    }


def _against_one(term: OfferTerm, who: Subject) -> str | None:
    for need in term.needs:
        holds, missing = answer(need, who)
        if holds is False:
            return term.id
        if holds is None and not (who.row is None and _of_the_row(need, missing)):
            return UNKNOWN_FACT + missing[0]
    return None


def _of_the_row(need: Condition, missing: tuple[str, ...]) -> bool:
    """Whether a column of the features is among the facts that are missing."""
    return any(fact.read is None and fact.name in missing for fact in facts_in(need))
