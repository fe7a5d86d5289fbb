"""The one judge of a contact: (request, facts, policy, now) in, a decision with its trail out."""

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from operator import attrgetter
from typing import Any, Literal

from goodcall.calendar import local_date, start_of_day
from outreach.asked import OPEN_STEPS, check_request
from outreach.builtin import OWN_KINDS, own_rules
from outreach.policy import Policy, Rule
from outreach.request import Facts, Request, Verdict, check_moment
from outreach.rules import local_zone
from outreach.rules.hours import HolidayTerms, HoursTerms
from outreach.states import ends_of, facts_at

# A clock change may eat the only minute that two rules have in common; ten years settle it.
_HORIZON = timedelta(days=3653)
_CLOCKS = (HoursTerms, HolidayTerms)
_OFFER = "offer_code"


@dataclass(frozen=True, slots=True)
class Check:
    """What one rule answered inside a decision."""

    rule: str
    step: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a contact may happen, when, and what every rule said.

    `until` is the first later instant at which the whole request would be allowed if no further
    fact arrived, None where it is allowed now or never would be. `overridden` are failing rules
    that an approver took out of the verdict.
    """

    request_id: str
    verdict: Literal["allow", "defer", "block"]
    until: datetime | None
    failing: tuple[str, ...]
    checks: tuple[Check, ...]
    policy_version: str
    decided_at: datetime
    overridden: tuple[str, ...] = ()

    @property
    def flags(self) -> tuple[str, ...]:
        """What the person who contacts the customer must know though nothing speaks against it."""
        said = (c.verdict.because for c in self.checks if c.verdict.passes)
        return tuple(dict.fromkeys(because for because in said if because is not None))


@dataclass(frozen=True, slots=True)
class Matter:
    """A request with all that it is judged by; at `ends` reservations among the facts run out."""

    request: Request
    facts: Facts
    policy: Policy
    ends: tuple[datetime, ...] = ()


class Memo:
    """What rules answered about one customer's facts, for requests that differ only in channel,
    purpose, offer and point.
    """  # noqa: D205 - one sentence

    def __init__(self) -> None:
        self.benches: dict[str, Bench] = {}
        self._answers: dict[tuple[object, ...], Check | None] = {}

    def answer(self, rule: Rule, matter: Matter, now: datetime) -> Check | None:
        """What a rule says at `now`, None once its last day is over.

        It is asked once for each value of what it reads.
        """
        own = rule.terms if rule.kind in OWN_KINDS else None
        read = _reader(rule.reads)(matter.request) if rule.reads else None
        key = (rule.id, own, now, read)
        if key not in self._answers:
            verdict = _in_force(rule, matter, now)
            self._answers[key] = None if verdict is None else Check(rule.id, rule.step, verdict)
        return self._answers[key]


class Bench:
    """Rules in the policy's order; what most say of a customer is kept for all offers.

    Those that read nothing of the offer answer once for each channel, purpose and point.
    """

    def __init__(self, rules: Iterable[Rule], memo: Memo) -> None:
        """Take rules that bind every request that will be judged."""
        self.rules, self._memo = tuple(rules), memo
        self._of_offer = [(at, rule) for at, rule in enumerate(self.rules) if _OFFER in rule.reads]
        self._common: dict[tuple[object, ...], list[Check | None]] = {}

    def judge(self, matter: Matter, now: datetime) -> list[Check]:
        """What each rule in force says at `now`."""
        if matter.ends:
            matter = replace(matter, facts=facts_at(matter.facts, now))
        request, answer = matter.request, self._memo.answer
        frame = (request.channel, request.purpose, request.point_id, now)
        if frame not in self._common:
            self._common[frame] = [
                None if _OFFER in rule.reads else answer(rule, matter, now) for rule in self.rules
            ]
        checks = self._common[frame].copy()
        for place, rule in self._of_offer:
            checks[place] = answer(rule, matter, now)
        return [check for check in checks if check is not None]


@cache
def _reader(fields: tuple[str, ...]) -> Callable[[Request], object]:
    return attrgetter(*fields)


def decide(
    request: Request, facts: Facts, policy: Policy, now: datetime, *, memo: Memo | None = None
) -> Decision:
    """The decision on a request at `now`, a UTC instant of whole seconds.

    Every rule answers even after one has failed; the most restrictive wins. A `memo` may be shared
    by requests about the same facts that differ only in channel, purpose, offer and point.
    """
    check_moment(now)
    check_request(request, facts, policy, now)
    matter = Matter(request, facts, policy, ends_of(facts))
    memo = Memo() if memo is None else memo
    bench = memo.benches.get(request.channel)
    if bench is None:
        bench = memo.benches[request.channel] = Bench(_bound(request, facts, policy), memo)
    checks = bench.judge(matter, now)
    failing = against = _failing(checks)
    binding, named = bench, () if request.override is None else request.override.rules
    if named:
        open_ = (rule for rule in bench.rules if not _waived(rule.id, rule.step, named))
        binding = Bench(open_, memo)
        against = [check for check in failing if not _waived(check.rule, check.step, named)]
    until = _first_allowed(binding, against, matter, now) if against else None
    ids = {check.rule for check in against}
    return Decision(
        request_id=request.request_id,
        verdict=_verdict([rule for rule in binding.rules if rule.id in ids], until, matter, now),
        until=until,
        failing=_ids(failing),
        checks=tuple(checks),
        policy_version=policy.version,
        decided_at=now.astimezone(UTC),
        overridden=_ids(check for check in failing if _waived(check.rule, check.step, named)),
    )


def opening(
    request: Request, facts: Facts, policy: Policy, start: datetime, end: datetime
) -> datetime:
    """The first instant in [start, end) at which quiet hours allow the request, else `start`."""
    matter = Matter(request, facts, policy)
    clocks = (r for r in policy.rules if isinstance(r.terms, _CLOCKS) and r.binds(request))
    hours = Bench(clocks, Memo())
    failing = _failing(hours.judge(matter, start))
    until = _first_allowed(hours, failing, matter, start) if failing else start
    return start if until is None or until >= end else until


def decision_to_json(decision: Decision) -> str:
    """A decision as JSON, for the ledger."""
    return json.dumps(
        {
            "request_id": decision.request_id,
            "verdict": decision.verdict,
            "until": instant_text(decision.until),
            "failing": decision.failing,
            "checks": [check_values(check) for check in decision.checks],
            "policy_version": decision.policy_version,
            "decided_at": instant_text(decision.decided_at),
            "overridden": decision.overridden,
        },
        separators=(",", ":"),
    )


def decision_from_json(text: str) -> Decision:
    """The decision that `decision_to_json` wrote."""
    said = json.loads(text)
    return Decision(
        request_id=said["request_id"],
        verdict=said["verdict"],
        until=instant_of(said["until"]),
        failing=tuple(said["failing"]),
        checks=tuple(check_of(values) for values in said["checks"]),
        policy_version=said["policy_version"],
        decided_at=datetime.fromisoformat(said["decided_at"]),
        overridden=tuple(said.get("overridden", ())),
    )


def check_values(check: Check) -> list[Any]:
    """A check as a JSON array: rule, step, passes, until, counted, left, because."""
    v = check.verdict
    return [
        *(check.rule, check.step, v.passes, instant_text(v.until)),
        *(v.counted, v.left, v.because),
    ]


def check_of(values: list[Any]) -> Check:
    """The check that `check_values` wrote."""
    rule, step, passes, until, counted, left, because = values
    return Check(rule, step, Verdict(passes, instant_of(until), counted, left, because))


def instant_text(instant: datetime | None) -> str | None:
    """An instant as UTC in ISO 8601."""
    return None if instant is None else instant.astimezone(UTC).isoformat()


def instant_of(text: str | None) -> datetime | None:
    """The instant that `instant_text` wrote."""
    return None if text is None else datetime.fromisoformat(text)


def _bound(request: Request, facts: Facts, policy: Policy) -> list[Rule]:
    """The rules that a request is judged by, the customer's own wishes among them, by step."""
    rules: Iterable[Rule] = policy.rules
    if facts.profile.preferences:
        taken = frozenset(rule.id for rule in policy.rules)
        own = own_rules(facts.profile, policy.zone, taken)
        rules = sorted((*policy.rules, *own), key=lambda rule: rule.step)
    return [rule for rule in rules if rule.binds(request)]


def _failing(checks: Iterable[Check]) -> list[Check]:
    return [check for check in checks if not check.verdict.passes]


def _ids(checks: Iterable[Check]) -> tuple[str, ...]:
    """The rules of checks, each once: wishes of a customer may share an id."""
    return tuple(dict.fromkeys(check.rule for check in checks))


def _waived(name: str, step: int, named: Collection[str]) -> bool:
    # A wish that also names channels binds by its id in a step that nobody may override.
    return name in named and step in OPEN_STEPS


def _in_force(rule: Rule, matter: Matter, now: datetime) -> Verdict | None:
    """A rule's verdict, None once its last day is over; its own end also frees what it stops."""
    if rule.expires is None:
        return _by_channel(rule, matter, now)
    end = start_of_day(rule.expires + timedelta(days=1), matter.policy.zone)
    if now >= end:
        return None
    verdict = _by_channel(rule, matter, now)
    if verdict.passes or (verdict.until is not None and verdict.until <= end):
        return verdict
    return replace(verdict, until=end)


def _by_channel(rule: Rule, matter: Matter, now: datetime) -> Verdict:
    """The verdict on all channels of a request together, the strictest of any of them."""
    request, facts = matter.request, matter.facts
    if rule.whole or not request.also:
        return rule.check(request, facts, now, rule.terms)
    legs = [leg for leg in request.legs if rule.binds(leg)]
    verdicts = [rule.check(leg, facts, now, rule.terms) for leg in legs]
    failing = [verdict for verdict in verdicts if not verdict.passes]
    for verdict in failing:
        if verdict.until is None:
            return verdict
    # One that still fails then is asked again by whoever looks for the first allowed instant.
    return max(failing, key=_end, default=verdicts[0])


def _end(verdict: Verdict) -> datetime:
    return verdict.until or datetime.max.replace(tzinfo=UTC)


def _first_allowed(
    rules: Bench, failing: list[Check], matter: Matter, now: datetime
) -> datetime | None:
    """The first instant after `now` at which every rule passes.

    No rule that fails passes before its own `until` while the facts stay, so nothing before the
    latest of them is allowed: go there, or to where a reservation runs out before, and ask again.
    """
    at = now
    while failing:
        freed = [check.verdict.until for check in failing if check.verdict.until is not None]
        free = _whole_second(max(freed)) if len(freed) == len(failing) else None
        end = next((each for each in matter.ends if each > at), free)
        if free is None and end is None:
            return None
        at = min(each for each in (free, end) if each is not None)
        if at - now > _HORIZON:
            return None
        failing = _failing(rules.judge(matter, at))
    return at


def _verdict(
    failing: list[Rule], until: datetime | None, matter: Matter, now: datetime
) -> Literal["allow", "defer", "block"]:
    """Deferred is what time alone frees today, or what only queueing quiet hours hold back."""
    if not failing:
        return "allow"
    hours = [rule.terms for rule in failing if isinstance(rule.terms, _CLOCKS)]
    if until is None or any(not terms.queue for terms in hours):
        return "block"
    zone = local_zone(matter.facts.profile, matter.policy.zone)
    today = local_date(until, zone) == local_date(now, zone)
    return "defer" if today or len(hours) == len(failing) else "block"


def _whole_second(instant: datetime) -> datetime:
    """The instant itself, or the next whole second after it."""
    if instant.microsecond:
        return instant.replace(microsecond=0) + timedelta(seconds=1)
    return instant
