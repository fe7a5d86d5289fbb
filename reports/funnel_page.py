"""A day's funnel as a page, followed from the lists to who was contacted and who said yes."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from goodcall.language import Text
from goodcall.outcome_words import outcome_words
from outreach import FunnelStep, LoggedContact, Span
from outreach.row_states import WORKED
from reports.day import DAY_COLUMNS, part_of
from reports.funnel import FunnelReport
from reports.pages import ALL, Cell, Column, Named, Page, Sheet

# Who said one of these took what was proposed; of a care call, stayed.
ACCEPTED = ("ACCEPTED", "APPLIED", "PURCHASED", "SAVED")
AFTER = {
    "contacted": Text("contacted", "已联系"),
    "accepted": Text("accepted", "已接受"),
}
_NOTHING_SAID = "no_outcome"
_FUNNEL = {
    "step": Column(Text("step", "环节")),
    "entered": Column(Text("came to it", "进入"), "count"),
    "dropped": Column(Text("left out", "剔除"), "count"),
    "passed": Column(Text("went on", "通过"), "count"),
    "share": Column(Text("of customers known", "占已知客户"), "share"),
}
_DROPS = {
    "step": Column(Text("step", "环节")),
    "reason": Column(Text("what stood against it", "原因")),
    "customers": Column(Text("customers", "客户数"), "count"),
}
_LISTS = {
    "list_id": Column(Text("list", "名单")),
    "listed": Column(Text("listed", "列入名单"), "count"),
    "contacted": Column(Text("contacted", "已联系"), "count"),
    "accepted": Column(Text("accepted", "已接受"), "count"),
}


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of a day's listed customers: the steps `contacted` and `accepted`, and by list.

    `by_list` gives the customers listed, contacted and accepted of each list with rows.
    """

    steps: tuple[FunnelStep, FunnelStep]
    by_list: Mapping[int, tuple[int, int, int]]


def followed(span: Span) -> Followed:
    """What became of the rows of a span of one day, by contacts up to the end of the span's.

    Who was not contacted counts by what became of the row, who did not accept by the last outcome.
    """
    about: dict[str, list[LoggedContact]] = defaultdict(list)
    for contact in span.contacts:
        if not contact.states.isdisjoint(WORKED):
            about[contact.row_id].append(contact)
    ends: dict[str, Counter[str]] = {name: Counter() for name in AFTER}
    lists: dict[int, Counter[str]] = defaultdict(Counter)
    for each in span.rows:
        row, made = each.listed.row, about[each.listed.row.request_id]
        said = [code for contact in made for code in contact.said]
        lists[row.list_id]["listed"] += 1
        if not made:
            ends["contacted"][part_of(each.listed)] += 1
            continue
        lists[row.list_id]["contacted"] += 1
        if set(said).isdisjoint(ACCEPTED):
            ends["accepted"][said[-1] if said else _NOTHING_SAID] += 1
        else:
            lists[row.list_id]["accepted"] += 1
    contacted = FunnelStep("contacted", len(span.rows), _drops(ends["contacted"]))
    accepted = FunnelStep("accepted", contacted.passed, _drops(ends["accepted"]))
    return Followed(
        (contacted, accepted),
        {
            number: (counts["listed"], counts["contacted"], counts["accepted"])
            for number, counts in sorted(lists.items())
        },
    )


def funnel_page(
    report: FunnelReport,
    after: Followed,
    currency: str,
    steps: Mapping[str, Text],
    said: Callable[[str], Text],
) -> Page:
    """A funnel as tables; `steps` are the words for a plan's steps, `said` those for a reason."""
    every, names = (*report.funnel.steps, *after.steps), {**steps, **AFTER}
    return Page(
        Text(f"Funnel of {report.day}", f"{report.day}决策漏斗"),
        currency,
        (_steps(report, after, names), _reasons(every, names, said), _lists(after)),
        (
            Text(
                "contacted: an attempt was made for the row; accepted: told that the customer "
                "accepted, applied or bought, or of a care call that the customer was saved, as "
                "far as it was told by now",
                "已联系:已就该行尝试联系;已接受:记录为接受、申请、成交,关怀联系则为挽留成功(截至目前)",
            ),
            Text(
                f"policy {report.policy_version}, plan {report.digest}",
                f"规则版本{report.policy_version},计划{report.digest}",
            ),
        ),
        {
            "day": report.day,
            "population": report.funnel.population,
            "listed": report.funnel.listed,
            "policy": report.policy_version,
            "plan": report.digest,
        },
    )


def _drops(ends: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(ends.items(), key=lambda end: (-end[1], end[0])))


def _steps(report: FunnelReport, after: Followed, names: Mapping[str, Text]) -> Sheet:
    funnel = report.funnel
    every = (
        *(FunnelStep("population", funnel.population, ()), *funnel.steps),
        *(FunnelStep("listed", funnel.listed, ()), *after.steps),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            *(Named(step.name, names[step.name]), step.entered, step.entered - step.passed),
            *(step.passed, step.passed / funnel.population if funnel.population else None),
        )
        for step in every
    ]
    return Sheet("funnel", Text("Step by step", "逐环节"), _FUNNEL, rows)


def _reasons(
    every: Iterable[FunnelStep], names: Mapping[str, Text], said: Callable[[str], Text]
) -> Sheet:
    rows: list[tuple[Cell, ...]] = [
        (
            Named(step.name, names[step.name]),
            Named(why, _after_words(why) if step.name in AFTER else said(why)),
            customers,
        )
        for step in every
        for why, customers in step.drops
    ]
    return Sheet("drops", Text("Why customers were left out", "剔除原因"), _DROPS, rows)


def _after_words(why: str) -> Text:
    """What became of a row that was not contacted, or the last outcome of one that was."""
    if why == _NOTHING_SAID:
        return Text("no outcome yet", "未记录结果")
    return DAY_COLUMNS.get(why) or outcome_words(why)


def _lists(after: Followed) -> Sheet:
    rows: list[tuple[Cell, ...]] = [(number, *counts) for number, counts in after.by_list.items()]
    sums = zip(*after.by_list.values(), strict=True) if after.by_list else ((0,), (0,), (0,))
    rows.append((ALL, *map(sum, sums)))
    return Sheet("lists", Text("List by list", "逐份名单"), _LISTS, rows)
