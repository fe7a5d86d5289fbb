"""What the ledger is asked when a promise is to be kept: by which channel, with which offer."""

from datetime import datetime

from outreach.planned import Promise, promised_request
from outreach.points import usable_points
from outreach.policy import Policy
from outreach.request import Facts, Request


def asked_promise(
    promise: Promise, request_id: str, facts: Facts, policy: Policy, now: datetime
) -> Request:
    """The request that keeps a promise, by what the bank sells and the policy has now.

    Its offer is dropped where it is no longer on sale, its channel where the policy no longer has
    it, its number where it may no longer be used.
    """
    channel = policy.channel(promise.channel) or policy.channels[0]
    point = None
    if channel.points is not None:
        usable = usable_points(facts, channel.points, now, policy.bank_terms)
        ids = [each.point_id for each in usable]
        point = promise.point_id if promise.point_id in ids else next(iter(ids), None)
    offer = promise.offer_code if promise.offer_code in facts.offers else None
    return promised_request(promise, request_id, channel.id, point, offer)


def promised_now(
    promise: Promise, facts: Facts, policy: Policy, now: datetime, number: int
) -> Request:
    """The request that keeps a promise by hand, for the so-manyth time."""
    return asked_promise(promise, f"promise:{promise.contact_id}#{number}", facts, policy, now)
