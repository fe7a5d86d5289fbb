"""From errors to HTTP: one form of body for everything that gets no answer."""

from collections.abc import Callable, Coroutine, Sequence
from http import HTTPStatus
from math import ceil
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from goodcall.errors import GoodcallError
from governance.errors import StoreBusy
from outreach.errors import (
    IllegalTransition,
    LedgerBusy,
    NotFound,
    NotInLedger,
    RequestError,
    RequestReused,
    UnknownOffer,
    WordRefused,
)
from serving.errors import TooMany, Unanswered, Unproven
from serving.examples import problems
from serving.examples.shared import Example
from serving.schemas.shared import Problem

_SEE = "see /docs for what there is"
# Where a complaint is, seen from outside the body that was sent.
_OUTSIDE = frozenset({"body", "customer", "features", "under_pseudonym", "path", "header"})
_SEE_DOCS = "send a body as /docs describes it"
_SHOWN = 5
Responses = dict[int | str, dict[str, Any]]
Handler = Callable[[Request, Any], Coroutine[Any, Any, Response]]


def documented(*found: Example) -> Responses:
    """The errors of an endpoint as OpenAPI shows them: one response a status, one example a code.

    Every endpoint may also refuse a body (422), and whoever asks.
    """
    by_status: dict[HTTPStatus, dict[str, Example]] = {}
    for example in (*found, *problems.ALWAYS):
        shown = by_status.setdefault(_STATUS[example["error"]], {})
        shown[f"{example['error']}_{len(shown) + 1}"] = {"value": example}
    return {
        int(status): {
            "model": Problem,
            "description": _DESCRIPTIONS[status],
            "content": {"application/json": {"examples": shown}},
        }
        for status, shown in by_status.items()
    }


async def on_goodcall_error(_request: Request, error: Exception) -> JSONResponse:
    """The body of an error that Goodcall raised on purpose."""
    if isinstance(error, Unanswered):
        return answer_of(error)
    status, code = _meaning(error)
    headers = {"Retry-After": "1"} if code == "busy" else None
    return _answer(status, code, error, headers)


def problem_of(error: Unanswered) -> Problem:
    """An error as a part of an answer that otherwise is one."""
    message, _, what_to_do = str(error).partition("; ")
    return Problem(error=error.code, message=message, what_to_do=what_to_do)


def _meaning(error: Exception) -> tuple[HTTPStatus, str]:
    """The status and the code of an error of another room."""
    for kind, code in _CODES.items():
        if isinstance(error, kind):
            return _STATUS[code], code
    return HTTPStatus.SERVICE_UNAVAILABLE, "not_answerable"


def answer_of(error: Unanswered) -> JSONResponse:
    """The whole answer for an error, with what its status obliges to say in the headers."""
    headers = {}
    if isinstance(error, Unproven):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(max(1, ceil(error.after)))
    return _answer(error.status, error.code, error, headers)


async def on_bad_body(_request: Request, error: Exception) -> JSONResponse:
    """The body for a request that does not keep the schema; it never repeats what was sent."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    said = "; ".join(_complaint(each["loc"], each["msg"]) for each in found[:_SHOWN])
    return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_request", said, _SEE_DOCS)


async def on_http_error(request: Request, error: Exception) -> JSONResponse:
    """The body for a wrong path or method, or for bytes that are no JSON."""
    status = HTTPStatus(error.status_code if isinstance(error, HTTPException) else 500)
    if status == HTTPStatus.BAD_REQUEST:
        unread = "the body does not read as JSON"
        return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_request", unread, _SEE_DOCS)
    headers = error.headers if isinstance(error, HTTPException) else None
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers = {"Allow": ", ".join(_methods_of(request))}
    code = status.phrase.lower().replace(" ", "_")
    return _problem(status, code, status.description or status.phrase, _SEE, headers)


def _methods_of(request: Request) -> list[str]:
    """What a path may be asked by: every route of it, where Starlette names the first one's."""
    found: set[str] = set()
    for route in request.app.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            found |= getattr(route, "methods", None) or set()
    return sorted(found)


async def on_defect(_request: Request, _error: Exception) -> JSONResponse:
    """The body for an error that nobody foresaw; its traceback goes to the log."""
    return _problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "defect",
        "the service failed in a way that nobody foresaw",
        "try once more; then report the moment of the request to the service's owner",
    )


def _answer(
    status: HTTPStatus, code: str, error: Exception, headers: dict[str, str] | None = None
) -> JSONResponse:
    message, _, what_to_do = _sendable(str(error)).partition("; ")
    return _problem(status, code, message, what_to_do or _SEE, headers)


def _problem(
    status: HTTPStatus,
    code: str,
    message: str,
    what_to_do: str,
    headers: Any = None,  # noqa: ANN401 - Starlette's own mapping
) -> JSONResponse:
    body = Problem(error=code, message=message, what_to_do=what_to_do)
    return JSONResponse(body.model_dump(), status_code=status, headers=headers)


def _complaint(place: Sequence[int | str], message: str) -> str:
    where = ".".join(str(part) for part in place if part not in _OUTSIDE) or "body"
    return _sendable(f"{where}: {message}")


def _sendable(text: str) -> str:
    """A text without halves of surrogate pairs, which no answer can carry."""
    return text.encode("utf-8", "replace").decode()


_CODES: dict[type[Exception], str] = {
    NotFound: "not_found",
    NotInLedger: "not_found",
    UnknownOffer: "unknown_offer",
    IllegalTransition: "conflict",
    RequestReused: "conflict",
    WordRefused: "refused_word",
    RequestError: "refused_word",
    LedgerBusy: "busy",
    StoreBusy: "busy",
}
_STATUS = {
    "unproven": HTTPStatus.UNAUTHORIZED,
    "refused": HTTPStatus.FORBIDDEN,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "too_many": HTTPStatus.TOO_MANY_REQUESTS,
    "not_ready": HTTPStatus.SERVICE_UNAVAILABLE,
    "too_slow": HTTPStatus.GATEWAY_TIMEOUT,
    "not_found": HTTPStatus.NOT_FOUND,
    "unknown_offer": HTTPStatus.NOT_FOUND,
    "conflict": HTTPStatus.CONFLICT,
    "refused_word": HTTPStatus.UNPROCESSABLE_ENTITY,
    "busy": HTTPStatus.SERVICE_UNAVAILABLE,
    "bad_features": HTTPStatus.UNPROCESSABLE_ENTITY,
    "bad_outcome": HTTPStatus.UNPROCESSABLE_ENTITY,
    "bad_consent": HTTPStatus.UNPROCESSABLE_ENTITY,
    "no_agent": HTTPStatus.UNPROCESSABLE_ENTITY,
    "no_key": HTTPStatus.UNPROCESSABLE_ENTITY,
    "no_ledger": HTTPStatus.SERVICE_UNAVAILABLE,
    "unknown_customer": HTTPStatus.NOT_FOUND,
    "unknown_label": HTTPStatus.NOT_FOUND,
    "unknown_channel": HTTPStatus.NOT_FOUND,
    "objects_to_profiling": HTTPStatus.CONFLICT,
    "bad_request": HTTPStatus.UNPROCESSABLE_ENTITY,
    "refused_facts": HTTPStatus.UNPROCESSABLE_ENTITY,
    "no_model": HTTPStatus.SERVICE_UNAVAILABLE,
    "no_snapshot": HTTPStatus.SERVICE_UNAVAILABLE,
    "stale_snapshot": HTTPStatus.SERVICE_UNAVAILABLE,
    "no_policy": HTTPStatus.SERVICE_UNAVAILABLE,
    "no_sign_on": HTTPStatus.NOT_FOUND,
}
_DESCRIPTIONS = {
    HTTPStatus.UNAUTHORIZED: "It is not proved who asks.",
    HTTPStatus.FORBIDDEN: "Who asks may not do that.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is larger than the service takes.",
    HTTPStatus.TOO_MANY_REQUESTS: "Requests come faster than the key's limit; see Retry-After.",
    HTTPStatus.GATEWAY_TIMEOUT: "The answer was not made in time.",
    HTTPStatus.CONFLICT: "It stands against what was done, or asked for, before.",
    HTTPStatus.NOT_FOUND: "What is asked about is not known.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The body is not what the schema or a contract asks for.",
    HTTPStatus.SERVICE_UNAVAILABLE: "A source of the answer is missing, too old or broken.",
}
HANDLERS: dict[int | type[Exception], Handler] = {
    GoodcallError: on_goodcall_error,
    RequestValidationError: on_bad_body,
    HTTPException: on_http_error,
    Exception: on_defect,
}
