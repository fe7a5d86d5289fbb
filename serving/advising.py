"""All that an app needs of a customer in one call, within the time that the app can wait.

The rules come first, since a contact against them is worse than none; then scores, offers, and the
reasons. A part is begun only where it has been taking no longer than the time that is left; what
is left out is named, and so is a part whose source is missing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from outreach.decide import decide
from outreach.points import usable_points
from outreach.policy import Channel
from outreach.request import Facts, Request, facts_of
from serving.errors import NotReady, ObjectsToProfiling, Unanswered
from serving.offering import channels_of, next_best_offers
from serving.schemas.at_once import AllowedChannel, LeftOut, NextAnswer, NextRequest, Part, Why
from serving.schemas.offers import OffersAnswer, OffersRequest
from serving.schemas.scores import ScoreRequest
from serving.scoring import profile_of, score
from serving.shelf import Shelf, need

T = TypeVar("T")
# How much of what a part took before is forgotten with each time that it is done.
_FORGET = 0.2


@dataclass(slots=True)
class Pace:
    """How long each part has been taking of late, in seconds."""

    took: dict[Part, float] = field(default_factory=dict)

    def learn(self, part: Part, seconds: float) -> None:
        """Take note of how long a part took this time."""
        before = self.took.get(part, seconds)
        self.took[part] = (1 - _FORGET) * before + _FORGET * seconds


@dataclass(slots=True)
class _Sitting:
    """One answer in the making: since when, until when, and what is left out of it."""

    timer: Callable[[], float]
    began: float
    budget: float
    pace: Pace
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def spent(self) -> float:
        """Seconds since the request came."""
        return self.timer() - self.began

    def done(self, part: Part, work: Callable[[], T]) -> T | None:
        """What a part comes to, or None with a note of why it is left out."""
        if self.spent + self.pace.took.get(part, 0.0) > self.budget:
            # What did not fit once may fit later: the figure fades, so that it is tried again.
            self.pace.took[part] = self.pace.took.get(part, 0.0) * (1 - _FORGET)
            said = f"{part} would not fit into the {self.budget * 1000:.0f} ms that were given"
            self.note(part, "budget", said)
            return None
        start = self.timer()
        try:
            found = work()
        except (NotReady, ObjectsToProfiling) as error:
            self.refused(part, error)
            return None
        self.pace.learn(part, self.timer() - start)
        return found

    def refused(self, part: Part, error: Unanswered) -> None:
        """Leave a part out for want of a source, or because the customer objects to it."""
        objects = isinstance(error, ObjectsToProfiling)
        why: Why = "objection" if objects else "missing_source"
        message = str(error).partition("; ")[0]
        self.left_out.append(LeftOut(part=part, because=why, code=error.code, message=message))

    def note(self, part: Part, code: str, message: str) -> None:
        """Leave a part out for want of time."""
        self.left_out.append(LeftOut(part=part, because="budget", code=code, message=message))


def advise(
    shelf: Shelf,
    asked: NextRequest,
    now: datetime,
    *,
    timer: Callable[[], float],
    began: float,
    pace: Pace,
) -> NextAnswer:
    """Channels, probabilities, offers and reasons of one customer at `now`.

    One who objects to profiling has no probabilities, and offers in no personal order; so has
    everybody while there is no model.

    `timer` counts seconds and stood at `began` when the request came. UnknownCustomer where the
    snapshot can be read and does not hold the customer.
    """
    sitting = _Sitting(timer, began, asked.budget_ms / 1000, pace)
    channels = sitting.done("channels", lambda: _channels(shelf, asked, now))
    scored = sitting.done(
        "score", lambda: score(shelf, ScoreRequest(customer_id=asked.customer_id), now)
    )
    general = scored is None and _goes_without(sitting.left_out[-1])
    offers = _offers(sitting, shelf, asked, now) if scored is not None or general else None
    if scored is None and not general:
        reason = sitting.left_out[-1]
        sitting.left_out += [
            reason.model_copy(update={"part": part}) for part in ("offers", "reasons")
        ]
    return NextAnswer(
        customer_id=asked.customer_id,
        fallback=bool(sitting.left_out),
        left_out=tuple(sitting.left_out),
        took_ms=round(sitting.spent * 1000, 3),
        channels=channels,
        probabilities=None if scored is None else scored.probabilities,
        offers=offers,
    )


def _goes_without(left_out: LeftOut) -> bool:
    """Whether offers need no score where the score is left out for that reason."""
    return left_out.because == "objection" or left_out.code == "no_model"


def _offers(
    sitting: _Sitting, shelf: Shelf, asked: NextRequest, now: datetime
) -> OffersAnswer | None:
    """The offers, with their reasons where the time allows both."""
    wanted = OffersRequest(customer_id=asked.customer_id, channel=asked.channel, limit=asked.limit)
    both = sitting.pace.took.get("reasons", 0.0)
    if sitting.spent + both <= sitting.budget:
        return sitting.done("reasons", lambda: next_best_offers(shelf, wanted, now))
    sitting.done("reasons", lambda: None)
    return sitting.done("offers", lambda: next_best_offers(shelf, wanted, now, reasons=False))


def _channels(shelf: Shelf, asked: NextRequest, now: datetime) -> tuple[AllowedChannel, ...]:
    store, policy = need(shelf.snapshot, "no_snapshot"), need(shelf.policy, "no_policy")
    past, offers = need(shelf.ledger, "no_ledger"), need(shelf.offers, "no_offers")
    profile = profile_of(store, asked.customer_id)
    facts = facts_of(profile, offers, holdout=False, history=past.of(profile))

    def verdict(channel: Channel) -> AllowedChannel:
        points = (
            usable_points(facts, channel.points, now, policy.bank_terms) if channel.points else ()
        )
        request = _general(facts, channel, points[0].point_id if points else None)
        decision = decide(request, facts, policy, now)
        return AllowedChannel(
            channel=channel.id, verdict=decision.verdict, failing=decision.failing
        )

    return tuple(verdict(channel) for channel in channels_of(policy, asked.channel))


def _general(facts: Facts, channel: Channel, point_id: int | None) -> Request:
    """A marketing contact that offers nothing yet."""
    who = facts.profile.customer_id
    return Request(
        request_id=f"ask:{who}:{channel.id}",
        customer_id=who,
        channel=channel.id,
        point_id=point_id,
    )
