"""Consents at the service's counter: what customers said, and what they say now."""

from collections.abc import Iterable

from goodcall.profile import Consent
from outreach.counter import Counter
from serving.counters import heard_at
from serving.errors import BadConsent
from serving.schemas.consents import ConsentRequest, ConsentsAnswer, Said


def consents(counter: Counter, customer_id: int) -> ConsentsAnswer:
    """All that a customer said, by the bank's register and by the ledger."""
    facts = counter.known([customer_id])[customer_id]
    return ConsentsAnswer(
        customer_id=customer_id, at=counter.now, consents=_said(facts.profile.consents)
    )


def say(counter: Counter, asked: ConsentRequest, agent: int) -> ConsentsAnswer:
    """Take note of what a customer said; it counts at once, and open rows that it stops are closed.

    The same words of the same second are noted once.
    """
    at = heard_at(asked.happened_at, counter.now)
    if at > counter.now:
        raise BadConsent(f"happened_at {at.isoformat()} is still to come; give a moment up to now")
    counter.profile(asked.customer_id)
    words = asked.model_dump(exclude={"customer_id", "happened_at", "agent"})
    counter.ledger.note(
        asked.customer_id, Consent(happened_at=at, **words), now=counter.now, agent=agent
    )
    return consents(counter, asked.customer_id)


def _said(found: Iterable[Consent]) -> tuple[Said, ...]:
    ordered = sorted(found, key=_latest_first)
    return tuple(
        Said(
            happened_at=each.happened_at,
            action=each.action,
            channel=each.channel,
            purpose=each.purpose,
            scope=each.scope,
            evidence_source=each.evidence_source,
            text_version=each.text_version,
            expires_on=each.expires_on,
        )
        for each in ordered
    )


def _latest_first(said: Consent) -> tuple[float, str, str]:
    return -said.happened_at.timestamp(), said.action, said.channel or ""
