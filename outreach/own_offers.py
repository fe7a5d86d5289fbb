"""Offers that the policy file brings itself, for a bank whose tables do not hold them."""

from functools import partial
from pathlib import Path

from goodcall.language import Text
from goodcall.section import Section, read_text, read_toml
from goodcall.vocabulary import FAMILIES, KINDS, RISK_RATINGS
from outreach.arbitration import read_each
from outreach.errors import PolicyError
from outreach.offer import Offer
from outreach.parameter import read_parameter

_MOST_CENTS = 1e15


def read_offers(document: Section) -> tuple[Offer, ...]:
    """The [[offer]] tables of a policy file, in its order, no code twice."""
    return read_each(document, "offer", _offer, key="code")


def load_offer(path: Path) -> Offer:
    """The offer in a file that holds one [[offer]] as a policy would, and nothing else."""
    document = read_toml(read_text(path, "offer", PolicyError), str(path), PolicyError)
    offers = read_offers(document)
    document.done()
    if len(offers) != 1:
        raise document.refuse(f"the file holds {len(offers)} offers", "write one [[offer]]")
    return offers[0]


def _offer(section: Section) -> Offer:
    margin = read_parameter(section, "margin_cents", 0, _MOST_CENTS)
    if not margin.amount.is_integer():
        raise section.refuse("margin_cents has a fraction", "write whole cents", key="margin_cents")
    offer = Offer(
        code=section.text("code"),
        product_id=None,
        family=section.text("family", FAMILIES),
        name=Text(section.text("name_en"), section.text("name_zh")),
        margin_cents=int(margin.amount),
        kinds=section.texts("kinds", KINDS),
        min_age=section.optional("min_age", partial(section.whole, least=1)),
        max_age=section.optional("max_age", partial(section.whole, least=1)),
        valid_from=section.optional("valid_from", section.day),
        valid_to=section.optional("valid_to", section.day),
        investment=section.flag("investment"),
        risk=section.optional("risk", partial(section.text, among=RISK_RATINGS)),
        assumed=("margin",) if margin.assumed else (),
    )
    section.done()
    _refuse_closed(section, offer)
    return offer


def _refuse_closed(section: Section, offer: Offer) -> None:
    """Refuse an offer that is open on no day, or to no age."""
    for first, last in (("valid_from", "valid_to"), ("min_age", "max_age")):
        begins, ends = getattr(offer, first), getattr(offer, last)
        if begins is not None and ends is not None and ends < begins:
            raise section.refuse(
                f"{last} {ends} lies below {first} {begins}, so that nobody is ever offered it",
                f"write a {last} of {begins} or later"
                if first == "valid_from"
                else f"write a {last} of {begins} or more",
                key=last,
            )
