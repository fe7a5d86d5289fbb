"""How well the bank's records are kept, branch by branch: complete, valid, fresh, single, right."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from goodcall.language import Text
from goodcall.profile import Profile
from reports.pages import ALL, Cell, Column, Named, Page, Sheet

NO_BRANCH = Named("", Text("no branch", "无网点"))
_PERSONS = ("retail", "private")
# What a record must have: its words, and whether a customer lacks it.
FIELDS: Mapping[str, tuple[Text, Callable[[Profile], bool]]] = {
    "name": (Text("name", "姓名"), lambda who: not who.name),
    "birth_date": (
        Text("birth date, of persons", "出生日期(个人)"),
        lambda who: who.kind in _PERSONS and who.birth_date is None,
    ),
    "branch": (Text("branch", "网点"), lambda who: who.branch_id is None),
    "manager": (Text("manager", "客户经理"), lambda who: who.manager_id is None),
    "point": (Text("number or address", "联系方式"), lambda who: not who.points),
}


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a branch; `branch_id` None stands for customers without one, or for all.

    `lacking` counts customers by the field that they lack, `complete` are those that lack none and
    `twins` those whose name and birth date another customer has too. Of the `points` (numbers and
    addresses) so many are `valid` by the bank's word, `fresh` by the day of their verification, and
    `wrong` as contacts found out.
    """

    branch_id: int | None
    customers: int
    complete: int
    twins: int
    points: int
    valid: int
    fresh: int
    wrong: int
    lacking: Mapping[str, int]


def records_of(
    people: Sequence[Profile], wrong: Collection[int], day: date, fresh_days: int
) -> tuple[Records, ...]:
    """The records of each branch as known on a day, and of all of them last.

    `wrong` are the points that proved dead or wrong; a point is fresh that was verified at most
    `fresh_days` before the day.
    """
    alike: dict[tuple[str, date], list[int]] = defaultdict(list)
    for who in people:
        if who.name and who.birth_date is not None:
            alike[who.name, who.birth_date].append(who.customer_id)
    twins = {who for group in alike.values() if len(group) > 1 for who in group}
    since = day - timedelta(fresh_days)

    def of(branch_id: int | None, ours: Sequence[Profile]) -> Records:
        points = [point for who in ours for point in who.points]
        lacking = {name: sum(map(lacks, ours)) for name, (_, lacks) in FIELDS.items()}
        return Records(
            *(branch_id, len(ours)),
            sum(not any(lacks(who) for _, lacks in FIELDS.values()) for who in ours),
            sum(who.customer_id in twins for who in ours),
            len(points),
            sum(point.valid for point in points),
            sum(point.verified_on is not None and point.verified_on >= since for point in points),
            sum(point.point_id in wrong for point in points),
            lacking,
        )

    branches = sorted({who.branch_id for who in people}, key=lambda each: (each is None, each or 0))
    return (
        *(of(branch, [who for who in people if who.branch_id == branch]) for branch in branches),
        of(None, people),
    )


def records_page(records: Sequence[Records], day: date, fresh_days: int, currency: str) -> Page:
    """The records as tables: by branch, and by what is lacking."""
    return Page(
        Text(f"Records on {day}", f"数据质量,{day}"),
        currency,
        (_branches(records), _lacking(records[-1])),
        (
            Text(
                f"complete: lacks none of the fields below; fresh: verified in the last "
                f"{fresh_days} days; duplicate: another customer has the name and the birth date; "
                "wrong: a contact found that the number or address reaches nobody, or another",
                f"完整:下列字段均不缺;及时:近{fresh_days}天内核验;重复:姓名与出生日期相同;"
                "错号:联系中发现无法接通或非本人",
            ),
        ),
        {"day": day, "fresh_days": fresh_days},
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _branches(records: Iterable[Records]) -> Sheet:
    columns = {
        "branch_id": Column(Text("branch", "网点")),
        "customers": Column(Text("customers", "客户数"), "count"),
        "complete": Column(Text("complete", "完整率"), "share"),
        "duplicates": Column(Text("duplicates", "重复率"), "share"),
        "points": Column(Text("numbers and addresses", "联系方式数"), "count"),
        "valid": Column(Text("valid", "有效率"), "share"),
        "fresh": Column(Text("fresh", "及时率"), "share"),
        "wrong": Column(Text("wrong", "错号率"), "share"),
    }
    *branches, whole = records
    rows: list[tuple[Cell, ...]] = [
        (NO_BRANCH if each.branch_id is None else each.branch_id, *_figures(each))
        for each in branches
    ]
    rows.append((ALL, *_figures(whole)))
    return Sheet("branches", Text("By branch", "按网点"), columns, rows)


def _figures(each: Records) -> tuple[Cell, ...]:
    return (
        *(each.customers, _share(each.complete, each.customers)),
        *(_share(each.twins, each.customers), each.points),
        *(_share(part, each.points) for part in (each.valid, each.fresh, each.wrong)),
    )


def _lacking(whole: Records) -> Sheet:
    columns = {
        "field": Column(Text("field", "字段")),
        "customers": Column(Text("customers who lack it", "缺失客户"), "count"),
        "share": Column(Text("of all", "占比"), "share"),
    }
    rows: list[tuple[Cell, ...]] = [
        (Named(name, FIELDS[name][0]), count, _share(count, whole.customers))
        for name, count in whole.lacking.items()
    ]
    return Sheet("lacking", Text("What is lacking", "缺失字段"), columns, rows)
