"""A bank's desk for tests: a policy read from its text, a ledger in a file, and people to ask for.

Whatever was sent before is sent through the ledger too, under the same policy without its rules.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from goodcall.language import Text
from goodcall.ports import FieldCipher
from goodcall.profile import Consent, PastContact, Point, Profile
from outreach import Decision, Ledger, Offer, Policy, Request, parse_policy
from outreach.notes import Note
from outreach.offer import tagged

SHANGHAI = "Asia/Shanghai"
# What a manager's minutes, and the number or address of which kind, each channel takes.
CHANNELS = {
    "phone": (8, "phone"),
    "sms": (1, "phone"),
    "email": (1, "email"),
    "app": (0, None),
    "post": (1, None),
    "branch": (20, None),
}
_ASSUMED = ', source = "assumed" }'
_BY_CHANNEL = {"lift_ratio": 1.5, "opt_out_probability": 0.001, "complaint_probability": 0.0001}
_FIGURES = {
    "opt_out_cents": 20000,
    "complaint_cents": 50000,
    "fatigue_cents": 300,
    "fatigue_days": 30,
    "cannibalisation": 0.25,
    "deposit_margin_bps": 120,
    "months": 36,
    "discount": 0.08,
}
# What is said first of a contact by each channel when nothing more is told.
_REACHED = {"phone": "CONNECTED_THINKING", "branch": "CONNECTED_THINKING"}
EVERY_DAY = '["mon", "tue", "wed", "thu", "fri", "sat", "sun"]'


def policy_of(*rules: str, more: str = "", channels: Iterable[str] = CHANNELS) -> Policy:
    """The policy with these [[rule]] bodies and more tables, read from its text like any file."""
    lines = [f'zone = "{SHANGHAI}"', 'currency = "CNY"']
    used = list(channels)
    for name in used:
        minutes, points = CHANNELS[name]
        lines += ["[[channel]]", f'id = "{name}"', "cost_cents = { is = 100" + _ASSUMED]
        lines += [f"minutes = {minutes}"] if minutes else []
        lines += [f'points = "{points}"'] if points else []
    lines += ["[capacity]", "default_minutes = 60", "[lists]", 'by = "manager"']
    lines += ["[holdout]", "share = 0.10", "[value]"]
    lines += [f"{name} = {{ is = {figure}{_ASSUMED}" for name, figure in _FIGURES.items()]
    lines += ["[value.save_rate]", "phone = { is = 0.2" + _ASSUMED]
    for table, figure in _BY_CHANNEL.items():
        lines += [f"[value.{table}]"]
        lines += [f"{channel} = {{ is = {figure}{_ASSUMED}" for channel in used]
    bodies = "".join(f'[[rule]]\nowner = "test"\n{rule.strip()}\n' for rule in rules)
    return parse_policy("\n".join(lines) + "\n" + bodies + more, "test.toml")


def hours(*windows: tuple[str, str], days: str = EVERY_DAY, more: str = "") -> str:
    """Quiet hours around windows such as ("09:00", "21:00") of some weekdays."""
    allowed = ", ".join(f'{{ days = {days}, from = "{f}", to = "{t}" }}' for f, t in windows)
    return f'id = "hours"\nkind = "quiet_hours"\nallowed = [{allowed}]\n{more}'


def moment(said: str | datetime, zone: str = SHANGHAI) -> datetime:
    """The UTC instant of a local time such as `2026-06-08 10:00`."""
    if isinstance(said, datetime):
        return said
    return datetime.fromisoformat(said).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def customer(who: int = 1, **facts: Any) -> Profile:
    """An active retail customer of manager 7 with a number (11, 21, ...) and an address (12)."""
    plain = Profile(
        customer_id=who,
        known_before=datetime(2026, 1, 1, tzinfo=UTC),
        kind="retail",
        status="active",
        zone=SHANGHAI,
        birth_date=date(1980, 5, 5),
        branch_id=3,
        manager_id=7,
        points=(
            Point(who * 10 + 1, "phone", f"199{who:08}", valid=True),
            Point(who * 10 + 2, "email", f"{who}@example.com", valid=True),
        ),
    )
    return replace(plain, **facts)


def offer(code: str, family: str = "fund", **facts: Any) -> Offer:
    """An offer open to every retail customer."""
    return replace(Offer(code, 1, family, Text(code, code), 100_000, ("retail",)), **facts)


def grant(at: str, channel: str | None = None, **facts: Any) -> Consent:
    """A consent with its evidence."""
    plain = Consent(moment(at), "grant", channel, None, "branch form", "v3")
    return replace(plain, **facts)


def past(at: str, channel: str = "sms", **facts: Any) -> PastContact:
    """A counted outbound marketing contact of the bank's own table."""
    when = moment(at)
    plain = PastContact(
        f"bank:{when.timestamp():.0f}:{channel}",
        *(when, channel, "outbound", "marketing", "delivered"),
    )
    return replace(plain, **facts)


def counts(decision: Decision, rule: str) -> tuple[int | None, int | None]:
    """What a rule counted before the request, and what it left."""
    (verdict,) = (check.verdict for check in decision.checks if check.rule == rule)
    return verdict.counted, verdict.left


def why(decision: Decision) -> list[str | None]:
    """The codes that the failing checks gave."""
    return [check.verdict.because for check in decision.checks if not check.verdict.passes]


class Desk:
    """Who asks the ledger, the way an agent's screen does; `zone` is that of the times said."""

    def __init__(self, url: str, cipher: FieldCipher | None = None) -> None:
        """Open the ledger at an address; customer 1 is known, and the policy has no rules."""
        self.ledger = Ledger.open(url, cipher)
        self.zone = SHANGHAI
        self.policy = policy_of()
        self.people = {1: customer()}
        self.offers: dict[str, Offer] = {}
        self.holdout: set[int] = set()
        self._numbers = count(1)

    def under(self, *rules: str, more: str = "") -> "Desk":
        """The desk with a policy of these rules from now on."""
        self.policy = policy_of(*rules, more=more)
        return self

    def knows(self, *profiles: Profile) -> "Desk":
        """The desk with these customers as the bank's tables have them now."""
        self.people |= {profile.customer_id: profile for profile in profiles}
        return self

    def sells(self, *offers: Offer) -> "Desk":
        """The desk with these offers on sale."""
        self.offers |= {one.code: one for one in offers}
        return self

    def ask(self, at: str | datetime, channel: str = "sms", who: int = 1, **said: Any) -> Decision:
        """The decision on a request, reserved where it is allowed."""
        asked = self.request(channel, who, **said)
        return self.ledger.reserve(asked, self.people[who], **self._around(at, who, self.policy))

    def would(
        self, at: str | datetime, channel: str = "sms", who: int = 1, **said: Any
    ) -> Decision:
        """The decision that a request would get; nothing is kept."""
        asked = self.request(channel, who, **said)
        return self.ledger.explain(asked, self.people[who], **self._around(at, who, self.policy))

    def sent(
        self,
        at: str | datetime,
        channel: str = "sms",
        outcome: str | None = None,
        who: int = 1,
        **said: Any,
    ) -> int:
        """The id of a contact that was made, and that reached its customer unless told otherwise.

        It was reserved under a policy without rules.
        """
        asked = self.request(channel, who, **said)
        decision = self.ledger.reserve(
            asked, self.people[who], **self._around(at, who, policy_of())
        )
        assert decision.verdict == "allow", decision.failing
        contacts = self.ledger.contact_ids(asked.request_id)
        for contact, leg in zip(contacts, asked.legs, strict=True):
            self.hears(contact, outcome or _REACHED.get(leg.channel, "DELIVERED"), at)
        return contacts[0]

    def hears(
        self, contact: int, code: str, at: str | datetime, *, now: str | datetime | None = None
    ) -> None:
        """Take note of an outcome of `at`, told then or later at `now`."""
        when = moment(at, self.zone)
        known = when if now is None else moment(now, self.zone)
        self.ledger.record_outcome(contact, code, now=known, agent=5, happened_at=when)

    def notes(self, said: Note, at: str | datetime, who: int = 1) -> None:
        """Take note of what a customer said or the bank found out."""
        self.ledger.note(who, said, now=moment(at, self.zone), agent=5)

    def request(self, channel: str = "sms", who: int = 1, **said: Any) -> Request:
        """A marketing request to a customer's number or address where the channel needs one."""
        point = {"phone": who * 10 + 1, "email": who * 10 + 2}.get(CHANNELS[channel][1] or "")
        plain = {"request_id": f"r{next(self._numbers)}", "point_id": point}
        return Request(customer_id=who, channel=channel, **(plain | said))

    def on_sale(self) -> tuple[Offer, ...]:
        """The offers with the tags that the policy gives them now."""
        return tuple(tagged(one, self.policy.tags) for one in self.offers.values())

    def _around(self, at: str | datetime, who: int, policy: Policy) -> dict[str, Any]:
        home = self.people[who].household_id
        family: Iterable[Profile] = () if home is None else self.people.values()
        return {
            "offers": self.on_sale(),
            "policy": policy,
            "now": moment(at, self.zone),
            "holdout": who in self.holdout,
            "relatives": [one for one in family if one.household_id == home],
        }
