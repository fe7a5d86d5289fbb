"""The next best offers of one customer: what to propose now, what not, and when to do nothing.

A customer in the hold-out gets `nothing`, in the words that also tell of actions that are not
worth it: the answer is shown to managers, who are not told who is in the hold-out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from features.catalog import CATALOG
from features.online import OnlineStore, Served
from goodcall.effect import Changes
from goodcall.language import Text
from goodcall.profile import Profile
from goodcall.reason import Reason
from models.model import Model
from models.score import score_row
from outreach.arbitrate import CHURN, Action, customer_value_cents
from outreach.experiment import in_holdout
from outreach.policy import Channel, Policy
from serving.errors import NotReady, ObjectsToProfiling, Unanswered, UnknownChannel
from serving.general import general_offers
from serving.schemas.offers import (
    OffersAnswer,
    OffersRequest,
    PriceTold,
    RankedAction,
    WithheldAction,
)
from serving.schemas.scores import Because
from serving.schemas.shared import Words
from serving.scoring import (
    Row,
    changes_of,
    models_of,
    profile_of,
    row_of,
    said_of,
    served_row,
)
from serving.shelf import Shelf, need
from serving.verdicts import NO_ACTION, WITHHELD, Withheld, verdicts
from serving.weighing import Option, Weighing, weigh

# The mean assets that a customer's value rests on.
ASSETS = "assets_mean_90d"
CARE_CALL = Text("care call", "关怀联系")


@dataclass(frozen=True, slots=True)
class _Scored:
    """A customer's row with the probabilities that the models give it."""

    store: OnlineStore
    models: Mapping[str, Model]
    served: Served
    row: Row
    probabilities: Mapping[str, float]
    effects: Mapping[str, Model]
    changes: Changes

    def reasons(self, labels: set[str]) -> dict[str, tuple[Reason, ...]]:
        """The reasons of the scores of some labels, strongest first."""
        every = {**self.models, **self.effects}
        chosen = {label: every[label] for label in labels}
        book = CATALOG.speaking(self.store.mark.currency)
        who, as_of = self.served.customer_id, self.served.as_of
        scores = score_row(chosen, who, as_of, self.row, book)
        return {each.label: each.reasons for each in scores}


def next_best_offers(
    shelf: Shelf, asked: OffersRequest, now: datetime, *, reasons: bool = True
) -> OffersAnswer:
    """What to do for a customer at `now`, a UTC instant of whole seconds.

    For who objects to profiling, or for want of a model, it is what the policy allows, in no
    personal order. Without `reasons` nobody takes the scores apart: actions come without any.
    """
    store = need(shelf.snapshot, "no_snapshot")
    policy = need(shelf.policy, "no_policy")
    ruled = policy, channels_of(policy, asked.channel)
    profile = profile_of(store, asked.customer_id)
    held_out = _held_out(shelf, profile, policy)
    because = _unscored(shelf, profile)
    if because is not None:
        return general_offers(
            shelf, asked, profile, ruled, because=because, held_out=held_out, now=now
        )
    scored = _scored(shelf, asked.customer_id, now)
    weighed = _weighed(shelf, scored, profile, ruled, now)
    found = weighed.options
    worthy = [option for option in found if weighed.worth(option)]
    labels = {option.best.label for option in worthy if option.best}
    calls = {option.best.call_label for option in worthy if option.best} - {None}
    why = scored.reasons(labels | {label for label in calls if label}) if reasons else {}
    explained = [
        (option.best, option)
        for option in worthy
        if option.best and (not reasons or _why(option.best, why))
    ]
    told = [] if held_out else sorted(explained, key=lambda pair: pair[0].tie_key)
    unexplained = {option.code for option in worthy} - {option.code for _, option in explained}
    proposed = {option.code for _, option in told}
    return OffersAnswer(
        **said_of(scored.served),
        decided_at=now,
        policy_version=policy.version,
        model_versions={
            label: model.version
            for label, model in sorted({**scored.models, **scored.effects}.items())
        },
        currency=policy.currency,
        actions=tuple(
            _ranked(rank, action, option, why)
            for rank, (action, option) in enumerate(told[: asked.limit], start=1)
        )
        or (NO_ACTION,),
        withheld=tuple(
            _withheld(option, unexplained=option.code in unexplained)
            for option in found
            if option.code not in proposed
        ),
        fallback=False,
        fallback_because=None,
    )


def _unscored(shelf: Shelf, profile: Profile) -> Unanswered | None:
    """Why no score may choose among offers; None where one may."""
    if profile.profiling_opt_out:
        return ObjectsToProfiling("the customer objects to profiling, so no score is made")
    try:
        models_of(shelf)
    except NotReady as error:
        return error
    return None


def _scored(shelf: Shelf, customer_id: int, now: datetime) -> _Scored:
    models, store = models_of(shelf), need(shelf.snapshot, "no_snapshot")
    served = served_row(store, customer_id, now)
    row = row_of(served)
    scores = score_row(models, customer_id, served.as_of, row)
    chances = {each.label: each.probability for each in scores}
    changes = changes_of(shelf, served, row, chances)
    effects = models_of(shelf, "difference")
    return _Scored(store, models, served, row, chances, effects, changes)


def channels_of(policy: Policy, named: str | None) -> tuple[Channel, ...]:
    """The policy's channels, or the one that is named; UnknownChannel where it has no such."""
    if named is None:
        return policy.channels
    channel = policy.channel(named)
    if channel is None:
        known = ", ".join(each.id for each in policy.channels)
        raise UnknownChannel(f"the policy has no channel {named!r}; choose among: {known}")
    return (channel,)


def _held_out(shelf: Shelf, profile: Profile, policy: Policy) -> bool:
    key, past = need(shelf.holdout_key, "no_holdout_key"), need(shelf.ledger, "no_ledger")
    return in_holdout(profile, key, past.draw(profile) or policy.undrawn)


def _weighed(
    shelf: Shelf,
    scored: _Scored,
    profile: Profile,
    ruled: tuple[Policy, tuple[Channel, ...]],
    now: datetime,
) -> Weighing:
    policy, channels = ruled
    assets = scored.row[ASSETS]
    held = 0.0 if assets is None or assets != assets else assets  # noqa: PLR0124 - NaN: no assets known
    churn = scored.probabilities.get(CHURN, 0.0)
    past = need(shelf.ledger, "no_ledger")
    return weigh(
        profile,
        scored.probabilities,
        customer_value_cents(held, churn, policy.value),
        offers=need(shelf.offers, "no_offers"),
        policy=policy,
        history=past.of(profile),
        channels=channels,
        changes=scored.changes,
        row=scored.row,
        now=now,
    )


def _ranked(
    rank: int, action: Action, option: Option, reasons: Mapping[str, tuple[Reason, ...]]
) -> RankedAction:
    offer = option.offer
    return RankedAction(
        rank=rank,
        action="care_call" if offer is None else "offer",
        offer_code=None if offer is None else offer.code,
        family=None if offer is None else offer.family,
        name=Words.of(CARE_CALL if offer is None else offer.name),
        value_cents=action.value_cents,
        label=action.label,
        probability=action.probability,
        channel=action.channel,
        channels=verdicts(option),
        reasons=tuple(Because.of(reason) for reason in _why(action, reasons)),
        effect=action.effect if action.effect_from else None,
        drop=action.drop if action.drop_from else None,
        effect_from=(action.drop_from if offer is None else action.effect_from) or None,
        assumed=action.assumed,
        price=_price(action),
    )


def _price(action: Action) -> PriceTold | None:
    price = action.price
    if price is None:
        return None
    return PriceTold(band=price.band, rate_bps=price.rate_bps, fee_bps=price.fee_bps)


def _why(action: Action, reasons: Mapping[str, tuple[Reason, ...]]) -> tuple[Reason, ...]:
    """Why the customer was flagged, then why the contact helps where a lot taught that."""
    return (*reasons.get(action.label, ()), *reasons.get(action.call_label or "", ()))


def _withheld(option: Option, *, unexplained: bool) -> WithheldAction:
    offer = option.offer
    because: Withheld = (
        "blocked"
        if option.blocked
        else "no_score"
        if not option.actions
        else "no_reason"
        if unexplained
        else "not_recommended"
    )
    return WithheldAction(
        action="care_call" if offer is None else "offer",
        offer_code=None if offer is None else offer.code,
        name=Words.of(CARE_CALL if offer is None else offer.name),
        because=because,
        text=Words.of(WITHHELD[because]),
        channels=verdicts(option),
    )
