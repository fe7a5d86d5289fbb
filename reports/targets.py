"""What is aimed at, by branch, manager or the whole bank: how far it has come, and at what pace."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from goodcall.language import Text
from goodcall.section import Section, read_text, read_toml
from goodcall.vocabulary import CONTACT_GROUP, REFUSALS
from outreach import Listed, LoggedContact, Span
from reports.adoption import Adoption, adoption
from reports.answers import INTERESTED
from reports.errors import BadSettings
from reports.purchases import Credit
from reports.said import Kind
from reports.settings import Attribution

State = Literal["not_begun", "on_pace", "behind", "reached", "missed", "not_known"]

STATES: dict[State, Text] = {
    "not_begun": Text("not begun", "未开始"),
    "on_pace": Text("on pace", "进度正常"),
    "behind": Text("behind", "进度落后"),
    "reached": Text("reached", "已达成"),
    "missed": Text("missed", "未达成"),
    "not_known": Text("nothing to measure yet", "暂无数据"),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """What of a span concerns a target: rows, contacts made, those that saved, and purchases."""

    rows: Sequence[Listed] = ()
    made: Sequence[LoggedContact] = ()
    saved: Sequence[LoggedContact] = ()
    bought: Sequence[Credit] = ()

    def told(self, outcomes: Collection[str]) -> int:
        """How many contacts had one of these outcomes."""
        return sum(not each.outcomes.isdisjoint(outcomes) for each in self.made)

    @property
    def adoption(self) -> Adoption:
        """How many rows somebody worked, of those listed."""
        return adoption(self.rows)


@dataclass(frozen=True, slots=True)
class Measure:
    """What a target may be about, and how it is measured; None where there is nothing to measure.

    A `rate` does not grow with time; of one that is `most` less is better. What `lags` is still
    counted for the attribution window's days after the target's last. `kind` is what a person is
    told it as.
    """

    words: Text
    of: Callable[[Scope], float | None]
    kind: Kind = "count"
    rate: bool = False
    most: bool = False
    lags: bool = False


def _per(scope: Scope, part: float, scale: float = 1.0) -> float | None:
    return scale * part / len(scope.made) if scope.made else None


MEASURES = {
    "worked": Measure(Text("rows worked", "已处理行数"), lambda each: each.adoption.worked),
    "contacts": Measure(Text("contacts made", "已联系"), lambda each: len(each.made)),
    "conversations": Measure(
        Text("conversations", "有效沟通"), lambda each: each.told(CONTACT_GROUP)
    ),
    "interested": Measure(Text("interested", "有意向"), lambda each: each.told(INTERESTED)),
    "appointments": Measure(
        Text("appointments", "预约"), lambda each: each.told(["CONNECTED_APPT"])
    ),
    "saves": Measure(Text("saves", "挽留成功"), lambda each: len(each.saved), lags=True),
    "purchases": Measure(Text("purchases", "成交"), lambda each: len(each.bought), lags=True),
    "amount_cents": Measure(
        Text("amount bought", "成交金额"),
        lambda each: sum(credit.purchase.amount_cents or 0 for credit in each.bought),
        "money",
        lags=True,
    ),
    "adoption": Measure(
        Text("rows worked of rows listed", "名单使用率"),
        lambda each: each.adoption.share,
        "share",
        rate=True,
    ),
    "connected_share": Measure(
        Text("contacts connected", "接通率"),
        lambda each: _per(each, sum(contact.connected for contact in each.made)),
        "share",
        rate=True,
    ),
    "refusal_share": Measure(
        Text("contacts refused, at most", "拒绝率上限"),
        lambda each: _per(each, each.told(REFUSALS)),
        "share",
        rate=True,
        most=True,
    ),
    "complaints_per_1000": Measure(
        Text("complaints per 1,000 contacts, at most", "每千次联系投诉上限"),
        lambda each: _per(each, each.told(["COMPLAINT"]), 1000),
        "number",
        rate=True,
        most=True,
    ),
}


@dataclass(frozen=True, slots=True)
class Target:
    """A goal for a measure over days, of one branch, one manager, or the whole bank."""

    measure: str
    goal: float
    first: date
    by: date
    branch_id: int | None = None
    manager_id: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a target had come on a day: its value, the days passed, and where that leads.

    `passed` is the share of its days; `expected` the goal so far, `projected` the value at the end
    if it goes on so: both are the goal and the value themselves of a rate. Of one that is `open`
    more may still count, or a save be taken back, also once all days passed.
    """

    target: Target
    value: float | None
    passed: float
    open: bool = False

    @property
    def _measure(self) -> Measure:
        return MEASURES[self.target.measure]

    @property
    def expected(self) -> float:
        """What would have been enough by now."""
        return self.target.goal if self._measure.rate else self.target.goal * self.passed

    @property
    def projected(self) -> float | None:
        """Where the value will stand at the end; None before the first day, or without a value."""
        if self.value is None or not self.passed:
            return None
        return self.value if self._measure.rate else self.value / self.passed

    @property
    def state(self) -> State:
        """How the target stands."""
        if not self.passed:
            return "not_begun"
        if self.value is None:
            return "not_known"
        over, rate = self.passed >= 1 and not self.open, self._measure.rate
        if self._meets(self.value, self.target.goal) and (over or not rate):
            return "reached"
        if over:
            return "missed"
        return "on_pace" if self._meets(self.value, self.expected) else "behind"

    def _meets(self, value: float, goal: float) -> bool:
        return value <= goal if self._measure.most else value >= goal


def read_targets(path: Path) -> tuple[Target, ...]:
    """The targets that a file says; BadSettings names its mistake."""
    return parse_targets(read_text(path, "the targets", BadSettings), str(path))


def parse_targets(text: str, file: str = "targets.toml") -> tuple[Target, ...]:
    """The targets that a text says, in its order; `file` is the name that errors use."""
    top = read_toml(text, file, BadSettings)
    found = tuple(_target(section) for section in top.tables("target"))
    top.done()
    if not found:
        raise top.refuse("there is no target", "add one as [[target]]")
    return found


def passed_by(target: Target, on: date) -> float:
    """The share of a target's days that had passed at the end of a day."""
    whole = (target.by - target.first).days + 1
    return min(max((on - target.first).days + 1, 0), whole) / whole


def progress_of(target: Target, scope: Scope, on: date, counts: Attribution) -> Progress:
    """How far a target has come at the end of a day, by what concerns it up to then."""
    measure = MEASURES[target.measure]
    more = measure.lags and on < target.by + timedelta(counts.days)
    return Progress(target, measure.of(scope), passed_by(target, on), more)


def scope_of(
    target: Target,
    span: Span,
    bought: Iterable[Credit],
    saved: Iterable[LoggedContact],
    branch_of: Mapping[int, int],
) -> Scope:
    """What of a span concerns a target, with what counts for its contacts.

    `branch_of` gives the branch of each list.

    A contact is its manager's and its branch's; one that the ledger knows no branch of is its
    manager's branch's.
    """

    def mine(manager_id: int | None, branch_id: int | None) -> bool:
        if target.manager_id is not None:
            return manager_id == target.manager_id
        return target.branch_id is None or branch_id == target.branch_id

    def ours(contact: LoggedContact) -> bool:
        branch = contact.branch_id
        if branch is None and contact.manager_id is not None:
            branch = branch_of.get(contact.manager_id)
        return mine(contact.manager_id, branch)

    lists = ((each, each.listed.row.list_id) for each in span.rows)
    return Scope(
        [each for each, list_id in lists if mine(list_id, branch_of.get(list_id))],
        [contact for contact in span.made if ours(contact)],
        [contact for contact in saved if ours(contact)],
        [credit for credit in bought if ours(credit.contact)],
    )


def _target(section: Section) -> Target:
    measure = section.text("measure", MEASURES)
    found = Target(
        measure,
        section.number("goal", 0),
        section.day("from"),
        section.day("by"),
        section.optional("branch", lambda key: section.whole(key, 0)),
        section.optional("manager", lambda key: section.whole(key, 0)),
    )
    section.done()
    if found.by < found.first:
        raise section.refuse(
            f"by is {found.by}, before from, {found.first}", "give a later day", key="by"
        )
    if found.branch_id is not None and found.manager_id is not None:
        raise section.refuse(
            "it names a branch and a manager", "name one, or neither for the whole bank"
        )
    return found
