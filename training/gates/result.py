"""What one gate said of a challenger."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from goodcall.language import Text


@dataclass(frozen=True, slots=True)
class GateResult:
    """One gate: what was measured, against which bound, and the verdict in words."""

    gate: str
    passed: bool
    words: Text
    figure: float | None = None
    bound: float | None = None


def passed(results: Sequence[GateResult]) -> bool:
    """Whether every gate is open."""
    return all(result.passed for result in results)


def gates_json(results: Sequence[GateResult]) -> str:
    """Results as JSON, for the record."""
    said = [asdict(result) for result in results]
    return json.dumps(said, ensure_ascii=False, indent=2) + "\n"
