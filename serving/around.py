"""What stands around every request: its id, who asks, limits, headers, figures, log and trace.

One plain ASGI callable, since each layer of middleware costs a tenth of a millisecond. An answer of
an endpoint under /v1 that did not ask the gate is held back: a forgotten check leaks nothing.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from math import inf
from secrets import token_hex
from time import monotonic, perf_counter

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.errors import BadSetting, NotReady, TooLarge, TooSlow, Unanswered, Unguarded
from serving.gate import ADMITTED, CALLER, REQUEST_ID, Gate
from serving.journal import REQUEST, note, warn
from serving.limits import Buckets, Rate, a_minute
from serving.office import Office
from serving.problems import answer_of
from serving.telemetry import Telemetry, tracer_of

# What anybody may ask, since nothing in it is about anybody: whether the service lives, what it is.
OPEN = frozenset({"/v1/health", "/v1/openapi.json"})
_SESSION, _SIGN_ON = "/v1/session", "/v1/session/"
_GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}").fullmatch
_PERSON = Rate(20.0, 100)
_STRANGERS = Rate(5.0, 20)
_BODY, _SECONDS = 1_000_000, 30.0
_PLAIN = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
_DATA = (
    *_PLAIN,
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
# The packaged docs page starts itself by a script within the page.
_PAGE = (
    *_PLAIN,
    (
        b"content-security-policy",
        b"default-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
    ),
)
_ALWAYS_TLS = (b"strict-transport-security", b"max-age=31536000")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large a body may be in bytes, and how long a request may take in seconds."""

    body: int = _BODY
    seconds: float = _SECONDS
    slow: float = 1.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an application is surrounded with; `ids` begins the ids of its requests.

    `strangers` is the rate of an address from which nobody proves who asks.
    """

    bounds: Bounds = Bounds()
    telemetry: Telemetry = field(default_factory=Telemetry)
    ticks: Callable[[], float] = monotonic
    ids: str = field(default_factory=lambda: token_hex(4))
    strangers: Rate = _STRANGERS


def surroundings_of(environment: Mapping[str, str]) -> Surroundings:
    """What the environment asks for: bounds, and traces where a collector is named.

    GOODCALL_BODY_BYTES is the largest body and GOODCALL_TIMEOUT the seconds of a request at most.
    """
    body, seconds = environment.get("GOODCALL_BODY_BYTES"), environment.get("GOODCALL_TIMEOUT")
    try:
        bounds = Bounds(int(body or _BODY), float(seconds or _SECONDS))
    except ValueError as error:
        raise BadSetting(_BOUNDS.format(body, seconds)) from error
    if bounds.body < 1 or not 0 < bounds.seconds < inf:
        raise BadSetting(_BOUNDS.format(body, seconds))
    return Surroundings(bounds, Telemetry(tracer_of(environment)))


def surround(app: FastAPI, what: Surroundings) -> None:
    """Put an application with all its routes behind its office's gate, limits and figures."""

    def gate() -> Gate | None:
        office: Office | None = getattr(app.state, "office", None)
        return None if office is None else office.gate

    app.state.telemetry = what.telemetry
    app.middleware_stack = Around(app.build_middleware_stack(), gate, what)


class Around:
    """An application with all that stands around a request; `gate` gives None before it is open."""

    def __init__(
        self,
        app: ASGIApp,
        gate: Callable[[], Gate | None],
        what: Surroundings,
    ) -> None:
        self._app, self._gate = app, gate
        self._bounds, self._telemetry, self._strangers = what.bounds, what.telemetry, what.strangers
        self._buckets = Buckets(what.ticks)
        self._ids = (f"{what.ids}-{number:x}" for number in count(1))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever is not HTTP passes as it is."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send, self._bounds.body)
        scope[REQUEST_ID] = exchange.id or next(self._ids)
        REQUEST.set(scope[REQUEST_ID])
        began = perf_counter()
        with self._telemetry.span(scope) as span:
            try:
                self._let_in(exchange)
                async with asyncio.timeout(self._bounds.seconds):
                    await self._app(scope, exchange.receive, exchange.send)
            except Unanswered as error:
                await exchange.refuse(error)
            except TimeoutError:
                await exchange.refuse(TooSlow(_TOO_SLOW.format(self._bounds.seconds)))
            finally:
                self._tell(scope, exchange, perf_counter() - began)
                span(exchange.status)

    def _let_in(self, exchange: "_Exchange") -> None:
        """Prove who asks and take from the caller's bucket, where the path is not open to all.

        Whoever signs in is a stranger until that is done, whatever else the request carries.
        """
        scope = exchange.scope
        path: str = scope["path"]
        signs_in = path.startswith(_SIGN_ON) or (path == _SESSION and scope["method"] == "POST")
        asks = path.startswith("/v1/") and path not in OPEN and not signs_in
        exchange.guarded = asks and path != _SESSION
        if signs_in:
            self._buckets.take(_stranger(scope), self._strangers)
        if exchange.length is not None and exchange.length > self._bounds.body:
            raise _too_large(self._bounds.body)
        if not asks:
            return
        gate = self._gate()
        if gate is None:
            raise NotReady("not_ready", "the service is starting; ask again in a second")
        try:
            caller = gate.prove(scope["method"], scope["headers"])
        except Unanswered:
            self._buckets.take(_stranger(scope), self._strangers)
            raise
        scope[CALLER] = caller
        if caller.limits is None:
            self._buckets.take(caller.who.id, _PERSON)
        else:
            self._buckets.take(caller.limits.key_id, a_minute(caller.limits.per_minute))

    def _tell(self, scope: Scope, exchange: "_Exchange", seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "other")
        status = exchange.status or 500
        self._telemetry.answered(route, status, seconds)
        if status >= 500 or seconds > self._bounds.slow:  # noqa: PLR2004 - HTTP's own border
            warn("request", route=route, status=status, ms=round(seconds * 1000, 1))
        elif status in _NOTED:
            note("request", route=route, status=status, ms=round(seconds * 1000, 1))


class _Exchange:
    """One request and its answer on their way through."""

    __slots__ = (
        "_bound", "_left", "_receive", "_send", "guarded", "id", "instead", "length", "scope",
        "started", "status",
    )  # fmt: skip

    def __init__(self, scope: Scope, receive: Receive, send: Send, body: int) -> None:
        self.scope, self._receive, self._send = scope, receive, send
        self.status, self.started, self.guarded = 0, False, False
        self.instead: Unanswered | None = None
        self._bound = self._left = body
        self.id, self.length = "", None
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit():
                self.length = int(value)
            elif name == b"x-request-id" and _GIVEN_ID(value):
                self.id = value.decode()

    async def receive(self) -> Message:
        """The next part of the body; one whose length was not announced is counted."""
        message = await self._receive()
        if self.length is None and message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                self.instead = _too_large(self._bound)
                return {"type": "http.disconnect"}
        return message

    async def send(self, message: Message) -> None:
        """Pass a part of the answer on, or hold it back and answer otherwise."""
        if self.started and self.instead is not None:
            return
        if message["type"] != "http.response.start":
            await self._send(message)
            return
        if (
            self.guarded
            and message["status"] < 400  # noqa: PLR2004 - HTTP's own border
            and not self.scope.get(ADMITTED)
        ):
            self.instead = Unguarded("an endpoint did not ask the gate; report this defect")
        if self.instead is not None:
            await self.refuse(self.instead)
            return
        await self._begin(message)

    async def refuse(self, error: Unanswered) -> None:
        """Answer with a problem, unless an answer was begun already."""
        if self.started:
            return
        self.instead = error
        response = answer_of(error)
        await self._begin(
            {
                "type": "http.response.start",
                "status": response.status_code,
                "headers": response.raw_headers,
            }
        )
        await self._send({"type": "http.response.body", "body": response.body})

    async def _begin(self, message: Message) -> None:
        self.started, self.status = True, message["status"]
        scope = self.scope
        extra = _PAGE if scope["path"].startswith("/docs") else _DATA
        headers = [
            *message.get("headers", ()),
            *extra,
            (b"x-request-id", scope[REQUEST_ID].encode()),
        ]
        if scope.get("scheme") == "https":
            headers.append(_ALWAYS_TLS)
        await self._send({**message, "headers": headers})


def _too_large(bound: int) -> TooLarge:
    return TooLarge(f"a body may have {bound:,} bytes and this one has more; send it in parts")


def _stranger(scope: Scope) -> str:
    """Whoever asks without proof, by address."""
    client = scope.get("client")
    return f"address {client[0]}" if client else "address unknown"


_TOO_SLOW = "there was no answer within {:g} seconds; ask again, with less at once"
_BOUNDS = (
    "GOODCALL_BODY_BYTES={} or GOODCALL_TIMEOUT={} does not read; the first is whole bytes from 1 "
    "on, such as 1000000, the second seconds above 0, such as 30"
)
_NOTED = frozenset({401, 403, 408, 413, 429})
