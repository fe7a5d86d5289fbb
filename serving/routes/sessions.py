"""Signing in with a password or through the bank's own sign-on, and signing out.

The session is a cookie that scripts cannot read and other sites' pages cannot send. A sign-on that
is on its way is a cookie too, so that it ends in the browser in which it began.
"""

import asyncio
from typing import Annotated, Literal, TypedDict

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from governance.oidc import OpenIdProvider
from governance.sign_ons import LONGEST
from serving import signing_in
from serving.asking import clock_of, gate_of, office_of
from serving.errors import NoSignOn
from serving.examples.problems import NO_SIGN_ON
from serving.gate import REQUEST_ID, SESSION, token_of
from serving.problems import documented
from serving.schemas.sessions import SessionAnswer, SignInRequest

ROUTER = APIRouter(prefix="/v1/session", tags=["sessions"])
_ON_ITS_WAY = "goodcall_sign_on"
_LONGEST = int(LONGEST.total_seconds())
_Said = Annotated[str, Query(min_length=1, max_length=2000)]


class _Kept(TypedDict):
    path: str
    secure: bool
    httponly: bool
    samesite: Literal["lax"]


@ROUTER.post("", summary="Sign in", response_model=SessionAnswer, responses=documented())
async def sign_in(asked: SignInRequest, request: Request) -> Response:
    """A session for a name and its password; the answer to every failure is the same."""
    begun = await asyncio.to_thread(
        signing_in.sign_in,
        gate_of(request),
        asked.name,
        asked.password.get_secret_value(),
        request=request.scope[REQUEST_ID],
        now=clock_of(request)(),
    )
    who = begun.who
    said = SessionAnswer(id=who.id, role=who.role, branches=tuple(sorted(who.branches)))
    return _remembered(JSONResponse(said.model_dump(mode="json")), request, begun.token)


@ROUTER.get("", summary="Who is signed in", responses=documented())
async def whoami(request: Request) -> SessionAnswer:
    """Who asks, by the session or by a key."""
    who = gate_of(request).caller(request)
    return SessionAnswer(id=who.id, role=who.role, branches=tuple(sorted(who.branches)))


@ROUTER.delete("", summary="Sign out", status_code=204, responses=documented())
async def sign_out(request: Request) -> Response:
    """The session is over, here at once and in other processes within seconds."""
    gate = gate_of(request)
    who, token = gate.caller(request), token_of(request.scope["headers"])
    if token is not None:
        id_, now = request.scope[REQUEST_ID], clock_of(request)()
        await asyncio.to_thread(signing_in.sign_out, gate, token, who, request=id_, now=now)
    response = Response(status_code=204)
    response.delete_cookie(SESSION, path="/", httponly=True, samesite="strict")
    return response


@ROUTER.get(
    "/oidc",
    summary="Sign in through the bank's own sign-on",
    status_code=303,
    responses=documented(NO_SIGN_ON),
)
async def begin(request: Request) -> Response:
    """Leads the browser to the bank's sign-on, where the access file names one."""
    provider = _provider(request)
    begun = await asyncio.to_thread(
        signing_in.begin_sign_on,
        gate_of(request),
        provider,
        request=request.scope[REQUEST_ID],
        now=clock_of(request)(),
    )
    response = RedirectResponse(begun.url, status_code=303)
    response.set_cookie(_ON_ITS_WAY, begun.state, max_age=_LONGEST, **_kept_for(provider))
    return response


@ROUTER.get(
    "/oidc/callback",
    summary="Come back from the bank's own sign-on",
    status_code=303,
    responses=documented(NO_SIGN_ON),
)
async def finish(request: Request, state: _Said, code: _Said) -> Response:
    """The session of whom the bank's sign-on proved, and the way to the service's page."""
    provider = _provider(request)
    begun = await asyncio.to_thread(
        signing_in.finish_sign_on,
        gate_of(request),
        provider,
        signing_in.Back(state, code, request.cookies.get(_ON_ITS_WAY, "")),
        request=request.scope[REQUEST_ID],
        now=clock_of(request)(),
    )
    response = _remembered(RedirectResponse("/docs", status_code=303), request, begun.token)
    response.delete_cookie(_ON_ITS_WAY, **_kept_for(provider))
    return response


def _provider(request: Request) -> OpenIdProvider:
    found = office_of(request).sign_on
    if found is None:
        raise NoSignOn(
            "the access file names no sign-on of the bank; sign in with a password, or add "
            "[sign_on] to access.toml",
        )
    return found


def _kept_for(provider: OpenIdProvider) -> _Kept:
    """How a browser keeps a sign-on's state: for the way back alone, which the bank's page leads.

    Over TLS unless the way back is to this machine; scripts do not see it.
    """
    return {
        "path": f"{ROUTER.prefix}/oidc",
        "secure": provider.returns_over_tls,
        "httponly": True,
        "samesite": "lax",
    }


def _remembered(response: Response, request: Request, token: str) -> Response:
    """The answer with the session's cookie; over TLS it never goes out in the clear."""
    response.set_cookie(
        SESSION,
        token,
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return response
