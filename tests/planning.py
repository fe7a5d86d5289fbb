"""Plans for tests of lists: who can be reached, a day's plan, and what is asked of a row."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from policed import Desk, customer, moment

from goodcall.language import Text
from goodcall.profile import Profile
from goodcall.reason import Reason
from outreach import Candidate, Decision, Draw, Plan, in_holdout, plan_day, request_of

KEY = b"sixteen bytes or more"


class Says:
    """An explainer with one reason for everybody."""

    def reasons(self, _label: str, customer_ids: Iterable[int]) -> dict[int, tuple[Reason, ...]]:
        """The reason of each customer."""
        why = Reason("money", "cash_in_30d", 5.0, 0.4, Text("Money came in", "有资金流入"))
        return dict.fromkeys(customer_ids, (why,))


def reachable(count: int, **facts: Any) -> list[Profile]:
    """So many customers outside the hold-out."""
    people = (customer(who, **facts) for who in range(1, 10 * count))
    return [one for one in people if not in_holdout(one, KEY, Draw(0.10))][:count]


def plan_of(desk: Desk, people: list[Any], day: date, **inputs: Any) -> Plan:
    """A day's plan for customers who would buy each family, by what the desk's ledger knows.

    What is known at the day's midnight counts, and what earlier days left over.
    """
    begins = moment(f"{day} 00:00")
    scores = {f"buys:{one.family}": 0.2 for one in desk.offers.values()}
    candidates = [
        one if isinstance(one, Candidate) else Candidate(one, {"churn": 0.0} | scores, 0)
        for one in people
    ]
    known = desk.ledger.history([one.profile for one in candidates], before=begins)
    plainly = {
        "offers": desk.on_sale(),
        "policy": desk.policy,
        "day": day,
        "holdout_key": KEY,
        "explainer": Says(),
        "capacities": {},
        "model_versions": {},
        "history": known,
        "carried": desk.ledger.carried(day, desk.policy.zone, begins),
    }
    return plan_day(candidates, **(plainly | inputs))


def published(desk: Desk, people: list[Any], day: date, **inputs: Any) -> Plan:
    """A day's plan, saved and published at 08:00."""
    plan = plan_of(desk, people, day, **inputs)
    at = moment(f"{day} 08:00")
    desk.ledger.save_plan(plan, now=at)
    desk.ledger.publish_plan(day, at)
    return plan


def rows_of(desk: Desk, day: date, list_id: int = 7, at: str | None = None) -> list[Any]:
    """The rows of a list as they stand."""
    return [*desk.ledger.list_rows(day, list_id, at=None if at is None else moment(at))]


def on_row(desk: Desk, row: Any, at: str, verb: str = "reserve", number: int = 1) -> Decision:
    """What the ledger says of a row that is opened (`explain`) or dialled (`reserve`)."""
    ask = getattr(desk.ledger, verb)
    return ask(
        request_of(row, number),
        desk.people[row.customer_id],
        offers=desk.on_sale(),
        policy=desk.policy,
        now=moment(at),
        holdout=row.customer_id in desk.holdout,
    )


def worked(desk: Desk, row: Any, at: str, code: str, **said: Any) -> int:
    """The contact of a row that was reserved and told of at once."""
    assert on_row(desk, row, at).verdict == "allow"
    contact = desk.ledger.contact_id(row.request_id)
    desk.ledger.record_outcome(contact, code, now=moment(at), agent=5, **said)
    return contact
