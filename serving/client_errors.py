"""What keeps the client from an answer; the tree is drawn in serving/client.py."""

from typing import ClassVar

import httpx


class ClientError(Exception):
    """No answer; `again` says whether the same request may go well, `after` in how many seconds."""

    again: bool = False
    after: float | None = None


class Unreachable(ClientError):
    """Nobody answered, or not in time; the request may or may not have arrived."""

    again = True


class Answered(ClientError):
    """The service answered with a problem."""

    repeats: ClassVar[frozenset[int]] = frozenset({429, 502, 503, 504})

    def __init__(self, status: int, code: str, message: str, what_to_do: str) -> None:
        super().__init__(f"{status} {code}: {message}; {what_to_do}")
        self.status, self.code = status, code
        self.message, self.what_to_do = message, what_to_do
        self.again = status in self.repeats


class NotProved(Answered):
    """The key or session is not, or no longer, valid."""


class NotAllowed(Answered):
    """The caller may not do that."""


class NotThere(Answered):
    """The customer, contact, list, label or channel is not known."""


class InConflict(Answered):
    """It stands against what was done before."""


class NotUnderstood(Answered):
    """The request is not what the service asks for."""


class TooFast(Answered):
    """The key's limit is reached."""


class NotNow(Answered):
    """The service cannot answer at present."""


_KINDS: dict[int, type[Answered]] = {
    401: NotProved,
    403: NotAllowed,
    404: NotThere,
    409: InConflict,
    429: TooFast,
}
_SERVERS = 500


def problem_in(response: httpx.Response) -> Answered:
    """The problem that an answer tells of; a body that is none still gives its status."""
    try:
        said = response.json()
    except ValueError:
        said = None
    said = said if isinstance(said, dict) else {}
    status = response.status_code
    usual = NotNow if status >= _SERVERS else NotUnderstood
    error = _KINDS.get(status, usual)(
        status,
        str(said.get("error", "no_problem")),
        str(said.get("message", response.reason_phrase)),
        str(said.get("what_to_do", "see whether something before the service answered")),
    )
    error.after = _seconds(response.headers.get("retry-after"))
    return error


def _seconds(said: str | None) -> float | None:
    """What Retry-After says in seconds; a date, which the service never sends, says nothing."""
    return float(said) if said is not None and said.isdecimal() else None
