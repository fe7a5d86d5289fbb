"""A file of requests, one JSON object a line: each judged by itself, at its own `now`.

The requests are read, judged and forgotten one after the other, so the file may have any size; of
those before only the ids are kept. What one is allowed is no fact for the next.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from goodcall.typed_json import Reader, read_json
from outreach.decide import Check, Decision, decide, instant_text
from outreach.errors import OutreachError, RequestError
from outreach.policy import Policy
from outreach.request import PASS, Facts, Request

_FIELDS = tuple(field.name for field in fields(Request))
_READER = Reader(RequestError)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, the moment at which it is asked, and where it stands in the file."""

    request: Request
    now: datetime
    where: str


def requests_in(lines: Iterable[bytes], file: str) -> Iterator[Asked]:
    """The requests of a file's UTF-8 lines, in order; lines that hold nothing are passed over.

    An unknown field or word, a moment without a zone or finer than a second, and an id that stood
    before, are a RequestError that names the line.
    """
    stood: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        asked = _asked(line, f"{file}, line {number}")
        name = asked.request.request_id
        if name in stood:
            raise RequestError(
                f"{asked.where}: request_id {name!r} stands on line {stood[name]} too; "
                "give each its own"
            )
        stood[name] = number
        yield asked


def judged(
    asked: Iterable[Asked], facts: Mapping[int, Facts], policy: Policy
) -> Iterator[Decision]:
    """The decision on each request by what is known of its customer; nothing is reserved.

    A request about a customer without facts, or one that cannot be judged, is a RequestError that
    names its line.
    """
    for one in asked:
        known = facts.get(one.request.customer_id)
        if known is None:
            raise RequestError(
                f"{one.where}: customer {one.request.customer_id} is not in the facts; "
                f"add the customer there, known: {_some(facts)}"
            )
        try:
            yield decide(one.request, known, policy, one.now)
        except OutreachError as error:
            raise RequestError(f"{one.where}: {error}") from error


def answer_to_json(decision: Decision, *, explain: bool = False) -> str:
    """A decision in one line of JSON for people and programs; instants in UTC.

    `rules` holds, in evaluation order, those that fail, that count, or that have something to say;
    with `explain` every rule that was asked.
    """
    said: dict[str, Any] = {
        "request_id": decision.request_id,
        "verdict": decision.verdict,
        "until": instant_text(decision.until),
        "failing": decision.failing,
        "overridden": decision.overridden,
        "rules": [_check_values(c) for c in decision.checks if explain or _says_more(c)],
        "policy_version": decision.policy_version,
        "decided_at": instant_text(decision.decided_at),
    }
    return json.dumps(said, ensure_ascii=False)


def _says_more(check: Check) -> bool:
    return check.verdict != PASS


def _check_values(check: Check) -> dict[str, Any]:
    """One rule's answer; what it counted and left only where it counts."""
    verdict = check.verdict
    said: dict[str, Any] = {"rule": check.rule, "step": check.step, "passes": verdict.passes}
    if not verdict.passes:
        said["until"] = instant_text(verdict.until)
    if verdict.counted is not None:
        said |= {"counted": verdict.counted, "left": verdict.left}
    if verdict.because is not None:
        said["because"] = verdict.because
    return said


def _asked(line: bytes, where: str) -> Asked:
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise RequestError(f"{where} is no UTF-8: {error}; write the file in UTF-8") from error
    said = _READER.only(read_json(text, where, RequestError), (*_FIELDS, "now"), where)
    if "now" not in said:
        raise RequestError(
            f"{where}: now is missing; add the moment of the request, such as "
            '"now": "2026-06-08T10:00:00+08:00"'
        )
    now = _READER.build(datetime, said["now"], f"{where}: now")
    rest = {name: value for name, value in said.items() if name != "now"}
    try:
        return Asked(_READER.build(Request, rest, where), now, where)
    except RequestError as error:
        if str(error).startswith(where):
            raise
        raise RequestError(f"{where}: {error}") from error


def _some(facts: Mapping[int, Facts], most: int = 10) -> str:
    """A few of the customers that the facts know, in words."""
    known = sorted(facts)
    more = f" and {len(known) - most:,} more" if len(known) > most else ""
    return (", ".join(map(str, known[:most])) or "none") + more
