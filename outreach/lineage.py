"""Which offers come after which: what must be held or accepted first, and what replaces what."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from goodcall.section import Section
from outreach.offer import Offer
from outreach.request import Facts, outcome_moment

NEEDS_OFFER, REPLACED_BY = "needs_offer: ", "replaced_by: "
_KEYS = ("requires", "replaces")
_ACCEPTED = ("ACCEPTED", "APPLIED", "PURCHASED")


@dataclass(frozen=True, slots=True)
class Lineage:
    """The offers that a customer must have before this one, and those that this one replaces."""

    requires: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()


Lineages = Mapping[str, Lineage]


def read_lineages(document: Section) -> Lineages:
    """The [[lineage]] tables of a policy file, by the offer that each is about.

    Offers that need each other first, that replace each other in a circle, or that need what
    replaces them, are errors: none of them could ever be made.
    """
    found: dict[str, Lineage] = {}
    for section in document.tables("lineage"):
        code = section.text("offer")
        if code in found:
            raise section.refuse(f"offer {code!r} stands twice", "write one table", key="offer")
        named = {key: section.optional(key, section.texts) or () for key in _KEYS}
        if not any(named.values()):
            raise section.refuse("neither requires nor replaces names an offer", "name one or more")
        found[code] = Lineage(**named)
        _refuse_circle(section, code, found)
        section.done()
    return found


def out_of_turn(
    offer: Offer, facts: Facts, now: datetime, day: date, lineages: Lineages
) -> str | None:
    """Which offer must come first, or which one that the customer has replaces this one.

    An offer is had by who holds its product on the local `day`, or has accepted it by `now`.
    """
    if not lineages:
        return None
    own = lineages.get(offer.code)
    for code in () if own is None else own.requires:
        if not _has(code, facts, now, day):
            return NEEDS_OFFER + code
    for code in sorted(_successors(offer.code, lineages)):
        if _has(code, facts, now, day):
            return REPLACED_BY + code
    return None


def _has(code: str, facts: Facts, now: datetime, day: date) -> bool:
    offer = facts.offers.get(code)
    if offer is not None and offer.product_id is not None:
        held = (h for h in facts.profile.holdings if h.product_id == offer.product_id)
        if any(h.closed_on is None or h.closed_on > day for h in held):
            return True
    return any(
        contact.offer_code == code
        and contact.outcome in _ACCEPTED
        and outcome_moment(contact) <= now
        for contact in facts.outcomes
    )


def _successors(code: str, lineages: Lineages) -> set[str]:
    """The offers that replace one, themselves or through others."""
    found: set[str] = set()
    front = [code]
    while front:
        old = front.pop()
        for newer, lineage in lineages.items():
            if old in lineage.replaces and newer not in found:
                found.add(newer)
                front.append(newer)
    return found


def _refuse_circle(section: Section, code: str, lineages: Lineages) -> None:
    for key in _KEYS:
        if code in _reached(code, lineages, key):
            raise section.refuse(
                f"offer {code!r} {key} itself, directly or through others",
                "let one of the offers come first",
                key=key,
            )
    for first, lineage in lineages.items():
        barred = _successors(first, lineages).intersection(lineage.requires)
        if barred:
            raise section.refuse(
                f"offer {first!r} requires {min(barred)!r}, which replaces it",
                "take one of the two out: none could ever be offered",
            )


def _reached(code: str, lineages: Lineages, key: str) -> set[str]:
    found: set[str] = set()
    front = [code]
    while front:
        for other in _named(lineages.get(front.pop(), Lineage()), key):
            if other not in found:
                found.add(other)
                front.append(other)
    return found


def _named(lineage: Lineage, key: str) -> Iterable[str]:
    return lineage.requires if key == "requires" else lineage.replaces


def codes_in(lineages: Lineages) -> Iterator[str]:
    """Every offer that a lineage names."""
    for code, lineage in lineages.items():
        yield from (code, *lineage.requires, *lineage.replaces)
