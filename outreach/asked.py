"""Whether a request can be judged at all: the right customer, known channels, what rules need."""

from datetime import datetime

from goodcall.profile import Profile
from goodcall.vocabulary import PROMISES
from outreach.builtin import OWN_CAP
from outreach.errors import RequestError
from outreach.points import usable_points
from outreach.policy import Policy
from outreach.request import Facts, Override, Request
from outreach.rules.caps import CapTerms, GapTerms, answers_call_back
from outreach.rules.counting import NEED_POINT

# Cool-offs, suppressions, caps and sequences: an approver may take them out of one verdict.
OPEN_STEPS = (6, 8, 9, 10)


def check_request(request: Request, facts: Facts, policy: Policy, now: datetime) -> None:
    """Refuse a request that does not fit the facts and the policy that it is judged by."""
    _refuse_other(request, facts.profile)
    for leg in request.legs:
        if policy.channel(leg.channel) is None:
            raise RequestError(
                f"request {request.request_id!r}: the policy has no channel {leg.channel!r}; "
                f"it has: {', '.join(channel.id for channel in policy.channels)}"
            )
        if leg.point_id is None and leg.channel in NEED_POINT:
            _refuse_nowhere(leg, facts, policy, now)
    if request.override is not None:
        _refuse_override(request, request.override, facts, policy)
    if request.answers is not None and not answers_call_back(request, facts, now):
        raise RequestError(
            f"request {request.request_id!r} answers contact {request.answers!r}, in which nobody "
            "asked to be called back or made an appointment; "
            f"name a contact with outcome {' or '.join(PROMISES)}, or none"
        )


def _refuse_other(request: Request, profile: Profile) -> None:
    if request.customer_id != profile.customer_id:
        raise RequestError(
            f"request {request.request_id!r} is about customer {request.customer_id}, the facts "
            f"about customer {profile.customer_id}; bring the same customer's"
        )


def _refuse_nowhere(leg: Request, facts: Facts, policy: Policy, now: datetime) -> None:
    """Refuse a call to no number where a rule counts by number, unless there is none to name."""
    scoped = [
        rule.id
        for rule in policy.rules
        if isinstance(rule.terms, CapTerms | GapTerms)
        and rule.terms.counting.per == "contact_point"
        and rule.binds(leg)
    ]
    if not scoped:
        return
    channel = policy.channel(leg.channel)
    kind = None if channel is None else channel.points
    usable = usable_points(facts, kind, now, policy.bank_terms) if kind else ()
    if usable or kind is None:
        named = ", ".join(str(point.point_id) for point in usable) or "the number's id"
        raise RequestError(
            f"request {leg.request_id!r} by {leg.channel} names no contact point, by which rule "
            f"{scoped[0]} counts; add point_id, one of: {named}"
        )


def _refuse_override(request: Request, override: Override, facts: Facts, policy: Policy) -> None:
    steps = {rule.id: rule.step for rule in policy.rules}
    steps |= {wish.id or OWN_CAP: 9 for wish in facts.profile.preferences if wish.at_most}
    open_ids = [name for name, step in steps.items() if step in OPEN_STEPS]
    for name in override.rules:
        if name not in open_ids:
            step = f", of step {steps[name]}," if name in steps else ""
            raise RequestError(
                f"request {request.request_id!r}: rule {name!r}{step} cannot be overridden; "
                f"open to an approver are: {', '.join(open_ids) or 'none'}"
            )
