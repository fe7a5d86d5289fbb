"""What the customer said no to: calls, messages, an offer, being profiled, these days."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from goodcall.calendar import start_of_day
from goodcall.profile import Consent
from goodcall.vocabulary import REFUSALS
from outreach.points import BankTerms
from outreach.request import PASS, Facts, PointMark, Request, Verdict, outcome_moment
from outreach.rules.answers import answer, local_zone, outside
from outreach.rules.consent import standing_word

_SPOKEN = ("dnc", "dnc_lifted")


def dnc(request: Request, facts: Facts, now: datetime, _terms: BankTerms) -> Verdict:
    """Whether neither the customer nor anyone on the number asked not to be contacted this way.

    A refusal bites from its own second, for ever, until the same customer lifts it with evidence;
    of two words in one second the refusal counts. A service message heeds only the refusals whose
    scope is `all`.
    """
    marks = facts.marks if request.category == "marketing" else ()
    words = _words(request, facts)
    merges = facts.profile.merges

    def refused_here(at: datetime) -> bool:
        return any(
            _latest(m for m in _on_number(marks, request, who) if m.happened_at <= at)
            for who in {mark.customer_id for mark in marks}
        )

    if refused_here(now):
        edges = [mark.happened_at for mark in marks]
        return answer(now, edges, lambda at: not refused_here(at), because="number_refused")
    edges = [word.happened_at for word in words] + [merge.happened_at for merge in merges]
    return answer(
        now,
        edges,
        lambda at: standing_word(words, merges, at) != "revoke",
        because="refused",
    )


def pause(request: Request, facts: Facts, now: datetime, terms: BankTerms) -> Verdict:
    """Whether the customer has not asked for a pause over these local days."""
    zone = local_zone(facts.profile, terms.bank_zone)
    return outside(
        now,
        (
            (start_of_day(p.from_on, zone), start_of_day(p.to_on + timedelta(days=1), zone))
            for p in facts.profile.pauses
            if p.channel in {None, request.channel}
        ),
    )


def only_channel(
    request: Request, _facts: Facts, _now: datetime, channels: frozenset[str]
) -> Verdict:
    """Whether a customer who wants to be reached in some ways only is reached in one of them."""
    return PASS if request.channel in channels else Verdict(passes=False, because="prefers_other")


def profiling(request: Request, facts: Facts, _now: datetime, _terms: BankTerms) -> Verdict:
    """Whether a customer who objects to profiling is not one that a model chose."""
    if facts.profile.profiling_opt_out and request.selection == "personal":
        return Verdict(passes=False, because="objects_to_profiling")
    return PASS


def never_offer(request: Request, facts: Facts, now: datetime, _terms: BankTerms) -> Verdict:
    """Whether the customer did not say that this offer must never come again."""
    said = (n.happened_at for n in facts.profile.never_offers if n.offer_code == request.offer_code)
    return outside(now, ((at, None) for at in said))


def holdout(request: Request, facts: Facts, _now: datetime, _terms: BankTerms) -> Verdict:
    """Whether the customer is not in the hold-out, which no proactive marketing reaches."""
    held = facts.holdout and request.proactive
    return Verdict(passes=False, because="holdout") if held else PASS


def _words(request: Request, facts: Facts) -> list[Consent]:
    """The customer's refusals of this channel and their liftings, as revocations and grants."""
    service = request.category != "marketing"
    words = [
        Consent(c.happened_at, "revoke" if c.action == "dnc" else "grant", part=c.part)
        for c in facts.profile.consents
        if c.action in _SPOKEN
        and c.channel in {None, request.channel}
        and (c.action == "dnc" or (c.evidence_source and c.text_version))
        and not (service and c.action == "dnc" and c.scope != "all")
    ]
    if service:
        return words
    return words + [
        Consent(outcome_moment(c), "revoke", part=c.part)
        for c in facts.outcomes
        if c.outcome in REFUSALS and (c.outcome == "REFUSED_ALL" or c.channel == request.channel)
    ]


def _on_number(
    marks: Iterable[PointMark], request: Request, customer_id: int
) -> Iterable[PointMark]:
    """What one other customer said on the number asked for about this channel."""
    return (
        mark
        for mark in marks
        if mark.customer_id == customer_id
        and mark.point_id == request.point_id
        and mark.code in {"REFUSED_ALL", "REFUSED_CHANNEL", "DNC_LIFTED"}
        and (mark.code == "REFUSED_ALL" or mark.channel in {None, request.channel})
    )


def _latest(marks: Iterable[PointMark]) -> bool:
    """Whether the last word is a refusal."""
    last = max(marks, key=lambda m: (m.happened_at, m.code != "DNC_LIFTED"), default=None)
    return last is not None and last.code != "DNC_LIFTED"
