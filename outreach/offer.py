"""Offers: what may be proposed to whom, and which investment suits whose tolerance for risk."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from goodcall.language import Text
from goodcall.profile import Profile
from outreach.errors import UnknownOffer
from outreach.scope import refuse_unknown_offers

if TYPE_CHECKING:
    import pyarrow as pa

    from outreach.policy import Policy


@dataclass(frozen=True, slots=True)
class Offer:
    """What is proposed, what it earns over 12 months, and to whom it is open.

    `risk` is the higher of the issuer's and the seller's rating, None where neither rated it;
    `assumed` names the figures that the policy assumes for want of the bank's own; `tags` are the
    policy's words for what several offers have in common.
    """

    code: str
    product_id: int | None
    family: str
    name: Text
    margin_cents: int
    kinds: tuple[str, ...]
    min_age: int | None = None
    max_age: int | None = None
    valid_to: date | None = None
    investment: bool = False
    risk: str | None = None
    assumed: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    valid_from: date | None = None


def offers_of(
    offers: "pa.Table",
    products: "pa.Table",
    policy: "Policy",
    *,
    known_before: datetime | None = None,
) -> tuple[Offer, ...]:
    """Every offer of the bank's tables and of the policy's own list, by code.

    Of an offer's versions the latest known strictly before `known_before` counts, or the latest
    of all where no moment is given. A code that both the bank and the policy define, an offer for
    an unknown product, or terms, prices or levers for one not on sale, is an UnknownOffer.
    """
    sold = {row["product_id"]: row for row in _latest(products, "product_id", known_before)}
    found: dict[str, Offer] = {}
    for row in _latest(offers, "offer_code", known_before):
        if row["product_id"] not in sold:
            raise UnknownOffer(
                f"offer {row['offer_code']!r} is for product {row['product_id']}, which the table "
                "products does not hold; add the product or take the offer out"
            )
        found[row["offer_code"]] = _from_tables(row, sold[row["product_id"]])
    for offer in policy.offers:
        if offer.code in found:
            raise UnknownOffer(
                f"offer {offer.code!r} stands in the bank's table offers and again in the policy; "
                "the bank's own counts: take the [[offer]] out of the policy"
            )
        found[offer.code] = offer
    for where, codes in policy.offers_named():
        refuse_unknown_offers(where, codes, found)
    return tuple(tagged(found[code], policy.tags) for code in sorted(found))


def tagged(offer: Offer, tags: Mapping[str, frozenset[str]]) -> Offer:
    """The offer with the tags that name it; `tags` gives each tag's offer codes."""
    return replace(offer, tags=tuple(sorted(t for t, codes in tags.items() if offer.code in codes)))


def offer_named(offers: Mapping[str, Offer], code: str) -> Offer:
    """The offer of that code."""
    if code not in offers:
        raise UnknownOffer(
            f"offer {code!r} is not on sale; known: {', '.join(sorted(offers)) or 'none'}"
        )
    return offers[code]


def age_on(profile: Profile, day: date) -> int | None:
    """Full years of age on a local day; one born on 29 February has it on 1 March in common years.

    >>> from datetime import UTC
    >>> born = Profile(1, datetime(2026, 1, 1, tzinfo=UTC), "retail", "active", "UTC",
    ...                birth_date=date(1960, 2, 29))
    >>> age_on(born, date(2025, 2, 28)), age_on(born, date(2025, 3, 1))
    (64, 65)
    """
    born = profile.birth_date
    if born is None:
        return profile.stated_age
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def birthday(born: date, years: int) -> date:
    """The local day on which someone born on `born` turns `years`."""
    if (born.month, born.day) == (2, 29):
        return date(born.year + years, 2, 28) + timedelta(days=1)
    return born.replace(year=born.year + years)


def ineligible(offer: Offer, profile: Profile, day: date) -> str | None:
    """Why an offer is not open to a customer on a local day, or None where it is."""
    if profile.kind not in offer.kinds:
        return "kind_not_served"
    if offer.valid_to is not None and day > offer.valid_to:
        return "offer_expired"
    if offer.valid_from is not None and day < offer.valid_from:
        return "not_yet_on_sale"
    return _wrong_age(offer, profile, day)


def unsuitable(offer: Offer, profile: Profile, day: date) -> str | None:
    """Why an investment does not suit a customer on a local day, or None where it does.

    An assessment holds to the end of its last local day; a product that nobody rated suits nobody.
    """
    if not offer.investment:
        return None
    if offer.risk is None:
        return "no_rating"
    if profile.assessment is None:
        return "no_assessment"
    if day > profile.assessment.expires_on:
        return "assessment_expired"
    return "too_risky" if int(offer.risk[1]) > int(profile.assessment.tolerance[1]) else None


def _wrong_age(offer: Offer, profile: Profile, day: date) -> str | None:
    if offer.min_age is None and offer.max_age is None:
        return None
    age = age_on(profile, day)
    if age is None:
        return "age_unknown"
    if offer.min_age is not None and age < offer.min_age:
        return "too_young"
    return "too_old" if offer.max_age is not None and age > offer.max_age else None


def _latest(rows: "pa.Table", key: str, known_before: datetime | None) -> list[dict[str, Any]]:
    latest: dict[Any, dict[str, Any]] = {}
    for row in sorted(rows.to_pylist(), key=lambda row: row["known_at"]):
        if known_before is None or row["known_at"] < known_before:
            latest[row[key]] = row
    return list(latest.values())


def _from_tables(row: Mapping[str, Any], product: Mapping[str, Any]) -> Offer:
    ratings = [r for r in (product["issuer_risk"], product["seller_risk"]) if r is not None]
    return Offer(
        code=row["offer_code"],
        product_id=row["product_id"],
        family=product["family"],
        name=Text(row["name_en"], row["name_zh"]),
        margin_cents=row["margin_cents"],
        kinds=tuple(kind.strip() for kind in row["kinds"].split(",")),
        min_age=row["min_age"],
        max_age=row["max_age"],
        valid_to=row["valid_to"],
        investment=product["investment"],
        risk=max(ratings, default=None),
    )
