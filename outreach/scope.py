"""What a term, a price or a lever is about: some offers, some families of them, or care calls."""

import difflib
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from goodcall.section import Section
from goodcall.vocabulary import FAMILIES
from outreach.errors import UnknownOffer

if TYPE_CHECKING:
    from outreach.offer import Offer


@dataclass(frozen=True, slots=True)
class Scope:
    """Some offers and families; where none is named, every offer.

    `care` says whether care calls are meant too, or alone where no offer is.
    """

    offers: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()
    care: bool = False

    def covers(self, offer: "Offer | None") -> bool:
        """Whether an offer, or a care call where it is None, is meant."""
        if offer is None:
            return self.care
        return self.named(offer.code, offer.family)

    def named(self, code: str | None, family: str | None) -> bool:
        """Whether an offer of that code and family is meant."""
        if not self.offers and not self.families:
            return not self.care
        return code in self.offers or family in self.families


def read_scope(section: Section, *, care: bool = False) -> Scope:
    """What `offers` and `families` name, and `care_calls` where the table may say it.

    A table that names none of them means every offer, and with `care_calls = true` those alone.
    """
    offers = section.optional("offers", section.texts)
    if offers is not None and not offers:
        raise section.refuse(
            "offers is an empty list", "name one or more, or leave it out", key="offers"
        )
    families = section.optional("families", partial(section.texts, among=FAMILIES))
    calls = section.optional("care_calls", section.flag) if care else None
    return Scope(frozenset(offers or ()), frozenset(families or ()), bool(calls))


def refuse_unknown_offers(what: str, codes: Collection[str], known: Collection[str]) -> None:
    """Refuse an offer that is not on sale; `what` says where in the policy it stands."""
    for code in sorted(codes):
        if code not in known:
            near = difflib.get_close_matches(code, known, n=3)
            hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known)}"
            raise UnknownOffer(f"{what} names offer {code!r}, which is not on sale; {hint}")
