"""One row of a day's list, as the plan makes it and the ledger keeps it."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from goodcall.language import Text
from goodcall.reason import Reason
from outreach.decide import instant_text
from outreach.price_bands import Price

CARE_CALL = Text("care call", "关怀联系")


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """Whom, with what, through which channel, from when on, and why.

    `reasons` tell why the customer was flagged and, where it was learned, why the contact helps.

    `band` is `save` for a care call and `grow` for an offer; `assumed` names the figures of the
    value that nobody has measured. `covers` is the absent manager whose customer it is; `drawn`
    says that a lot chose the contact, and `probability` how probable the choice was. `price` is the
    band that the customer gets, None where the offer has no price bands; `number_hash` stands for
    the number or address that the row is for.
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


def row_values(row: PlannedRow) -> dict[str, Any]:
    """A row as JSON values."""
    return asdict(row) | {"allowed_from": instant_text(row.allowed_from)}


def row_from(said: dict[str, Any]) -> PlannedRow:
    """The row that `row_values` wrote."""
    reasons = tuple(
        Reason(**(reason | {"text": Text(**reason["text"])})) for reason in said["reasons"]
    )
    return PlannedRow(
        **(
            said
            | {
                "offer_name": Text(**said["offer_name"]),
                "allowed_from": datetime.fromisoformat(said["allowed_from"]),
                "reasons": reasons,
                "assumed": tuple(said["assumed"]),
                "price": Price(**said["price"]) if said.get("price") else None,
            }
        )
    )
