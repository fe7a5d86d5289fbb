"""Who was champion when, and why: the history that a rollback goes back in.

It lies beside the champions that the service reads, one entry a change, and only grows.
"""

import fcntl
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from goodcall.atomic import write_file
from goodcall.language import Text
from training.errors import RegistryError
from training.gates.result import GateResult

PROMOTIONS = "promotions.json"
How = Literal["first", "gate", "forced", "rollback", "again"]


@dataclass(frozen=True, slots=True)
class Promotion:
    """A change of a label's champion: what it was, when, how, for which reason, by which gates.

    `how` is `first` for a label without a champion, `gate` where every gate was open, `forced`
    where a person gave a reason instead, `rollback` where an earlier champion came back, and
    `again` where the champion itself was put in place once more.
    """

    label: str
    version: int
    content_hash: str
    at: datetime
    how: How
    reason: str = ""
    gates: tuple[GateResult, ...] = ()


def read_promotions(models_folder: Path) -> tuple[Promotion, ...]:
    """Every change of a champion, the earliest first."""
    file = models_folder / PROMOTIONS
    if not file.exists():
        return ()
    try:
        return tuple(_read(each) for each in json.loads(file.read_text(encoding="utf-8")))
    except (KeyError, TypeError, ValueError) as error:
        raise RegistryError(
            f"{file} does not read as the history of champions: {error!r}; restore it, or move it "
            "away and begin anew"
        ) from error


def record_promotion(models_folder: Path, promotion: Promotion) -> None:
    """Add a change at the end of the history."""
    said = [_said(each) for each in (*read_promotions(models_folder), promotion)]
    text = json.dumps(said, ensure_ascii=False, indent=2) + "\n"
    write_file(models_folder / PROMOTIONS, text.encode())


def champion_before(history: Sequence[Promotion], label: str, current: int) -> int | None:
    """The version that was a label's champion before the current one; None where there was none.

    A rollback takes back what came last, so that a second one goes a step further. A change that
    was recorded and then stopped short of the champion is passed over.
    """
    stack: list[int] = []
    for each in history:
        if each.label == label and each.how == "rollback":
            while stack and stack[-1] != each.version:
                stack.pop()
        elif each.label == label and stack[-1:] != [each.version]:
            stack.append(each.version)
    if current in stack:
        while stack.pop() != current:
            pass
    return stack[-1] if stack else None


@contextmanager
def one_at_a_time(models_folder: Path, *, wait: bool = False) -> Iterator[None]:
    """The champions to oneself; a second change is refused, or waits where it is told to."""
    models_folder.mkdir(parents=True, exist_ok=True)
    with (models_folder / ".promoting").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RegistryError(
                f"another promotion is at work on {models_folder}; wait for it, look at the "
                "champion with `goodcall models list`, and try again"
            ) from error
        yield


def _said(promotion: Promotion) -> dict[str, Any]:
    return asdict(promotion) | {"at": promotion.at.astimezone(UTC).isoformat()}


def _read(said: dict[str, Any]) -> Promotion:
    gates = (GateResult(**each | {"words": Text(**each["words"])}) for each in said["gates"])
    return Promotion(**said | {"at": datetime.fromisoformat(said["at"]), "gates": tuple(gates)})
