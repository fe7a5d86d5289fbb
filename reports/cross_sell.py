"""Who buys more than they hold, which offers lead to it, and what contacting adds or takes away."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from goodcall.language import Text
from goodcall.vocabulary import FAMILIES
from outreach import LoggedContact, Span
from outreach.replay import Z95
from reports.arms import Effect
from reports.discoveries import together
from reports.drawn import Drawn
from reports.purchases import Credit, Purchase, counted
from reports.settings import Settings
from reports.stock import Held, Stock, replacing

# The code and the family of an offer, None of both for all of them together.
_Offer = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class CrossRate:
    """Of customers who held something, but nothing of a family, those who began to hold it.

    `family` None stands for any: of all who held something, those who began to hold another family.
    """

    family: str | None
    could: int
    crossed: int

    @property
    def share(self) -> float | None:
        """The cross-sell rate; None where nobody could."""
        return self.crossed / self.could if self.could else None


@dataclass(frozen=True, slots=True)
class OfferLine:
    """What came of the contacts about an offer; None of both stands for all offers together.

    `asked` are customers, once each, and `buyers` those with a purchase that counts; `crossed` of
    these held something as the span began, but nothing of the family. Of the `purchases` so many
    `replaced` another product; `watched` are those of which it is known whether they `lasted`.
    """

    offer_code: str | None
    family: str | None
    asked: int
    buyers: int
    crossed: int
    purchases: int
    replaced: int
    watched: int
    lasted: int

    @property
    def conversion(self) -> float | None:
        """The share of customers asked who bought; None where nobody was asked."""
        return self.buyers / self.asked if self.asked else None

    @property
    def replaced_share(self) -> float | None:
        """Cannibalisation: the share of purchases that replaced another; None without one."""
        return self.replaced / self.purchases if self.purchases else None

    @property
    def persistence(self) -> float | None:
        """The share of purchases that lasted; None where none is known."""
        return self.lasted / self.watched if self.watched else None


@dataclass(frozen=True, slots=True)
class CrossSellReport:
    """What is held as the span begins and ends, the rates by family, the offers, and the effects.

    `incremental` are the shares of customers who bought of each family, of the whole base against
    the hold-out, false discoveries held at 5 % over all of them; `effects` are of all families.
    None where nothing can be compared, for which `missing` says why. `until` is the last day that
    the bank tells of.
    """

    first: date
    last: date
    until: date
    settings: Settings
    held: tuple[Held, Held]
    rates: tuple[CrossRate, ...]
    offers: tuple[OfferLine, ...]
    total: OfferLine
    incremental: tuple[Effect, ...]
    effects: tuple[Effect, ...]
    missing: tuple[Text, ...] = ()


def cross_sell_report(
    span: Span,
    credits_: Sequence[Credit],
    stock: Stock,
    settings: Settings,
    until: date,
    *,
    base: Drawn | None = None,
    missing: Iterable[Text] = (),
) -> CrossSellReport:
    """The cross-selling of a span; `credits_` are the purchases that count for its contacts.

    `stock` is of the same days and the attribution window after them.
    """
    counts = settings.attribution
    asked: dict[_Offer, list[LoggedContact]] = defaultdict(list)
    for contact in span.made:
        if contact.family is not None:
            asked[contact.offer_code, contact.family].append(contact)
    bought: dict[_Offer, list[Credit]] = defaultdict(list)
    for credit in credits_:
        bought[credit.contact.offer_code, credit.contact.family].append(credit)
    line = partial(
        _line,
        held=stock.families,
        replaced=replacing([each.purchase for each in credits_], stock.holdings, counts.days),
        keeps=counts.persistence_days,
        until=until,
    )
    everyone = [contact for contacts in asked.values() for contact in contacts]
    return CrossSellReport(
        *(span.first, span.last, until, settings, stock.at_ends, _rates(stock)),
        tuple(line(offer, asked[offer], bought[offer]) for offer in sorted(asked, key=str)),
        line((None, None), everyone, credits_),
        *((), ()) if base is None else (_incremental(base, stock), _effects(base, stock)),
        tuple(missing),
    )


def _line(
    offer: _Offer,
    contacts: Iterable[LoggedContact],
    came: Sequence[Credit],
    *,
    held: Mapping[int, Collection[str]],
    replaced: Collection[int],
    keeps: int,
    until: date,
) -> OfferLine:
    lasted = [each.purchase.lasted(keeps, until) for each in came]
    return OfferLine(
        *offer,
        asked=len({each.customer_id for each in contacts}),
        buyers=len({each.purchase.customer_id for each in came}),
        crossed=len(_crossing((each.purchase for each in came), held)),
        purchases=len(came),
        replaced=sum(each.purchase.holding_id in replaced for each in came),
        watched=sum(each is not None for each in lasted),
        lasted=sum(each is True for each in lasted),
    )


def _crossing(bought: Iterable[Purchase], held: Mapping[int, Collection[str]]) -> set[int]:
    """Whose purchase is of another family than those that the customer held, of who held any."""
    return {
        each.customer_id
        for each in bought
        if each.family not in held.get(each.customer_id, (each.family,))
    }


def _rates(stock: Stock) -> tuple[CrossRate, ...]:
    held, crossed = stock.families, stock.crossed
    return (
        *(
            CrossRate(
                family,
                sum(family not in families for families in held.values()),
                sum(family in families for families in crossed.values()),
            )
            for family in FAMILIES
        ),
        CrossRate(None, len(held), len(crossed)),
    )


def _effects(base: Drawn, stock: Stock) -> tuple[Effect, ...]:
    found = (
        base.effect("cross_sold", dict.fromkeys(stock.crossed, 1.0)),
        base.effect("bought", counted(_within(stock))),
        base.effect("ended", stock.ended),
        base.effect("products", stock.left_with),
    )
    return tuple(each for each in found if each is not None)


def _incremental(base: Drawn, stock: Stock) -> tuple[Effect, ...]:
    """The share of customers who bought of each family, with intervals for all of them together.

    Families of which too few were bought keep their own interval, and are in no discovery.
    """
    who_bought: dict[str, dict[int, float]] = defaultdict(dict)
    for each in _within(stock):
        who_bought[each.family][each.customer_id] = 1.0
    every = (base.effect(family, who_bought[family]) for family in FAMILIES if who_bought[family])
    found = [replace(each, relative=None) for each in every if each is not None]
    told = [each for each in found if each.verdict != "insufficient"]
    gains = together(
        [each.difference.value for each in told],
        [(each.difference.high - each.difference.value) / Z95 for each in told],
    )
    wide = {each.name: gain for each, gain in zip(told, gains, strict=True)}
    return tuple(replace(each, difference=wide.get(each.name, each.difference)) for each in found)


def _within(stock: Stock) -> list[Purchase]:
    """What was bought on the span's own days."""
    return [each for each in stock.holdings if stock.first <= each.opened_on <= stock.last]
