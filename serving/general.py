"""Offers without a score, for who objects to profiling or for want of a model.

What the policy allows stands in no personal order.

No score, effect or value is looked at; offers stand by their code, as they do for everybody.
"""

from datetime import datetime

from goodcall.effect import NO_CHANGES
from goodcall.profile import Profile
from outreach.policy import Channel, Policy
from serving.errors import Unanswered
from serving.schemas.offers import (
    Fallback,
    OffersAnswer,
    OffersRequest,
    RankedAction,
    WithheldAction,
)
from serving.schemas.shared import Words
from serving.scoring import refuse_old
from serving.shelf import Shelf, need
from serving.verdicts import NO_ACTION, WITHHELD, Withheld, verdicts
from serving.weighing import Option, weigh


def general_offers(
    shelf: Shelf,
    asked: OffersRequest,
    profile: Profile,
    ruled: tuple[Policy, tuple[Channel, ...]],
    *,
    because: Unanswered,
    held_out: bool,
    now: datetime,
) -> OffersAnswer:
    """The offers that a general list could hold for the customer at `now`, by their code.

    `ruled` are the policy and the channels asked for, `because` is why there is no score. One in
    the hold-out gets `nothing`, as everywhere.
    """
    policy, channels = ruled
    store = need(shelf.snapshot, "no_snapshot")
    refuse_old(store, now)
    weighed = weigh(
        profile,
        {},
        0,
        offers=need(shelf.offers, "no_offers"),
        policy=policy,
        history=need(shelf.ledger, "no_ledger").of(profile),
        channels=channels,
        changes=NO_CHANGES,
        row={},
        now=now,
        selection="general",
    )
    offers = [option for option in weighed.options if option.offer is not None]
    open_ones = [] if held_out else [option for option in offers if not option.blocked]
    told = open_ones[: asked.limit]
    proposed = {option.code for option in told}
    return OffersAnswer(
        customer_id=asked.customer_id,
        as_of=store.mark.as_of,
        at=now,
        facts_since=0,
        stands_as_of=(),
        decided_at=now,
        policy_version=policy.version,
        model_versions={},
        currency=policy.currency,
        actions=tuple(_action(rank, option) for rank, option in enumerate(told, start=1))
        or (NO_ACTION,),
        withheld=tuple(_withheld(option) for option in offers if option.code not in proposed),
        fallback=True,
        fallback_because=Fallback(code=because.code, message=str(because).partition("; ")[0]),
    )


def _action(rank: int, option: Option) -> RankedAction:
    if option.offer is None:
        raise AssertionError("a care call rests on a score, so it is not among general offers")
    open_by = (
        channel
        for channel, decision in zip(option.channels, option.decisions, strict=True)
        if decision.verdict != "block"
    )
    return NO_ACTION.model_copy(
        update={
            "rank": rank,
            "action": "offer",
            "offer_code": option.offer.code,
            "family": option.offer.family,
            "name": Words.of(option.offer.name),
            "channel": next(open_by),
            "channels": verdicts(option),
        }
    )


def _withheld(option: Option) -> WithheldAction:
    offer = option.offer
    because: Withheld = "blocked" if option.blocked else "not_recommended"
    return WithheldAction(
        action="offer",
        offer_code=None if offer is None else offer.code,
        name=Words.of(offer.name) if offer else NO_ACTION.name,
        because=because,
        text=Words.of(WITHHELD[because]),
        channels=verdicts(option),
    )
