"""What the programme cost and brought over days, which branches work their lists, who is trained.

value = margins of the days' purchases a customer, contacted less held out, times those who may be
contacted; net = value - cost; return = net / cost. Where leaving is told over the very same days,
customers who left x what one would have brought are taken from the margins.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from goodcall.language import Text
from goodcall.vocabulary import CHANNEL_NAMES
from outreach import Offer, Span
from outreach.ab_report import Verdict
from outreach.replay import Gain
from reports.adoption import Adoption
from reports.arms import Effect
from reports.costs import Costs
from reports.effects_sheet import ONE_LOOK, VERDICTS, effects_sheet
from reports.pages import ALL, Cell, Column, Named, Page, Sheet
from reports.purchases import Purchase
from reports.trained import Trained

KINDS = {
    "one_off": Text("one-off", "一次性"),
    "monthly": Text("monthly", "按月"),
    "staff": Text("minutes of staff", "员工分钟"),
    "message": Text("messages", "消息"),
}
LEAVING = {
    True: Named("counted", Text("counted", "已计入")),
    False: Named("not_told", Text("not told", "未计入")),
}
_UNTOLD = Text(
    "who completed the training is not known: the bank's tables do not tell; give --training",
    "培训完成情况未知:银行数据表中没有,请用--training提供",
)
NO_BRANCH = Named(None, Text("no branch", "无网点"))


@dataclass(frozen=True, slots=True)
class Cost:
    """One line of the costs: so many units at a price, in cents."""

    kind: str
    name: str
    units: float
    unit_cents: float

    @property
    def cents(self) -> int:
        """What it comes to."""
        return round(self.units * self.unit_cents)


@dataclass(frozen=True, slots=True)
class ProgrammeReport:
    """Costs, what contacting brought by the hold-out, and adoption by branch.

    `value` is in cents over everybody who may be contacted; None where the hold-out cannot tell,
    for which `missing` says why. `leaving` says whether it holds what leaving took. `trained` are
    managers by branch, None where nobody said who completed the training.
    """

    first: date
    last: date
    costs: tuple[Cost, ...]
    effect: Effect | None
    value: Gain | None
    adoption: tuple[Adoption, ...]
    leaving: bool
    trained: tuple[Trained, ...] | None = None
    missing: tuple[Text, ...] = ()

    @property
    def cost_cents(self) -> int:
        """What all of it cost."""
        return sum(each.cents for each in self.costs)

    @property
    def net(self) -> Gain | None:
        """What contacting brought, less the costs, in cents."""
        if self.value is None:
            return None
        every = (self.value.value, self.value.low, self.value.high)
        return Gain(*(each - self.cost_cents for each in every))

    @property
    def returned(self) -> Gain | None:
        """The net as a share of the costs; None without costs."""
        if self.net is None or not self.cost_cents:
            return None
        every = (self.net.value, self.net.low, self.net.high)
        return Gain(*(each / self.cost_cents for each in every))

    @property
    def verdict(self) -> Verdict | None:
        """What the hold-out shows of the value; None where it cannot be asked."""
        return None if self.effect is None else self.effect.verdict


def costs_of(span: Span, costs: Costs, minutes: Mapping[str, int]) -> tuple[Cost, ...]:
    """The costs of a span's days and contacts.

    A contact takes the minutes of its row, else those of its channel in `minutes`, where it is.
    """
    taken = sum(
        minutes.get(each.channel, 0) if each.minutes is None else each.minutes for each in span.made
    )
    sent = Counter(contact.channel for contact in span.made)
    return (
        *(
            Cost("one_off", each.name, 1, each.cents)
            for each in costs.one_off
            if span.first <= each.day <= span.last
        ),
        *(
            Cost("monthly", each.name, months, each.cents)
            for each in costs.monthly
            if (months := each.months(span.first, span.last))
        ),
        Cost("staff", "", taken, costs.minute_cents),
        *(
            Cost("message", channel, sent[channel], cents)
            for channel, cents in costs.message_cents.items()
        ),
    )


def margins_of(offers: Iterable[Offer]) -> Mapping[str, float]:
    """The mean 12-month margin of each family's offers, in cents."""
    found: dict[str, list[int]] = {}
    for offer in offers:
        found.setdefault(offer.family, []).append(offer.margin_cents)
    return {family: sum(margins) / len(margins) for family, margins in found.items()}


def values_of(
    purchases: Iterable[Purchase],
    margins: Mapping[str, float],
    left: Mapping[int, float],
    customer_cents: int,
) -> Mapping[int, float]:
    """What each customer brought in cents: margins of what was bought, less what leaving took."""
    found: dict[int, float] = {who: -customer_cents * gone for who, gone in left.items()}
    for each in purchases:
        margin = margins.get(each.family, 0.0)
        found[each.customer_id] = found.get(each.customer_id, 0.0) + margin
    return found


def programme_page(report: ProgrammeReport, currency: str) -> Page:
    """A programme report as tables."""
    effects = () if report.effect is None else (report.effect,)
    basis = Text(
        "value: margins of the days' purchases, less what leaving took where it is counted, a "
        "customer contacted less held out, times those whom the draw knows and who may be "
        "contacted; costs are of all contacts of the same days",
        "价值:期内人均成交贡献(计入流失时减流失损失),联系组减对照组,乘以可联系客户数;"
        "成本含同期全部联系",
    )
    return Page(
        Text(
            f"Programme, {report.first} to {report.last}",
            f"项目投入产出,{report.first}至{report.last}",
        ),
        currency,
        (
            *(_returns(report), _costs(report), _adoption(report), _training(report)),
            effects_sheet(effects),
        ),
        (
            *(basis, *report.missing),
            *(() if report.trained is not None else (_UNTOLD,)),
            *((ONE_LOOK,) if effects else ()),
        ),
        {"from": report.first, "to": report.last},
    )


def _returns(report: ProgrammeReport) -> Sheet:
    columns = {
        "cost_cents": Column(Text("cost", "成本"), "money"),
        "leaving": Column(Text("leaving in the value", "价值含流失")),
        "value_cents": Column(Text("value brought, 95 %", "增量价值(95%)"), "money"),
        "net_cents": Column(Text("net, 95 %", "净收益(95%)"), "money"),
        "return": Column(Text("return on cost, 95 %", "投入产出(95%)"), "share"),
        "verdict": Column(Text("value by the hold-out", "增量价值结论")),
    }
    verdict = None if report.verdict is None else Named(report.verdict, VERDICTS[report.verdict])
    leaving = None if report.value is None else LEAVING[report.leaving]
    row = (report.cost_cents, leaving, report.value, report.net, report.returned, verdict)
    return Sheet("returns", Text("Cost and return", "投入与回报"), columns, [row])


def _costs(report: ProgrammeReport) -> Sheet:
    columns = {
        "kind": Column(Text("kind", "类别")),
        "name": Column(Text("what", "项目")),
        "units": Column(Text("units", "数量"), "number"),
        "unit_cents": Column(Text("price", "单价"), "price"),
        "cents": Column(Text("cost", "成本"), "money"),
    }
    rows: list[tuple[Cell, ...]] = [
        (
            Named(each.kind, KINDS[each.kind]),
            _name(each),
            *(each.units, each.unit_cents, each.cents),
        )
        for each in report.costs
    ]
    rows.append((ALL, None, None, None, report.cost_cents))
    return Sheet("costs", Text("Costs", "成本"), columns, rows)


def _name(cost: Cost) -> Cell:
    known = CHANNEL_NAMES.get(cost.name) if cost.kind == "message" else None
    return cost.name if known is None else Named(cost.name, known)


def _adoption(report: ProgrammeReport) -> Sheet:
    columns = {
        "branch_id": Column(Text("branch", "网点")),
        "listed": Column(Text("rows listed", "入名单行数"), "count"),
        "worked": Column(Text("rows worked", "已处理行数"), "count"),
        "share": Column(Text("adoption", "使用率"), "share"),
    }
    whole = Adoption(
        None,
        sum(each.listed for each in report.adoption),
        sum(each.worked for each in report.adoption),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            NO_BRANCH if each.branch_id is None else each.branch_id,
            each.listed,
            each.worked,
            each.share,
        )
        for each in report.adoption
    ]
    rows.append((ALL, whole.listed, whole.worked, whole.share))
    return Sheet("adoption", Text("Adoption by branch", "网点使用情况"), columns, rows)


def _training(report: ProgrammeReport) -> Sheet:
    columns = {
        "branch_id": Column(Text("branch", "网点")),
        "managers": Column(Text("managers", "客户经理数"), "count"),
        "trained": Column(Text("completed the training", "完成培训"), "count"),
        "share": Column(Text("of managers", "完成率"), "share"),
    }
    rows: list[tuple[Cell, ...]] = []
    if found := report.trained:
        whole = Trained(
            None, sum(each.managers for each in found), sum(each.trained for each in found)
        )
        rows = [
            (NO_BRANCH if each.branch_id is None else each.branch_id, *_figures(each))
            for each in found
        ]
        rows.append((ALL, *_figures(whole)))
    return Sheet("training", Text("Training by branch", "网点培训完成情况"), columns, rows)


def _figures(trained: Trained) -> tuple[Cell, ...]:
    return trained.managers, trained.trained, trained.share
