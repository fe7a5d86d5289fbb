"""How far the work of a night has come: which steps are done, from what, and what stopped it.

A file a date in the workspace, either the old one or the new one. Who was killed goes on after the
last step that it names.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from goodcall.atomic import write_file
from goodcall.errors import BrokenRecord
from goodcall.language import Text
from goodcall.workspace import Workspace

Facts = Mapping[str, Any]
# The steps of a night in order, and what a person reads of each.
STEP_WORDS: Mapping[str, Text] = {
    "check": Text("check the bank", "检查银行数据"),
    "close": Text("close the day before", "上日结账"),
    "features": Text("features", "计算特征"),
    "scores": Text("scores", "模型评分"),
    "plan": Text("plan and ledger", "计划与台账"),
    "online": Text("online store and offers", "在线库与产品"),
    "publish": Text("publish the lists", "发布名单"),
}


@dataclass(frozen=True, slots=True)
class Done:
    """A finished step: what it was made from, input by input, when, and what it came to."""

    inputs: Mapping[str, str]
    at: str
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """What stopped a night: the step, and why, in words."""

    step: str
    why: Text
    at: str


@dataclass(frozen=True, slots=True)
class NightRecord:
    """The work of the night before `day` began, as far as it has come.

    `bank` is the folder that it read. `finished_at` is when a start last came to the end: from
    then on the day's own plan is in force. `failed` is what stopped the latest start, if anything.
    """

    day: date
    bank: str
    absent: tuple[int, ...] = ()
    steps: Mapping[str, Done] = field(default_factory=dict)
    finished_at: str | None = None
    failed: Failed | None = None

    def without(self, names: tuple[str, ...]) -> "NightRecord":
        """The record before those steps were done."""
        kept = {name: done for name, done in self.steps.items() if name not in names}
        return replace(self, steps=kept, failed=None)

    def with_done(self, name: str, done: Done) -> "NightRecord":
        """The record with one more step done."""
        return replace(self, steps={**self.steps, name: done}, failed=None)


def read_record(workspace: Workspace, day: date) -> NightRecord | None:
    """The record of a date; None where no night's work was ever begun for it."""
    path = _path(workspace, day)
    if not path.exists():
        return None
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        failed = said["failed"]
        return NightRecord(
            day=date.fromisoformat(said["day"]),
            bank=str(said["bank"]),
            absent=tuple(int(each) for each in said["absent"]),
            steps={name: Done(**done) for name, done in said["steps"].items()},
            finished_at=said["finished_at"],
            failed=failed and Failed(failed["step"], Text(**failed["why"]), failed["at"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BrokenRecord(
            f"{path} does not read as the record of a night ({error!r}); remove it, and "
            "`goodcall night` begins that night anew"
        ) from error


def write_record(workspace: Workspace, record: NightRecord) -> None:
    """Keep how far a night has come."""
    said = asdict(record) | {"day": record.day.isoformat()}
    write_file(
        _path(workspace, record.day), json.dumps(said, ensure_ascii=False, indent=2).encode()
    )


def unfinished(workspace: Workspace, day: date) -> Text | None:
    """Why the night before a day has not come to its end; None where it has, or never began."""
    record = read_record(workspace, day)
    if record is None or record.finished_at is not None:
        return None
    if record.failed is not None:
        words, why = STEP_WORDS.get(record.failed.step, Text("", "")), record.failed.why
        return Text(f"{words.en}: {why.en}", f"{words.zh}:{why.zh}")
    left = next(
        (words for name, words in STEP_WORDS.items() if name not in record.steps), Text("", "")
    )
    return Text(f"stopped before '{left.en}' was done", f"止于“{left.zh}”")


def instant(now: datetime) -> str:
    """A moment as records and logs say it."""
    return now.isoformat(timespec="seconds")


def working_folder(workspace: Workspace, day: date) -> Path:
    """Where the steps of a night leave what later steps read."""
    return workspace.nights / day.isoformat()


def _path(workspace: Workspace, day: date) -> Path:
    return workspace.nights / f"{day}.json"
