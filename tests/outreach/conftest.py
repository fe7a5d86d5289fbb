"""Builders with defaults for the outreach tests."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from policed import Desk
from postgres import postgres_url

from goodcall.language import Text
from goodcall.profile import Consent, PastContact, Point, Profile
from goodcall.reason import Reason
from outreach import Facts, Ledger, Offer, Policy, Request, parse_policy

HEAD = """
zone = "Asia/Shanghai"
currency = "CNY"
[[channel]]
id = "phone"
minutes = 8
cost_cents = { is = 1000, source = "assumed" }
points = "phone"
[[channel]]
id = "sms"
minutes = 1
cost_cents = { is = 10, source = "invoice 2026" }
points = "phone"
[[channel]]
id = "branch"
minutes = 20
cost_cents = { is = 3000, source = "assumed" }
[capacity]
default_minutes = 60
[lists]
by = "manager"
[holdout]
share = 0.10
[value]
opt_out_cents = { is = 20000, source = "assumed" }
complaint_cents = { is = 50000, source = "assumed" }
fatigue_cents = { is = 300, source = "assumed" }
fatigue_days = { is = 30, source = "assumed" }
cannibalisation = { is = 0.25, source = "study 7" }
deposit_margin_bps = { is = 120, source = "assumed" }
months = { is = 36, source = "assumed" }
discount = { is = 0.08, source = "assumed" }
[value.lift_ratio]
phone = { is = 1.5, source = "assumed" }
sms = { is = 1.1, source = "trial 3" }
branch = { is = 2.0, source = "assumed" }
[value.save_rate]
phone = { is = 0.2, source = "assumed" }
branch = { is = 0.25, source = "assumed" }
[value.opt_out_probability]
phone = { is = 0.01, source = "trial 3" }
sms = { is = 0.002, source = "trial 3" }
branch = { is = 0.001, source = "trial 3" }
[value.complaint_probability]
phone = { is = 0.002, source = "trial 3" }
sms = { is = 0.0004, source = "trial 3" }
branch = { is = 0.0005, source = "trial 3" }
"""
NOW = datetime(2026, 6, 8, 2, 0, tzinfo=UTC)


def moment(said: str, zone: str = "Asia/Shanghai") -> datetime:
    """The UTC instant of a local time such as `2026-06-08 10:00`."""
    return datetime.fromisoformat(said).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def policy(*rules: str, head: str = HEAD) -> Policy:
    """A policy with the given [[rule]] bodies, its text read like any file."""
    bodies = "".join(f'[[rule]]\nowner = "test"\n{rule}\n' for rule in rules)
    return parse_policy(head + bodies, "test.toml")


def customer(**facts: Any) -> Profile:
    """An active retail customer of manager 7 who can be called."""
    plain = Profile(
        customer_id=1,
        known_before=NOW,
        kind="retail",
        status="active",
        zone="Asia/Shanghai",
        name="王小明",
        birth_date=date(1980, 5, 5),
        branch_id=3,
        manager_id=7,
        points=(Point(11, "phone", "19912345678", valid=True),),
    )
    return replace(plain, **facts)


def contact(at: str | datetime, channel: str = "sms", **facts: Any) -> PastContact:
    """A counted outbound marketing contact."""
    when = at if isinstance(at, datetime) else moment(at)
    plain = PastContact(
        f"c{when.timestamp():.0f}", when, channel, "outbound", "marketing", "delivered"
    )
    return replace(plain, **facts)


def grant(at: str, channel: str | None = None, **facts: Any) -> Consent:
    """A consent with its evidence."""
    plain = Consent(moment(at), "grant", channel, None, "branch form", "v3")
    return replace(plain, **facts)


def offer(code: str = "fund-a", family: str = "fund", **facts: Any) -> Offer:
    """An offer open to retail and private customers."""
    plain = Offer(
        code, 1, family, Text(f"offer {code}", f"产品{code}"), 100_000, ("retail", "private")
    )
    return replace(plain, **facts)


def request(channel: str = "sms", **facts: Any) -> Request:
    """A marketing request for customer 1 at the phone number 11 where the channel needs one."""
    point = None if channel == "branch" else 11
    return replace(Request("r1", 1, channel, point_id=point), **facts)


def facts(profile: Profile | None = None, *offers: Offer, holdout: bool = False) -> Facts:
    """Facts about a customer, with the offers on sale."""
    return Facts(profile or customer(), {one.code: one for one in offers}, holdout)


class Says:
    """An explainer with one reason for every customer but the silent ones."""

    def __init__(self, silent: Callable[[str, int], bool] = lambda _label, _who: False) -> None:
        self.silent, self.asked = silent, list[tuple[str, tuple[int, ...]]]()

    def reasons(self, label: str, customer_ids: Any) -> dict[int, tuple[Reason, ...]]:
        """One reason a customer."""
        self.asked.append((label, tuple(customer_ids)))
        why = Reason("money", "cash_in_30d", 5.0, 0.4, Text("Money came in", "有资金流入"))
        return {who: (why,) for who in customer_ids if not self.silent(label, who)}


@pytest.fixture(scope="session")
def a() -> SimpleNamespace:
    """The builders: a.policy, a.customer, a.contact, a.grant, a.offer, a.request, a.facts."""
    return SimpleNamespace(
        head=HEAD,
        moment=moment,
        policy=policy,
        customer=customer,
        contact=contact,
        grant=grant,
        offer=offer,
        request=request,
        facts=facts,
        explainer=Says,
    )


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger's file in its newest shape, before anything happened; for tests to copy."""
    path = tmp_path_factory.mktemp("ledger") / "empty.db"
    Ledger.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, empty_ledger: Path, tmp_path: Path) -> str:
    """The address of a ledger before anything happened: each law of the ledger holds on both."""
    if request.param == "postgresql":
        return postgres_url(tmp_path)
    return f"sqlite:///{shutil.copy(empty_ledger, tmp_path / 'ledger.db')}"


@pytest.fixture
def desk(empty_ledger: Path, tmp_path: Path) -> Iterator[Desk]:
    """A desk at a ledger in a file of its own, before anything happened."""
    path = shutil.copy(empty_ledger, tmp_path / "ledger.db")
    opened = Desk(f"sqlite:///{path}")
    yield opened
    opened.ledger.close()
