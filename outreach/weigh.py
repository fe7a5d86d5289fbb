"""One customer weighed: every offer by every channel and every care call, judged and valued."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from goodcall.calendar import start_of_day
from goodcall.language import Text
from outreach.arbitrate import (
    CHURN,
    OFFER,
    RETENTION,
    Action,
    Common,
    Harm,
    buys,
    care_action,
    harm_by_channel,
    left_of_care,
    offer_action,
)
from outreach.customer_facts import Subject
from outreach.decide import Decision, Memo, decide, opening
from outreach.experiment import Draw, in_holdout
from outreach.influence import traces_of
from outreach.offer import Offer
from outreach.planned import Promise
from outreach.points import usable_points
from outreach.policy import Channel, Policy
from outreach.promised import asked_promise
from outreach.ranking import Ranker, patience_for, prospect_of
from outreach.request import Facts, History, Request, facts_of
from outreach.rules import local_zone
from outreach.trail import PROMISE_MARK, Attempt
from outreach.waiting import Wait, best_wait
from outreach.weighed import NO_LIST, WAIT, Candidate, Weighed, fate_of, patient


@dataclass(frozen=True, slots=True)
class _Subject:
    """A candidate with the facts of the day and what was already found out about both."""

    candidate: Candidate
    facts: Facts
    harms: Mapping[str, Mapping[str, Harm]]
    repeat: float | None
    points: Mapping[str, int | None]
    ranker: Ranker
    start: datetime
    end: datetime
    memo: Memo


class Scale:
    """Weighs the customers of one day under one policy; remembers when each channel opens."""

    def __init__(
        self,
        offers: Mapping[str, Offer],
        policy: Policy,
        day: date,
        holdout_key: bytes,
        list_of: Mapping[int, int],
        *,
        draw: Draw | None = None,
    ) -> None:
        """Take what all customers share; `list_of` names the list of each who is on one.

        Without a `draw` nobody is frozen yet: everyone counts as a newcomer.
        """
        self._offers, self._policy, self._key = offers, policy, holdout_key
        self._list_of, self._draw = list_of, draw or policy.undrawn
        self.day, self.zone = day, policy.zone
        self._openings: dict[tuple[str, str], datetime] = {}

    def weigh(self, candidate: Candidate, history: History | None) -> Weighed:
        """The customer's attempts in the order offer, channel; care calls last."""
        profile = candidate.profile
        list_id = self._list_of.get(profile.customer_id)
        if in_holdout(profile, self._key, self._draw):
            return Weighed(profile.customer_id, list_id, holdout=True, attempts=())
        subject = self._subject(candidate, history)
        attempts = tuple(
            self._attempt(subject, offer, channel, list_id) for offer, channel in self._proposals()
        )
        wait = self._wait(subject, attempts)
        if wait is not None:
            attempts = tuple(patient(attempt, wait) for attempt in attempts)
            if all(attempt.reason != WAIT for attempt in attempts):
                wait = None
        return Weighed(profile.customer_id, list_id, holdout=False, attempts=attempts, wait=wait)

    def minutes(self, channel: str) -> int:
        """What a contact by a channel of the policy takes."""
        return next(each.minutes for each in self._policy.channels if each.id == channel)

    def name_of(self, offer_code: str | None) -> Text | None:
        """An offer's name, None where it is not on sale."""
        offer = self._offers.get(offer_code or "")
        return None if offer is None else offer.name

    def promised(
        self, candidate: Candidate, history: History | None, promise: Promise
    ) -> Attempt | None:
        """The attempt to keep a promise from its moment on; None where that is a later day's.

        A promise of an earlier day is kept from the channel's opening on. Its offer is dropped
        where it is no longer on sale, and its channel where the policy no longer has it.
        """
        subject = self._subject(candidate, history)
        if promise.due_at >= subject.end:
            return None
        who = subject.facts.profile.customer_id
        request = asked_promise(
            promise,
            f"{self.day}:{who}{PROMISE_MARK}{promise.contact_id}",
            subject.facts,
            self._policy,
            subject.start,
        )
        offer = self._offers.get(request.offer_code or "")
        channel = next(each for each in self._policy.channels if each.id == request.channel)
        at = promise.due_at if promise.due_at >= subject.start else None
        decision, allowed_from = self._judged(request, subject, at)
        action = None
        if offer is not None or channel.id in self._policy.value.save_rate:
            action = self._valued(subject, offer, channel)
        step, reason = ("capacity", "capacity")
        if allowed_from is None:
            step, reason = fate_of(decision, None, action)
        return Attempt(
            offer_code=request.offer_code,
            channel=channel.id,
            point_id=request.point_id,
            decision=decision,
            allowed_from=allowed_from,
            action=action,
            step=step,
            reason=reason,
        )

    def _subject(self, candidate: Candidate, history: History | None) -> _Subject:
        facts = facts_of(
            candidate.profile, self._offers, holdout=False, history=history, row=candidate.row
        )
        zone = local_zone(facts.profile, self._policy.zone)
        start = start_of_day(self.day, zone)
        points: dict[str, int | None] = {}
        terms = self._policy.bank_terms
        for channel in self._policy.channels:
            usable = usable_points(facts, channel.points, start, terms) if channel.points else ()
            points[channel.id] = usable[0].point_id if usable else None
        return _Subject(
            candidate=candidate,
            facts=facts,
            harms={
                purpose: harm_by_channel(
                    facts.profile, self._policy, start, changes=candidate.changes, purpose=purpose
                )
                for purpose in (OFFER, RETENTION)
            },
            repeat=left_of_care(facts.profile, self._policy.value, start),
            points=points,
            ranker=Ranker(
                self._policy.arbitration,
                Subject(facts.profile, self.day, candidate.row),
                traces_of(facts, self._policy.arbitration.influences, start),
            ),
            start=start,
            end=start_of_day(self.day + timedelta(days=1), zone),
            memo=Memo(),
        )

    def _proposals(self) -> Iterator[tuple[Offer | None, Channel]]:
        for code in sorted(self._offers):
            for channel in self._policy.channels:
                yield self._offers[code], channel
        for channel in self._policy.channels:
            if channel.id in self._policy.value.save_rate:
                yield None, channel

    def _attempt(
        self, subject: _Subject, offer: Offer | None, channel: Channel, list_id: int | None
    ) -> Attempt:
        who = subject.facts.profile.customer_id
        code = None if offer is None else offer.code
        request = Request(
            request_id=f"{self.day}:{who}:{code or RETENTION}:{channel.id}",
            customer_id=who,
            channel=channel.id,
            purpose=RETENTION if offer is None else None,
            offer_code=code,
            point_id=subject.points[channel.id],
        )
        decision, allowed_from = self._judged(request, subject)
        action = self._valued(subject, offer, channel)
        step, reason = fate_of(decision, allowed_from, action)
        if step == "capacity" and list_id is None:
            reason = NO_LIST
        return Attempt(
            *(code, channel.id, request.point_id, decision, allowed_from, action, step, reason)
        )

    def _judged(
        self, request: Request, subject: _Subject, at: datetime | None = None
    ) -> tuple[Decision, datetime | None]:
        """The decision at the first instant of the day, from `at` on, that allows it, and that.

        Where the day has none, the decision at that moment, or at the channel's opening.
        """
        facts, policy = subject.facts, self._policy
        if at is None:
            key = (request.channel, facts.profile.zone)
            if key not in self._openings:
                self._openings[key] = opening(request, facts, policy, subject.start, subject.end)
            at = self._openings[key]
        decision = decide(request, facts, policy, at, memo=subject.memo)
        if decision.verdict == "defer" and decision.until and decision.until < subject.end:
            at = decision.until
            decision = decide(request, facts, policy, at, memo=subject.memo)
        return decision, at if decision.verdict == "allow" else None

    def _valued(self, subject: _Subject, offer: Offer | None, channel: Channel) -> Action | None:
        """What the action is worth; None where the customer has no score for it."""
        candidate = subject.candidate
        label = CHURN if offer is None else buys(offer.family)
        probability = candidate.probabilities.get(label)
        if probability is None:
            return None
        harm = subject.harms[RETENTION if offer is None else OFFER][channel.id]
        common = Common(
            harm=harm,
            policy=self._policy,
            customer_id=candidate.profile.customer_id,
            changes=candidate.changes,
            customer_value_cents=candidate.customer_value_cents,
        )
        if offer is None:
            action = care_action(channel, probability, **common, repeat=subject.repeat)
            return subject.ranker.rank(action, None)
        sway = subject.ranker.sway(offer)
        action = offer_action(offer, channel, probability, **common, sway=sway)
        return subject.ranker.rank(action, offer)

    def _wait(self, subject: _Subject, attempts: tuple[Attempt, ...]) -> Wait | None:
        """The best later contact within the policy's horizon."""
        policy, terms = self._policy, self._policy.arbitration.wait
        if terms is None:
            return None
        zone = local_zone(subject.facts.profile, policy.zone)
        patience = patience_for(subject.facts.profile, policy, terms, subject.start, zone)
        prospects = (
            prospect_of(
                attempt.action,
                self._offers.get(attempt.offer_code or ""),
                attempt.decision,
                patience.day,
                zone,
            )
            for attempt in attempts
            if attempt.action is not None
        )
        return best_wait([each for each in prospects if each is not None], patience)
