"""Contacts at the service's counter: checked, reserved, dialled and told of."""

from datetime import datetime
from typing import Any

from goodcall.language import Text
from goodcall.outcome_words import outcome_words
from goodcall.principal import Principal
from goodcall.profile import PastContact
from goodcall.vocabulary import PROMISES
from outreach.counter import Counter, Taken
from outreach.decide import Decision
from outreach.lists import STATES
from outreach.points import usable_points
from outreach.request import Request
from serving.counters import agent_of, heard_at, whole
from serving.errors import BadOutcome
from serving.schemas.contacts import (
    Contacted,
    ContactRequest,
    DecisionAnswer,
    OutcomeRequest,
    ReserveAnswer,
    ReserveRequest,
    RuleFailing,
    ToldAnswer,
)
from serving.schemas.shared import Words

_DIALLED = Text("dialled", "已拨打")


def check(counter: Counter, asked: ContactRequest) -> DecisionAnswer:
    """What the policy says to a contact now; nothing is written."""
    request = _request(counter, asked, f"check:{asked.customer_id}:{asked.channel}")
    return DecisionAnswer(**_said(counter.judged(request), request))


def reserve(
    counter: Counter, asked: ReserveRequest, request_id: str, caller: Principal
) -> ReserveAnswer:
    """The decision on a contact; an allowed one is reserved, and dialled where asked.

    The same id by the same caller gets its first answer again; RequestReused for another request.
    """
    agent = agent_of(caller, asked.agent)
    own_id = f"api:{caller.id}:{request_id}"
    first = counter.ledger.request(own_id)
    if first is not None and asked.point_id is None:
        # Sent again, it means the same number, also where another is the best by now.
        asked = asked.model_copy(update={"point_id": first.point_id})
    request = _request(counter, asked, own_id)
    taken = counter.reserved(request)
    if asked.dial and taken.contact_id is not None:
        counter.ledger.dial(taken.contact_id, now=counter.now, agent=agent)
    return reserved_answer(taken, request, request_id, dialled=asked.dial)


def reserved_answer(
    taken: Taken, request: Request, request_id: str, *, dialled: bool
) -> ReserveAnswer:
    """A decision on a contact, with its number, as it goes over the wire."""
    return ReserveAnswer(
        **_said(taken.decision, request),
        request_id=request_id,
        contact_id=taken.contact_id,
        dialled=dialled and taken.contact_id is not None,
    )


def dial(counter: Counter, contact_id: int, agent: int) -> ToldAnswer:
    """A reserved contact, noted as being made now; refused where it ran out or was stopped."""
    counter.ledger.dial(contact_id, now=counter.now, agent=agent)
    return _told(counter, contact_id, "dialled", _DIALLED, counter.now)


def tell(counter: Counter, contact_id: int, asked: OutcomeRequest, agent: int) -> ToldAnswer:
    """An outcome, noted; a refusal or a complaint takes effect at once."""
    if asked.code in PROMISES and asked.due_at is None:
        raise BadOutcome(f"{asked.code} promises a moment; say which with due_at")
    at = heard_at(asked.happened_at, counter.now)
    counter.ledger.record_outcome(
        contact_id,
        asked.code,
        now=counter.now,
        agent=agent,
        note=asked.note,
        happened_at=at,
        due_at=None if asked.due_at is None else whole(asked.due_at),
    )
    found = _told(counter, contact_id, asked.code, outcome_words(asked.code), at)
    if asked.due_at is None:
        return found
    foreseen = counter.foreseen(contact_id)
    if foreseen is None:
        return found
    promise = counter.promise(contact_id)
    promised = DecisionAnswer(
        **said_of_decision(foreseen),
        customer_id=found.customer_id,
        channel=promise.channel,
        point_id=promise.point_id,
    )
    return found.model_copy(update={"promised": promised})


def customer_of(counter: Counter, contact_id: int) -> int:
    """Whose contact it is; NotInLedger of a number that no contact has."""
    return counter.ledger.customer_of(contact_id)


def _told(counter: Counter, contact_id: int, noted: str, text: Text, at: datetime) -> ToldAnswer:
    return ToldAnswer(
        contact_id=contact_id,
        customer_id=counter.ledger.customer_of(contact_id),
        noted=noted,
        text=Words.of(text),
        at=at,
        promised=None,
    )


def _request(counter: Counter, asked: ContactRequest, request_id: str) -> Request:
    """The request of the ledger; without a point it is for the best that may be used."""
    return Request(
        request_id=request_id,
        customer_id=asked.customer_id,
        channel=asked.channel,
        category=asked.category,
        purpose=asked.purpose,
        offer_code=asked.offer_code,
        point_id=asked.point_id if asked.point_id is not None else _point(counter, asked),
        direction=asked.direction,
        proactive=asked.proactive,
    )


def _point(counter: Counter, asked: ContactRequest) -> int | None:
    channel = counter.policy.channel(asked.channel)
    if channel is None or channel.points is None:
        return None
    facts = counter.known([asked.customer_id])[asked.customer_id]
    usable = usable_points(facts, channel.points, counter.now, counter.policy.bank_terms)
    return usable[0].point_id if usable else None


def contacted(contact: PastContact) -> Contacted:
    """A contact by anyone as it goes over the wire."""
    said = STATES[contact.state] if contact.outcome is None else outcome_words(contact.outcome)
    return Contacted(
        at=contact.happened_at,
        channel=contact.channel,
        direction=contact.direction,
        category=contact.category,
        offer_code=contact.offer_code,
        state=contact.state,
        outcome=contact.outcome,
        text=Words.of(said),
    )


def said_of_decision(decision: Decision) -> dict[str, Any]:
    """What an answer says of a decision."""
    return {
        "verdict": decision.verdict,
        "until": decision.until,
        "failing": tuple(
            RuleFailing(rule=check.rule, because=check.verdict.because)
            for check in decision.checks
            if not check.verdict.passes
        ),
        "mind": decision.flags,
        "policy_version": decision.policy_version,
        "decided_at": decision.decided_at,
    }


def _said(decision: Decision, request: Request) -> dict[str, Any]:
    return said_of_decision(decision) | {
        "customer_id": request.customer_id,
        "channel": request.channel,
        "point_id": request.point_id,
    }
