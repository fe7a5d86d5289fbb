"""Price bands: which rate or fee a customer gets, by facts that are fair to ask for.

The law asks for equal terms for equal customers (PIPL, article 24): a band may depend on what the
customer has with the bank and on nothing else.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from goodcall.section import Section
from goodcall.vocabulary import CREDIT_FAMILIES
from outreach.condition_file import needs_of
from outreach.conditions import Condition, answer
from outreach.customer_facts import PRICE_FACTS, Subject
from outreach.offer import Offer
from outreach.scope import Scope, read_scope

_MOST_BPS = 10_000


@dataclass(frozen=True, slots=True)
class PriceBand:
    """A rate or a fee in basis points for those of whom all of `needs` is known to hold."""

    name: str
    scope: Scope
    owner: str
    rate_bps: int | None
    fee_bps: int | None
    valid_from: date | None = None
    valid_to: date | None = None
    needs: tuple[Condition, ...] = ()

    def open_to(self, offer: Offer, who: Subject) -> bool:
        """Whether a customer is known to get it on a day; what is unknown does not count as yes."""
        return (
            self.scope.covers(offer)
            and (self.valid_from is None or self.valid_from <= who.day)
            and (self.valid_to is None or who.day <= self.valid_to)
            and all(answer(need, who).holds for need in self.needs)
        )

    @property
    def price(self) -> "Price":
        """What a customer is told."""
        return Price(self.name, self.rate_bps, self.fee_bps)


@dataclass(frozen=True, slots=True)
class Price:
    """The band that a customer gets, and its rate or fee in basis points."""

    band: str
    rate_bps: int | None = None
    fee_bps: int | None = None


def read_band(section: Section) -> PriceBand:
    """One [[price_band]] of a policy file; only facts that are fair to ask for are known here."""
    rate = section.optional("rate_bps", lambda key: section.whole(key, 0, _MOST_BPS))
    fee = section.optional("fee_bps", lambda key: section.whole(key, 0, _MOST_BPS))
    if (rate is None) == (fee is None):
        raise section.refuse(
            "the band has " + ("no price" if rate is None else "two prices"),
            "write rate_bps or fee_bps, in basis points: 320 is 3.20 %",
        )
    first = section.optional("valid_from", section.day)
    last = section.optional("valid_to", section.day)
    if first is not None and last is not None and last < first:
        raise section.refuse(
            f"the band ends {last} before it begins {first}", "write a later day", key="valid_to"
        )
    band = PriceBand(
        name=section.text("name"),
        scope=read_scope(section),
        owner=section.text("owner"),
        rate_bps=rate,
        fee_bps=fee,
        valid_from=first,
        valid_to=last,
        needs=section.optional("needs", lambda _: needs_of(section, PRICE_FACTS)) or (),
    )
    section.done()
    return band


def price_of(bands: Iterable[PriceBand], offer: Offer, who: Subject) -> Price | None:
    """The best price that a customer is known to get, None where the bank has written none.

    The lowest fee or rate on credit is best, the highest rate on what is saved or invested; of
    equal ones the first in the file.
    """
    open_ones = [band for band in bands if band.open_to(offer, who)]
    best = min(open_ones, key=lambda band: _cost(band, offer), default=None)
    return None if best is None else best.price


def _cost(band: PriceBand, offer: Offer) -> int:
    if band.fee_bps is not None:
        return band.fee_bps
    rate = band.rate_bps or 0
    return rate if offer.family in CREDIT_FAMILIES else -rate
