"""How often customers are contacted, what the rules held back, and whether any rule was broken."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from goodcall.language import Text
from goodcall.vocabulary import CHANNEL_NAMES, REFUSALS
from outreach import LoggedContact, Ruled, Span, StoredPlan
from reports.pages import ALL, Cell, Column, Named, Page, Sheet

# Kinds of rules by which a customer has had as many contacts as allowed; and those of the clock.
CAPS, CLOCKS = ("frequency_cap", "own_cap"), ("quiet_hours", "holidays")
BREACHES = {
    "not_allowed": Text("no decision allowed the contact", "联系未获决策允许"),
    "held_out": Text("the customer was held out", "联系了对照组客户"),
    "late": Text("what was heard later speaks against it", "后来得知的情况不允许"),
}


@dataclass(frozen=True, slots=True)
class Held:
    """What a rule held back: customers on the days' plans, and requests at the moment of contact.

    `planned` are customers a day whom it was the first to drop, `deferred` and `blocked` requests
    that it spoke against. `kind` is that of the policy that said so, the rule's own id where the
    check holds for every bank.
    """

    rule: str
    kind: str
    planned: int
    deferred: int
    blocked: int


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered to the contacts by a channel: refusals of the channel or of everything."""

    channel: str | None
    contacts: int
    opt_outs: int

    @property
    def per_1000(self) -> float | None:
        """Opt-outs per 1,000 contacts; None without a contact."""
        return 1000 * self.opt_outs / self.contacts if self.contacts else None


@dataclass(frozen=True, slots=True)
class PressureReport:
    """The contacts of a span by customer, what rules held back, and what broke one.

    `spread` gives how many customers had so many contacts, `weighed` how many customers the days'
    plans weighed, each once a day. `breaches` must be 0; one is None where it cannot be told, for
    which `missing` says why.
    """

    first: date
    last: date
    spread: Mapping[int, int]
    weighed: int
    held: tuple[Held, ...]
    answers: tuple[Answers, ...]
    breaches: Mapping[str, int | None]
    missing: tuple[Text, ...] = ()

    @property
    def contacts(self) -> int:
        """How many contacts there were."""
        return sum(number * customers for number, customers in self.spread.items())

    @property
    def at_cap(self) -> int:
        """How many customers a day had as many contacts as a cap allows, and so were dropped."""
        return sum(each.planned for each in self.held if each.kind in CAPS)

    @property
    def deferred_by_clock(self) -> int:
        """How many requests quiet hours and holidays put off; one that both did counts twice."""
        return sum(each.deferred for each in self.held if each.kind in CLOCKS)


def pressure_report(
    span: Span,
    people: Collection[int],
    plans: Sequence[StoredPlan],
    ruled: Sequence[Ruled],
    kinds: Mapping[str, Mapping[str, str]],
    *,
    breaches: Mapping[str, int | None],
    missing: Iterable[Text] = (),
) -> PressureReport:
    """The pressure on `people` and on whoever else was contacted in a span.

    `kinds` gives the kind of each rule by the version of its policy.
    """
    each = Counter(contact.customer_id for contact in span.made)
    spread = Counter(each[who] for who in {*people, *each})
    return PressureReport(
        *(span.first, span.last, dict(sorted(spread.items()))),
        sum(plan.funnel.population for plan in plans),
        _held(plans, ruled, kinds),
        _answers(span.made),
        breaches,
        tuple(missing),
    )


def pressure_page(report: PressureReport, currency: str, said: Callable[[str], Text]) -> Page:
    """A report of contact pressure as tables; `said` are the words for a rule or its kind."""
    return Page(
        Text(
            f"Contact pressure, {report.first} to {report.last}",
            f"联系频度,{report.first}至{report.last}",
        ),
        currency,
        (
            _totals(report),
            _spread(report),
            _rules(report, said),
            _opt_outs(report),
            _breaches(report),
        ),
        (
            Text(
                "a rule counts on a plan where it was the first to drop the customer that day, and "
                "for every request that it spoke against at the moment of contact",
                "规则在计划中按当日首个剔除客户的规则计数,在联系时刻按其反对的每个请求计数",
            ),
            *report.missing,
        ),
        {"from": report.first, "to": report.last},
    )


def _held(
    plans: Iterable[StoredPlan], ruled: Iterable[Ruled], kinds: Mapping[str, Mapping[str, str]]
) -> tuple[Held, ...]:
    counted: Counter[tuple[str, str, str]] = Counter()
    for plan in plans:
        known = kinds[plan.policy_version]
        for step in plan.funnel.steps:
            if step.name == "rules":
                for rule, customers in step.drops:
                    counted[rule, known.get(rule, rule), "planned"] += customers
    for each in ruled:
        if each.verdict != "allow":
            known = kinds[each.policy_version]
            for rule in each.failing:
                counted[rule, known.get(rule, rule), each.verdict] += 1
    rules = {(rule, kind) for rule, kind, _ in counted}
    found = (
        Held(rule, kind, *(counted[rule, kind, how] for how in ("planned", "defer", "block")))
        for rule, kind in rules
    )
    return tuple(
        sorted(found, key=lambda each: (-each.planned, -each.deferred - each.blocked, each.rule))
    )


def _answers(made: Sequence[LoggedContact]) -> tuple[Answers, ...]:
    def of(channel: str | None, contacts: Sequence[LoggedContact]) -> Answers:
        out = sum(not each.outcomes.isdisjoint(REFUSALS) for each in contacts)
        return Answers(channel, len(contacts), out)

    channels = sorted({each.channel for each in made})
    return (
        *(of(name, [each for each in made if each.channel == name]) for name in channels),
        of(None, made),
    )


def _totals(report: PressureReport) -> Sheet:
    customers = sum(report.spread.values())
    columns = {
        "customers": Column(Text("customers", "客户数"), "count"),
        "contacted": Column(Text("contacted", "被联系客户"), "count"),
        "contacts": Column(Text("contacts", "联系次数"), "count"),
        "mean": Column(Text("contacts a customer", "人均联系"), "number"),
        "at_cap": Column(Text("customers a day at a cap", "达上限客户日"), "count"),
        "at_cap_share": Column(Text("of those weighed", "占参评客户日"), "share"),
        "deferred_by_clock": Column(Text("put off by the clock", "静默时段顺延"), "count"),
    }
    row = (
        *(customers, customers - report.spread.get(0, 0), report.contacts),
        report.contacts / customers if customers else None,
        *(report.at_cap, report.at_cap / report.weighed if report.weighed else None),
        report.deferred_by_clock,
    )
    return Sheet("totals", Text("In all", "总览"), columns, [row])


def _spread(report: PressureReport) -> Sheet:
    columns = {
        "contacts": Column(Text("contacts", "联系次数"), "count"),
        "customers": Column(Text("customers", "客户数"), "count"),
        "share": Column(Text("share", "占比"), "share"),
    }
    whole = sum(report.spread.values())
    rows = [(number, count, count / whole) for number, count in report.spread.items()]
    return Sheet("spread", Text("Contacts by customer", "客户联系次数分布"), columns, rows)


def _rules(report: PressureReport, said: Callable[[str], Text]) -> Sheet:
    columns = {
        "rule": Column(Text("rule", "规则")),
        "kind": Column(Text("kind", "类别")),
        "planned": Column(Text("customers a day dropped by plans", "计划剔除客户日"), "count"),
        "planned_share": Column(Text("of those weighed", "占参评客户日"), "share"),
        "deferred": Column(Text("requests put off", "顺延请求"), "count"),
        "blocked": Column(Text("requests refused", "拦截请求"), "count"),
    }
    rows: list[tuple[Cell, ...]] = [
        (
            *(Named(code, said(code)) for code in (each.rule, each.kind)),
            each.planned,
            each.planned / report.weighed if report.weighed else None,
            *(each.deferred, each.blocked),
        )
        for each in report.held
    ]
    return Sheet("rules", Text("Held back by rule", "按规则拦截"), columns, rows)


def _opt_outs(report: PressureReport) -> Sheet:
    columns = {
        "channel": Column(Text("channel", "渠道")),
        "contacts": Column(Text("contacts", "联系次数"), "count"),
        "opt_outs": Column(Text("opt-outs after contact", "联系后退订"), "count"),
        "per_1000": Column(Text("per 1,000 contacts", "每千次联系"), "number"),
    }
    rows: list[tuple[Cell, ...]] = [
        (
            ALL if each.channel is None else Named(each.channel, CHANNEL_NAMES[each.channel]),
            *(each.contacts, each.opt_outs, each.per_1000),
        )
        for each in report.answers
    ]
    return Sheet("opt_outs", Text("Opt-outs after contact", "联系后退订"), columns, rows)


def _breaches(report: PressureReport) -> Sheet:
    columns = {
        "breach": Column(Text("contacts that must not be", "不应发生的联系")),
        "contacts": Column(Text("contacts", "联系次数"), "count"),
    }
    rows = [(Named(code, BREACHES[code]), count) for code, count in report.breaches.items()]
    return Sheet("breaches", Text("Must be 0", "应为零"), columns, rows)
