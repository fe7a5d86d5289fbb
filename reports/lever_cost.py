"""What levers gave up over a span of days: what lists without any would have brought more."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from goodcall.language import Text
from outreach import StoredPlan
from reports.pages import ALL, Cell, Column, Page, Sheet


@dataclass(frozen=True, slots=True)
class LeverLine:
    """One lever over the days on which it was in a plan; `cost_cents` is what it alone gave up.

    `rows` are those that it moved, onto lists or off them, `held_back` those beyond its caps.
    """

    id: str
    owner: str
    days: int
    rows: int
    held_back: int
    cost_cents: int


@dataclass(frozen=True, slots=True)
class LeverDay:
    """A day's plan, or all of them (`day` None); levers pull together, so the whole is no sum.

    `expected_cents` is the value of the lists without what levers add to it, `given_up_cents` how
    much more lists without any lever would have brought. The value is None of plans of earlier
    releases.
    """

    day: date | None
    expected_cents: int | None
    given_up_cents: int

    @property
    def share(self) -> float | None:
        """What was given up of the value of lists without any lever; None where it is not known."""
        if self.expected_cents is None:
            return None
        whole = self.expected_cents + self.given_up_cents
        return self.given_up_cents / whole if whole > 0 else None


def lever_lines(plans: Iterable[StoredPlan]) -> tuple[LeverLine, ...]:
    """Every lever of some plans with what it alone gave up, the dearest first."""
    found: dict[tuple[str, str], LeverLine] = {}
    for plan in plans:
        for use in plan.balance.levers:
            old = found.get((use.id, use.owner), LeverLine(use.id, use.owner, 0, 0, 0, 0))
            found[use.id, use.owner] = LeverLine(
                *(use.id, use.owner, old.days + 1, old.rows + use.rows),
                old.held_back + use.held_back,
                old.cost_cents + use.cost_cents,
            )
    return tuple(sorted(found.values(), key=lambda line: (-line.cost_cents, line.id, line.owner)))


def lever_days(plans: Sequence[StoredPlan]) -> tuple[LeverDay, ...]:
    """What all levers together gave up, plan by plan, and of all plans last."""
    days = [
        LeverDay(plan.day, plan.balance.expected_cents, plan.balance.lever_cost_cents)
        for plan in plans
    ]
    values = [each.expected_cents for each in days]
    whole = None if None in values else sum(value for value in values if value is not None)
    return (*days, LeverDay(None, whole, sum(each.given_up_cents for each in days)))


def levers_page(plans: Sequence[StoredPlan], first: date, last: date, currency: str) -> Page:
    """What levers gave up as tables: the levers, and the days."""
    return Page(
        Text(f"Cost of levers, {first} to {last}", f"干预成本,{first}至{last}"),
        currency,
        (_levers(lever_lines(plans)), _days(lever_days(plans))),
        (
            Text(
                "alone: what lists without any lever would have brought more than lists with that "
                "one only; together they may give up more or less than the sum",
                "单项放弃价值:无任何干预的名单比仅有该项时多带来的价值;合计未必等于各项之和",
            ),
        ),
        {"from": first, "to": last},
    )


def _levers(lines: Iterable[LeverLine]) -> Sheet:
    columns = {
        "lever": Column(Text("lever", "干预项")),
        "owner": Column(Text("owner", "负责方")),
        "days": Column(Text("days", "天数"), "count"),
        "rows": Column(Text("rows moved", "改变行数"), "count"),
        "held_back": Column(Text("rows beyond the caps", "超上限行数"), "count"),
        "cost_cents": Column(Text("given up alone", "单项放弃价值"), "money"),
    }
    rows: list[tuple[Cell, ...]] = [
        (each.id, each.owner, each.days, each.rows, each.held_back, each.cost_cents)
        for each in lines
    ]
    return Sheet("levers", Text("By lever", "按干预项"), columns, rows)


def _days(days: Iterable[LeverDay]) -> Sheet:
    columns = {
        "day": Column(Text("day", "日期")),
        "expected_cents": Column(Text("value of the lists", "名单价值"), "money"),
        "given_up_cents": Column(Text("given up", "放弃价值"), "money"),
        "share": Column(Text("of lists without levers", "占无干预名单"), "share"),
    }
    rows: list[tuple[Cell, ...]] = [
        (
            ALL if each.day is None else each.day,
            *(each.expected_cents, each.given_up_cents, each.share),
        )
        for each in days
    ]
    return Sheet("days", Text("All levers together, by day", "全部干预项:按日"), columns, rows)
