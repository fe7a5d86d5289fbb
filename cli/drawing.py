"""Draws the hold-out from what is known of the bank's customers, and keeps it in the ledger."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa

from features.tiers.rules import default_tier_rules
from goodcall.ports import AuditSink
from goodcall.profile import Profile
from outreach import Draw, Ledger, Policy, Standing, freeze, shares_text

# The mean assets that a household's stratum rests on.
ASSETS = "assets_mean_90d"


@dataclass(frozen=True, slots=True)
class Occasion:
    """When and by what a hold-out is drawn: the secret, the policy's shares, the day."""

    key: bytes
    policy: Policy
    day: date
    now: datetime
    audit: AuditSink


def draw_in_force(ledger: Ledger, people: Iterable[Standing], occasion: Occasion) -> Draw:
    """The hold-out that stands; where none does yet, it is drawn now and kept."""
    return ledger.draw() or draw_anew(ledger, people, occasion, anew=False)


def draw_anew(
    ledger: Ledger, people: Iterable[Standing], occasion: Occasion, *, anew: bool = True
) -> Draw:
    """Draw a hold-out with the bands of assets of the shipped tiers; audited, then kept.

    Not `anew`, one that somebody else kept in the meantime stands.
    """
    draw = freeze(
        people,
        key=occasion.key,
        share=occasion.policy.holdout_share,
        bands=[round(tier.assets_from_cents.amount) for tier in default_tier_rules().tiers],
        day=occasion.day,
        apart=occasion.policy.holdout_bands,
    )
    occasion.audit.record(
        "command line",
        "draw hold-out",
        f"{shares_text(draw.share, draw.bands)} as of {draw.day}",
        households=sum(each.households for each in draw.strata),
        drawn=sum(each.drawn for each in draw.strata),
    )
    ledger.save_draw(draw, now=occasion.now, anew=anew)
    return ledger.draw() or draw


def standing(
    people: Iterable[Profile], table: pa.Table, scores: pa.Table | None = None
) -> Iterator[Standing]:
    """Everyone with the assets of the day, and the chance of leaving where a model tells it."""
    assets = _by_customer(table, ASSETS)
    leaving = {} if scores is None else _by_customer(scores, "churn")
    for who in people:
        yield Standing(who, assets.get(who.customer_id), leaving.get(who.customer_id))


def _by_customer(table: pa.Table, column: str) -> dict[int, float | None]:
    if column not in table.column_names:
        return {}
    return dict(zip(table["customer_id"].to_pylist(), table[column].to_pylist(), strict=True))
