"""How satisfied customers are, by branch and month: moods noted, complaint cases and complaints."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.bank import Bank
from goodcall.calendar import local_date
from goodcall.language import Text
from outreach import LoggedContact, Span
from reports.pages import ALL, Cell, Column, Named, Page, Sheet

MOODS = ("low", "neutral", "satisfied")
NO_BRANCH = Named("", Text("no branch", "无网点"))


@dataclass(frozen=True, slots=True)
class CaseDay:
    """A customer's case: its local day, whether it is a complaint, the mood where one is noted."""

    customer_id: int
    day: date
    complaint: bool
    mood: str | None


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """What customers of a branch, or in a month, said; `group` None stands for everything.

    `moods` counts cases by the mood noted, `complaints` are complaint cases, and of the marketing
    `contacts` so many were `complained` of. `customers` is None of a month.
    """

    group: str | None
    customers: int | None
    complaints: int
    moods: Mapping[str, int]
    contacts: int
    complained: int

    @property
    def score(self) -> float | None:
        """The share of moods that are satisfied; None where none is noted."""
        noted = sum(self.moods.values())
        return self.moods["satisfied"] / noted if noted else None


def cases_of(bank: Bank, first: date, last: date) -> tuple[CaseDay, ...]:
    """The cases that began from `first` to `last`, each as the bank knows it today, by case."""
    rows = bank.read("cases").sort_by([("case_id", "ascending"), ("known_at", "ascending")])
    ids = rows["case_id"].to_numpy()
    rows = rows.filter(pa.array(np.append(ids[1:] != ids[:-1], len(ids) > 0)[: len(ids)]))
    rows = rows.filter(pc.invert(pc.is_in(rows["customer_id"], pa.array([*bank.gone], pa.int64()))))
    found = (
        CaseDay(
            *(row["customer_id"], local_date(row["happened_at"], bank.manifest.zone)),
            *(row["kind"] == "complaint", row["mood"]),
        )
        for row in rows.select(["customer_id", "happened_at", "kind", "mood"]).to_pylist()
    )
    return tuple(each for each in found if first <= each.day <= last)


def satisfaction_by_branch(
    cases: Sequence[CaseDay], span: Span, branch_of: Mapping[int, str]
) -> tuple[Satisfaction, ...]:
    """What the customers of each branch said, and of all branches last.

    `branch_of` gives the branch of everybody known, "" where there is none; who is not among them
    counts without a branch.
    """
    customers: dict[str, int] = defaultdict(int)
    for branch in branch_of.values():
        customers[branch] += 1
    found = _grouped(
        cases,
        span.made,
        lambda case: branch_of.get(case.customer_id, ""),
        lambda contact: branch_of.get(contact.customer_id, ""),
        groups=customers,
    )
    return tuple(
        _satisfaction(
            name, len(branch_of) if name is None else customers[name], its_cases, its_contacts
        )
        for name, its_cases, its_contacts in found
    )


def satisfaction_by_month(cases: Sequence[CaseDay], span: Span) -> tuple[Satisfaction, ...]:
    """What customers said month by month, such as 2026-06."""
    found = _grouped(
        cases,
        span.made,
        lambda case: f"{case.day:%Y-%m}",
        lambda contact: f"{contact.day:%Y-%m}",
        groups=(),
    )
    return tuple(
        _satisfaction(name, None, its_cases, its_contacts)
        for name, its_cases, its_contacts in found
        if name is not None
    )


def satisfaction_page(
    branches: Sequence[Satisfaction], months: Sequence[Satisfaction], span: Span, currency: str
) -> Page:
    """The report as tables: the branches, and the months."""
    return Page(
        Text(f"Satisfaction, {span.first} to {span.last}", f"满意度,{span.first}至{span.last}"),
        currency,
        (
            _sheet("branches", Text("By branch", "按网点"), Text("branch", "网点"), branches),
            _sheet("months", Text("Trend by month", "按月趋势"), Text("month", "月份"), months),
        ),
        (
            Text(
                "score: satisfied, of the moods that staff noted with cases; a customer's branch "
                f"is that of {span.first}",
                f"得分:工单中记录的情绪为满意的占比;客户网点按{span.first}",
            ),
        ),
        {"from": span.first, "to": span.last},
    )


def _grouped(
    cases: Iterable[CaseDay],
    made: Iterable[LoggedContact],
    of_case: Callable[[CaseDay], str],
    of_contact: Callable[[LoggedContact], str],
    *,
    groups: Iterable[str],
) -> list[tuple[str | None, list[CaseDay], list[LoggedContact]]]:
    """Cases and contacts by group in order, one without a name and then everything last."""
    its_cases: dict[str, list[CaseDay]] = defaultdict(list)
    its_contacts: dict[str, list[LoggedContact]] = defaultdict(list)
    for case in cases:
        its_cases[of_case(case)].append(case)
    for contact in made:
        its_contacts[of_contact(contact)].append(contact)
    names = sorted({*groups, *its_cases, *its_contacts}, key=lambda name: (not name, name))
    found: list[tuple[str | None, list[CaseDay], list[LoggedContact]]] = [
        (name, its_cases[name], its_contacts[name]) for name in names
    ]
    return [*found, (None, [*cases], [*made])]


def _satisfaction(
    group: str | None,
    customers: int | None,
    cases: Sequence[CaseDay],
    made: Sequence[LoggedContact],
) -> Satisfaction:
    return Satisfaction(
        group,
        customers,
        complaints=sum(each.complaint for each in cases),
        moods={mood: sum(each.mood == mood for each in cases) for mood in MOODS},
        contacts=len(made),
        complained=sum("COMPLAINT" in each.outcomes for each in made),
    )


def _per_1000(part: int, whole: int | None) -> float | None:
    return 1000 * part / whole if whole else None


def _sheet(name: str, title: Text, of: Text, found: Iterable[Satisfaction]) -> Sheet:
    columns = {
        "group": Column(of),
        "customers": Column(Text("customers", "客户数"), "count"),
        "score": Column(Text("score", "得分"), "share"),
        "low": Column(Text("low", "低落"), "count"),
        "neutral": Column(Text("neutral", "一般"), "count"),
        "satisfied": Column(Text("satisfied", "满意"), "count"),
        "complaints": Column(Text("complaint cases", "投诉工单"), "count"),
        "per_1000_customers": Column(Text("per 1,000 customers", "每千客户"), "number"),
        "contacts": Column(Text("contacts", "联系次数"), "count"),
        "complained": Column(Text("complained of", "联系被投诉"), "count"),
        "per_1000_contacts": Column(Text("per 1,000 contacts", "每千次联系"), "number"),
    }
    rows: list[tuple[Cell, ...]] = [
        (
            ALL if each.group is None else each.group or NO_BRANCH,
            *(each.customers, each.score, *(each.moods[mood] for mood in MOODS)),
            *(each.complaints, _per_1000(each.complaints, each.customers)),
            *(each.contacts, each.complained, _per_1000(each.complained, each.contacts)),
        )
        for each in found
    ]
    return Sheet(name, title, columns, rows)
