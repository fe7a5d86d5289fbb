"""One row of a day's list, as the plan makes it and the ledger keeps it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from goodcall.language import Text
from goodcall.reason import Reason
from outreach.decide import instant_of, instant_text
from outreach.price_bands import Price
from outreach.request import Request

CARE_CALL = Text("care call", "关怀联系")
CALL_BACK = Text("call back", "约定回访")
APPOINTMENT = Text("appointment", "预约到店")


@dataclass(frozen=True, slots=True)
class Promise:
    """A call-back or an appointment that a customer was promised for a moment.

    `contact_id` is the contact in which it was promised, by `staff_id`; `code` is its outcome. The
    offer, purpose, point and channel are those that the promised contact is for.
    """

    contact_id: int
    customer_id: int
    code: str
    given_at: datetime
    due_at: datetime
    channel: str
    purpose: str | None = None
    offer_code: str | None = None
    point_id: int | None = None
    staff_id: int | None = None


@dataclass(frozen=True, slots=True)
class Carried:
    """What a day's plan takes over: open promises, earliest first, and who was left over.

    `rolled_over` gives each left-over customer the day of the list that left the row over, or put
    it off to this day.
    """

    promises: tuple[Promise, ...] = ()
    rolled_over: Mapping[int, date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Withheld:
    """Why a promised contact must not be made that day, and from when on it may be.

    `because` is the first rule against it, or what was full; without `until` it never may.
    """

    because: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """Whom, with what, through which channel, from when on, and why.

    `reasons` tell why the customer was flagged and, where it was learned, why the contact helps.

    `band` is `promised` for what a customer was promised, `save` for a care call and `grow` for an
    offer; `assumed` names the figures of the value that nobody has measured. `covers` is the absent
    manager whose customer it is; `drawn` says that a lot chose the contact, and `probability` how
    probable the choice was. `price` is the band that the customer gets, None where the offer has no
    price bands; `number_hash` stands for the number or address that the row is for. `rolled_over`
    is the day whose list left the row over; a row that is `withheld` must not be worked. While a
    test of two policies runs, `arm` is the customer's (None of one in neither) and `policy_version`
    the policy that the row was planned under; else that is the plan's.
    """

    request_id: str
    list_id: int
    rank: int
    customer_id: int
    band: str
    purpose: str
    offer_code: str | None
    offer_name: Text
    channel: str
    point_id: int | None
    minutes: int
    allowed_from: datetime
    value_cents: int
    reasons: tuple[Reason, ...]
    assumed: tuple[str, ...]
    covers: int | None = None
    drawn: bool = False
    probability: float | None = None
    price: Price | None = None
    number_hash: str | None = None
    promise: Promise | None = None
    rolled_over: date | None = None
    withheld: Withheld | None = None
    arm: str | None = None
    policy_version: str | None = None


def request_of(row: PlannedRow, number: int = 1) -> Request:
    """What the ledger is asked when a row is opened or dialled, for the so-manyth time.

    What follows `#` in the id tells further attempts at the row apart: a decision stands for its
    id.
    """
    request_id = row.request_id if number == 1 else f"{row.request_id}#{number}"
    if row.promise is not None:
        return promised_request(row.promise, request_id, row.channel, row.point_id, row.offer_code)
    return Request(
        request_id=request_id,
        customer_id=row.customer_id,
        channel=row.channel,
        purpose=None if row.offer_code else row.purpose,
        offer_code=row.offer_code,
        point_id=row.point_id,
    )


def promised_request(
    promise: Promise,
    request_id: str,
    channel: str,
    point_id: int | None,
    offer_code: str | None,
) -> Request:
    """The request of a promised contact: it answers the promise, and the customer asked for it."""
    return Request(
        request_id=request_id,
        customer_id=promise.customer_id,
        channel=channel,
        purpose=None if offer_code else promise.purpose,
        offer_code=offer_code,
        point_id=point_id,
        proactive=False,
        answers=str(promise.contact_id),
    )


def row_values(row: PlannedRow) -> dict[str, Any]:
    """A row as JSON values; what later releases added is left out where there is nothing to say."""
    said = asdict(row) | {"allowed_from": instant_text(row.allowed_from)}
    for name in ("promise", "rolled_over", "withheld", "arm", "policy_version"):
        if said[name] is None:
            del said[name]
    if row.promise is not None:
        moments = {"given_at": row.promise.given_at, "due_at": row.promise.due_at}
        said["promise"] |= {name: instant_text(at) for name, at in moments.items()}
    if row.rolled_over is not None:
        said["rolled_over"] = row.rolled_over.isoformat()
    if row.withheld is not None:
        said["withheld"]["until"] = instant_text(row.withheld.until)
    return said


def row_from(said: dict[str, Any]) -> PlannedRow:
    """The row that `row_values` wrote."""
    reasons = tuple(
        Reason(**(reason | {"text": Text(**reason["text"])})) for reason in said["reasons"]
    )
    rolled_over, withheld = said.get("rolled_over"), said.get("withheld")
    return PlannedRow(
        **(
            said
            | {
                "offer_name": Text(**said["offer_name"]),
                "allowed_from": datetime.fromisoformat(said["allowed_from"]),
                "reasons": reasons,
                "assumed": tuple(said["assumed"]),
                "price": Price(**said["price"]) if said.get("price") else None,
                "promise": _promise_from(said.get("promise")),
                "rolled_over": date.fromisoformat(rolled_over) if rolled_over else None,
                "withheld": withheld
                and Withheld(withheld["because"], instant_of(withheld["until"])),
            }
        )
    )


def _promise_from(said: dict[str, Any] | None) -> Promise | None:
    if said is None:
        return None
    moments = {name: datetime.fromisoformat(said[name]) for name in ("given_at", "due_at")}
    return Promise(**(said | moments))
