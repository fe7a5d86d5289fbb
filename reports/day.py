"""A day's lists summed up for the branch manager: every row once, by what became of it."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from goodcall.language import Language, Text
from goodcall.outcome_words import OUTCOME_WORDS
from goodcall.vocabulary import REFUSALS
from outreach import Ledger, ListedRow
from reports.errors import NotReconciled

_WORKED = ("attempted", "delivered", "connected", "failed")
_PARTS = ("worked", "set_aside", "withdrawn", "withheld", "snoozed")
_TO_DO = ("planned", "expired", "reserved")
DAY_COLUMNS = {
    "list_id": Text("list", "名单"),
    "rows": Text("rows", "行数"),
    "worked": Text("worked", "已处理"),
    "set_aside": Text("set aside", "客户经理搁置"),
    "withdrawn": Text("withdrawn", "撤下"),
    "withheld": Text("must not be kept", "不可履约"),
    "snoozed": Text("snoozed", "已暂缓"),
    "rolled_over": Text("left over", "顺延"),
    "to_do": Text("still to do", "待处理"),
    "came_over": Text("came from earlier lists", "来自前日"),
    "without_outcome": Text("without an outcome", "未记录结果"),
    "refusals": Text("refusals", "拒绝"),
    "complaints": Text("complaints", "投诉"),
    "promised": Text("promised", "约定"),
    "kept": Text("promises kept", "已履约"),
    "missed": Text("promises missed", "未履约"),
}


@dataclass(frozen=True, slots=True)
class ListDay:
    """What became of the rows of one list; `list_id` None stands for all lists together.

    `rows` are `worked`, `set_aside` by the manager's word, `withdrawn` by what was heard,
    `withheld`, `snoozed`, `rolled_over` or `to_do`, each in one of them. `came_over` of them were
    left over by an earlier day's list; `without_outcome` were dialled, or are reserved, and nobody
    told what came of it. Of the `promised` rows `kept` were worked and `missed` were left over, or
    are still to do after their time. `outcomes` counts outcomes by code, `reasons` why rows were
    set aside.
    """

    list_id: int | None
    rows: int
    worked: int
    set_aside: int
    withdrawn: int
    withheld: int
    snoozed: int
    rolled_over: int
    to_do: int
    came_over: int
    without_outcome: int
    refusals: int
    complaints: int
    promised: int
    kept: int
    missed: int
    outcomes: Mapping[str, int]
    reasons: Mapping[tuple[str, str], int]

    @property
    def groups(self) -> Mapping[str, int]:
        """How many outcomes of each group there were."""
        found: Counter[str] = Counter()
        for code, count in self.outcomes.items():
            found[OUTCOME_WORDS[code][0]] += count
        return found


@dataclass(frozen=True, slots=True)
class DayReport:
    """A day's lists and all of them together."""

    day: date
    lists: tuple[ListDay, ...]
    total: ListDay


def day_report(
    ledger: Ledger, day: date, *, at: datetime, list_ids: Iterable[int] | None = None
) -> DayReport:
    """What became by `at` of the rows of a day's lists, of all of them where none are named.

    NotReconciled when the parts of a list do not add up to its rows.
    """
    wanted = sorted(ledger.plan(day).prices if list_ids is None else list_ids)
    rows = {list_id: ledger.list_rows(day, list_id, at=at) for list_id in wanted}
    lists = tuple(_summed(list_id, mine, at) for list_id, mine in rows.items() if mine)
    total = _summed(None, [listed for mine in rows.values() for listed in mine], at)
    for each in (*lists, total):
        parts = each.worked + each.set_aside + each.withdrawn + each.withheld + each.snoozed
        if parts + each.rolled_over + each.to_do != each.rows:
            raise NotReconciled(
                f"list {each.list_id} of {day} has {each.rows} rows, and what became of them adds "
                "up to another number; report it with the day"
            )
    return DayReport(day, lists, total)


def day_facts(report: DayReport) -> Mapping[str, Any]:
    """A day's report as JSON values."""
    return {
        "day": report.day,
        "lists": [_values(each) for each in report.lists],
        "total": _values(report.total),
    }


def day_csv(report: DayReport, language: Language) -> bytes:
    """A day's report as CSV that Excel opens in Chinese: a line a list, all of them last."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([title.to(language) for title in DAY_COLUMNS.values()])
    for each in (*report.lists, report.total):
        name = Text("all", "合计").to(language) if each.list_id is None else each.list_id
        writer.writerow([name, *(getattr(each, column) for column in [*DAY_COLUMNS][1:])])
    return text.getvalue().encode("utf-8-sig")


def part_of(listed: ListedRow) -> str:
    """In which part of its list a row is counted, one of the columns `worked` to `to_do`."""
    if listed.state in _WORKED:
        return "worked"
    if listed.state in _TO_DO:
        return "to_do"
    if listed.state == "cancelled":
        return "withdrawn"
    return listed.state


def _summed(list_id: int | None, every: Sequence[ListedRow], at: datetime) -> ListDay:
    place = Counter(part_of(listed) for listed in every)
    outcomes = Counter(listed.outcome for listed in every if part_of(listed) == "worked")
    due = [(each.row.promise.due_at, part_of(each)) for each in every if each.row.promise]
    told = {code: count for code, count in sorted(outcomes.items(), key=str) if code is not None}
    return ListDay(
        list_id=list_id,
        rows=len(every),
        **{name: place[name] for name in _PARTS},
        rolled_over=place["rolled_over"],
        to_do=place["to_do"],
        came_over=sum(listed.row.rolled_over is not None for listed in every),
        without_outcome=outcomes[None] + sum(listed.state == "reserved" for listed in every),
        refusals=sum(told.get(code, 0) for code in REFUSALS),
        complaints=told.get("COMPLAINT", 0),
        promised=len(due),
        kept=sum(where == "worked" for _, where in due),
        missed=sum(
            where == "rolled_over" or (where == "to_do" and moment <= at) for moment, where in due
        ),
        outcomes=told,
        reasons=Counter(
            (str(listed.word), listed.note or "") for listed in every if listed.word is not None
        ),
    )


def _values(each: ListDay) -> Mapping[str, Any]:
    said = {field.name: getattr(each, field.name) for field in fields(each)}
    reasons = [
        {"code": code, "reason": reason, "rows": count}
        for (code, reason), count in sorted(each.reasons.items())
    ]
    return said | {"groups": each.groups, "reasons": reasons}
