"""A workspace in the middle of a day: a customer of whom everything is known, a list, a ledger."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from planning import Says
from served import CUSTOMERS, DAY, KEY, LABELS, held_out

from features.catalog import CATALOG
from features.online_publish import publish
from features.profiles import profiles
from goodcall.principal import Principal
from goodcall.profile import Assessment, Case, Holding, PastContact
from goodcall.workspace import Workspace
from outreach.ledger import Ledger
from outreach.loading import load_policy
from outreach.offer_book import load_offers
from outreach.plan import plan_day
from outreach.weigh import Candidate

AT = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)  # a Monday, 10:00 in Shanghai
OPEN = [who for who in CUSTOMERS if not held_out(who)]
# Everything is known of the first, little of the others.
KNOWN, OTHER = OPEN[0], OPEN[3]
MANAGER, BRANCH = 7, 1
HELD = (
    Holding(31, "deposit", date(2025, 7, 1), None, date(2026, 7, 1), 5_000_000),
    Holding(32, "fund", date(2024, 1, 5), None, None, None),
    Holding(33, "deposit", date(2023, 1, 5), date(2024, 1, 5), date(2024, 1, 5), 100),
)
ASKED = datetime(2026, 5, 12, 3, 0, tzinfo=UTC)
PITCH = PastContact(
    *("901", ASKED, "phone", "outbound", "marketing", "connected"),
    offer_code="D1",
    outcome="CONNECTED_THINKING",
)
EARLIER = PastContact(
    *("900", ASKED - timedelta(days=40), "sms", "outbound", "marketing", "delivered"),
    offer_code="D1",
)
COMPLAINT = Case("complaint", datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 9, tzinfo=UTC))
SERVICE = Case(
    "service", datetime(2026, 5, 20, tzinfo=UTC), datetime(2026, 5, 21, tzinfo=UTC), "satisfied"
)


def known_customer(profile):
    """A profile of which every part is filled."""
    return replace(
        profile,
        opened_on=date(2019, 3, 4),
        overdue_since=date(2026, 5, 20),
        assessment=Assessment("C2", date(2027, 1, 1)),
        holdings=HELD,
        contacts=(EARLIER, PITCH),
        cases=(COMPLAINT, SERVICE),
        birth_date=date(1950, 1, 1),
    )


def busy_workspace(root, finished, bank, computed, *, ledger_at=None):
    """A copy of the finished workspace with that customer, and a ledger with the day's list.

    The ledger is a file of it, unless the address of another is given.
    """
    place = Workspace(shutil.copytree(finished.root, root), ledger_at=ledger_at)
    people = tuple(
        known_customer(each) if each.customer_id == KNOWN else each for each in profiles(bank, DAY)
    )
    publish(place.online_url, computed, people, bank=bank, as_of=DAY, now=AT, catalog=CATALOG)
    policy, offers = load_policy(place.policy), load_offers(place.offers)
    scores = {"churn": 0.05} | dict.fromkeys(LABELS[:-1], 0.3)
    with Ledger.open(place.ledger_url) as ledger:
        plan = plan_day(
            [Candidate(each, scores, 100_000_000) for each in people],
            offers=offers,
            policy=policy,
            day=DAY,
            holdout_key=KEY,
            explainer=Says(),
            capacities={},
            model_versions={},
            history=ledger.history(people),
        )
        ledger.save_plan(plan, now=AT)
    return place


def person(role, staff_id=MANAGER, branches=(BRANCH,)):
    """Somebody in a role."""
    sort = "app" if role == "app" else "person"
    return Principal(
        f"{sort} {role}",
        sort,
        role,
        None if sort == "app" else staff_id,
        frozenset() if sort == "app" else frozenset(branches),
    )
