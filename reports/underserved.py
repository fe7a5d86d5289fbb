"""Customers for whom a day's plan found nothing to do, by what stood against it, or little."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from goodcall.language import Text
from outreach import Trail
from reports.pages import ALL, Cell, Column, Named, Page, Sheet

# Nobody looks for an action for the hold-out; from here on an action was found.
_HELD_OUT, _FOUND = "holdout", ("reasons", "capacity", "listed")


@dataclass(frozen=True, slots=True)
class Underserved:
    """A customer without an action, or whose best is among the least probable.

    `step` and `reason` say how far the plan came and why no further, `best` is the greatest
    probability of an action that was found, None where no score valued one.
    """

    customer_id: int
    list_id: int | None
    step: str
    reason: str
    best: float | None


@dataclass(frozen=True, slots=True)
class UnderservedReport:
    """The under-served of a day's plan.

    `weighed` are all for whom the plan looked for an action, `none` those for whom it found none,
    and `little` those whose best action is no more probable than `threshold`, the quantile `share`
    of the best of everybody who has one.
    """

    day: date
    share: float
    weighed: int
    none: tuple[Underserved, ...]
    little: tuple[Underserved, ...]
    threshold: float | None

    @property
    def by_rule(self) -> Mapping[tuple[str, str], int]:
        """How many had no action by step and reason, the most first."""
        found = Counter((each.step, each.reason) for each in self.none)
        return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))


def underserved_report(trails: Iterable[Trail], day: date, share: float) -> UnderservedReport:
    """Whom a day's plan leaves without an action, or with one among the least probable `share`."""
    found = [_served(trail) for trail in trails if trail.step != _HELD_OUT]
    best = sorted(each.best for each in found if each.best is not None)
    count = round(share * len(best))
    threshold = best[count - 1] if count else None
    return UnderservedReport(
        day,
        share,
        len(found),
        tuple(each for each in found if each.step not in _FOUND),
        tuple(
            each
            for each in found
            if threshold is not None and each.best is not None and each.best <= threshold
        ),
        threshold,
    )


def underserved_page(
    report: UnderservedReport, currency: str, steps: Mapping[str, Text], said: Callable[[str], Text]
) -> Page:
    """The report as tables; `steps` are the words for steps, `said` those for a reason."""
    columns = {
        "step": Column(Text("step", "环节")),
        "reason": Column(Text("what stands against it", "原因")),
        "customers": Column(Text("customers", "客户数"), "count"),
        "share": Column(Text("of those weighed", "占参评客户"), "share"),
    }
    rows: list[tuple[Cell, ...]] = [
        (
            *(Named(step, steps[step]), Named(reason, said(reason)), customers),
            customers / report.weighed,
        )
        for (step, reason), customers in report.by_rule.items()
    ]
    every = (len(report.none), len(report.none) / report.weighed if report.weighed else None)
    rows.append((ALL, None, *every))
    threshold = "–" if report.threshold is None else f"{report.threshold:.1%}"
    return Page(
        Text(f"Under-served customers of {report.day}", f"服务不足客户,{report.day}"),
        currency,
        (
            Sheet("none", Text("Nothing to do, by reason", "无可执行动作:按原因"), columns, rows),
            _customers(report, steps, said),
        ),
        (
            Text(
                f"{report.weighed:,} customers were weighed, the hold-out aside; what was against "
                "the action that came furthest counts",
                f"参评客户{report.weighed:,}人(不含对照组);按进展最远的动作所遇原因计",
            ),
            Text(
                f"{len(report.little):,} have an action, but the most probable is at {threshold} "
                f"at most, the lowest {report.share:.0%}",
                f"{len(report.little):,}人最佳动作概率不高于{threshold}(最低{report.share:.0%})",
            ),
        ),
        {
            "day": report.day,
            "weighed": report.weighed,
            "share": report.share,
            "threshold": report.threshold,
        },
    )


def _served(trail: Trail) -> Underserved:
    """The customer with the best action that the rules allow and that is worth a contact."""
    found = [
        each.action.probability
        for each in trail.attempts
        if each.action is not None and each.step in _FOUND
    ]
    best = max(found, default=None)
    return Underserved(trail.customer_id, trail.list_id, trail.step, trail.reason, best)


def _customers(
    report: UnderservedReport, steps: Mapping[str, Text], said: Callable[[str], Text]
) -> Sheet:
    columns = {
        "customer_id": Column(Text("customer", "客户编号")),
        "list_id": Column(Text("list", "名单")),
        "step": Column(Text("step", "环节")),
        "reason": Column(Text("reason", "原因")),
        "best": Column(Text("best probability", "最佳概率"), "share"),
    }
    rows: list[tuple[Cell, ...]] = [
        (
            *(each.customer_id, each.list_id),
            *(Named(each.step, steps[each.step]), Named(each.reason, said(each.reason))),
            each.best,
        )
        for each in (*report.none, *report.little)
    ]
    return Sheet("customers", Text("Customer by customer", "逐户明细"), columns, rows)
