"""What a night says of itself: a bar and words to who watches, one JSON line an event to a log."""

import json
import sys
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from cli.night import Telling
from cli.show import Show
from goodcall import Text
from goodcall.night_record import STEP_WORDS, Facts, instant

_LEVELS = {"failed": "error", "again": "warning"}


def telling(speak: Show, day: date, clock: Callable[[], datetime]) -> Telling:
    """To whom a night tells its progress: a person at a terminal, else a log on standard error.

    A log's line is a JSON object: `at`, `level`, `event` (begun, kept, again, done, failed,
    finished), `day`, and the event's facts as fields.
    """
    watched = speak.watched

    def tell(event: str, facts: Facts) -> None:
        if watched:
            _say(speak, event, facts)
        else:
            plain = {"at": instant(clock()), "level": _LEVELS.get(event, "info"), "event": event}
            line = plain | {"day": day.isoformat()} | dict(facts)
            sys.stderr.write(json.dumps(line, ensure_ascii=False) + "\n")
            sys.stderr.flush()

    return Telling(tell, speak.progress, clock)


def changes(because: list[str]) -> str:
    """Changed inputs in words, many of one sort told by their number."""
    few = 4
    more = f" (+{len(because) - few})" if len(because) > few else ""
    return ", ".join(because[:few]) + more


def _say(speak: Show, event: str, facts: Facts) -> None:
    words = STEP_WORDS.get(facts.get("step", ""), Text("", ""))
    said = {
        "kept": lambda: Text(f"{words.en}: done already", f"{words.zh}:已完成"),
        "again": lambda: Text(
            f"{words.en}: once more, changed: {changes(facts['because'])}",
            f"{words.zh}:重做,已变化:{changes(facts['because'])}",
        ),
        "done": lambda: Text(
            f"{words.en}: {facts['seconds']} s, {_plain(facts)}",
            f"{words.zh}:{facts['seconds']}秒,{_plain(facts)}",
        ),
    }
    if event in said:
        speak.aside(said[event]())


def _plain(facts: Facts) -> str:
    shown: dict[str, Any] = {k: v for k, v in facts.items() if k not in ("step", "seconds")}
    return ", ".join(
        f"{name} {len(value) if isinstance(value, list) else value}"
        for name, value in shown.items()
    )
