"""The HTTP interface: parse, call one function, return.

Endpoints are `async` and, where they answer, never await: each takes the shelf once and is done
with it before a newly published one can take its place. Facts are taken in aside.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import swagger_ui_bundle
from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles

from serving import examples, offering, scoring
from serving.health import health
from serving.journal import defect, note
from serving.office import Office
from serving.openapi import describe
from serving.problems import HANDLERS, documented
from serving.schemas import (
    EventsAnswer,
    EventsRequest,
    ExplainAnswer,
    ExplainRequest,
    HealthAnswer,
    OffersAnswer,
    OffersRequest,
    ScoreAnswer,
    ScoreRequest,
    UnreadyProblem,
)
from serving.shelf import Shelf

OPENAPI, DOCS, ASSETS = "/v1/openapi.json", "/docs", "/docs/assets"
_STORE = (examples.NO_SNAPSHOT, examples.STALE_SNAPSHOT, examples.OLD_SNAPSHOT)
_LIFE = (examples.NO_MODEL, *_STORE)
_ABOUT = (
    "Scores, next best offers and explanations for one customer of the bank. Probabilities rest on "
    "the snapshot and on what arrived since; money is integer cents; instants are UTC; errors say "
    "what to do."
)


def build_api(
    open_office: Callable[[], Office], clock: Callable[[], datetime], *, look_every: float = 1.0
) -> FastAPI:
    """The application; it opens its office when it starts and follows what is published then on.

    `clock` gives the present as a UTC instant of whole seconds; `look_every` is in seconds.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        office = await asyncio.to_thread(open_office)
        app.state.office = office
        watch = asyncio.create_task(_follow(office, look_every))
        watch.add_done_callback(_tell_end)
        note("started", ready=office.desk.shelf.ready)
        yield
        watch.cancel()
        await asyncio.to_thread(office.close)
        note("stopped")

    app = FastAPI(
        title="Goodcall",
        version="1",
        description=_ABOUT,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        exception_handlers=HANDLERS,
    )
    _add_answers(app, clock)
    _add_docs(app)
    return app


def is_ready(app: FastAPI) -> bool:
    """Whether the application has opened its office and can answer every kind of request."""
    office: Office | None = getattr(app.state, "office", None)
    return office is not None and office.desk.shelf.ready


def _add_answers(app: FastAPI, clock: Callable[[], datetime]) -> None:
    @app.post(
        "/v1/score",
        summary="Probabilities of one customer",
        responses=documented(examples.PROBLEM, examples.UNKNOWN_LABEL, *_LIFE),
    )
    async def score(asked: ScoreRequest, request: Request) -> ScoreAnswer:
        """The calibrated probability of every label asked for."""
        return scoring.score(_shelf(request), asked, clock())

    @app.post(
        "/v1/next_best_offers",
        summary="What to do for one customer now",
        responses=documented(
            examples.PROBLEM, examples.UNKNOWN_CHANNEL, *_LIFE, examples.NO_POLICY
        ),
    )
    async def next_best_offers(asked: OffersRequest, request: Request) -> OffersAnswer:
        """Actions by their expected value in cents, doing nothing among them, and what is withheld.

        Nothing is reserved: dialling needs a reservation of its own.
        """
        return offering.next_best_offers(_shelf(request), asked, clock())

    @app.post(
        "/v1/explain",
        summary="What a score is made of",
        responses=documented(examples.PROBLEM, examples.UNKNOWN_LABEL, *_LIFE),
    )
    async def explain(asked: ExplainRequest, request: Request) -> ExplainAnswer:
        """Base value, what each concept adds, and the strongest reasons in words."""
        return scoring.explain(_shelf(request), asked, clock())

    @app.post(
        "/v1/events",
        summary="What customers just did",
        responses=documented(examples.REFUSED_FACTS, *_STORE),
    )
    async def events(asked: EventsRequest, request: Request) -> EventsAnswer:
        """Events count from now on, in every answer about their customers.

        The same event sent twice changes nothing. An event that a channel corrects is sent again
        under its number.
        """
        office: Office = request.app.state.office
        shelf = office.desk.shelf
        return await asyncio.to_thread(office.door.take_events, shelf, asked, clock)

    @app.get(
        "/v1/health",
        summary="Whether the service is ready",
        response_model=HealthAnswer,
        responses={503: {"model": UnreadyProblem, "description": "A source serves nothing yet."}},
    )
    async def health_of(request: Request) -> HealthAnswer | JSONResponse:
        """Model versions, the snapshot's date and age, and the state of every source."""
        found = health(_shelf(request), clock())
        if isinstance(found, UnreadyProblem):
            return JSONResponse(found.model_dump(mode="json"), status_code=503)
        return found


def _add_docs(app: FastAPI) -> None:
    """The description and its page, from the installed package, loading nothing from elsewhere.

    `/` and `/docs.json` belong to BentoML unless taken here: they lead to the same two.
    """

    async def document() -> JSONResponse:
        return JSONResponse(describe(app))

    async def page() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=OPENAPI,
            title=app.title,
            swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{ASSETS}/swagger-ui.css",
            swagger_favicon_url=f"{ASSETS}/favicon-32x32.png",
            swagger_ui_parameters={"validatorUrl": None},
        )

    async def to_page() -> RedirectResponse:
        return RedirectResponse(DOCS)

    async def to_document() -> RedirectResponse:
        return RedirectResponse(OPENAPI)

    pages = {OPENAPI: document, DOCS: page, "/": to_page, "/docs.json": to_document}
    for path, answer in pages.items():
        app.get(path, include_in_schema=False)(answer)
    app.mount(ASSETS, StaticFiles(directory=swagger_ui_bundle.swagger_ui_path))


def _shelf(request: Request) -> Shelf:
    """The shelf in use, to be taken inside an endpoint: a dependency runs a moment too early."""
    office: Office = request.app.state.office
    return office.desk.shelf


async def _follow(office: Office, look_every: float) -> None:
    """Take in what is published for as long as the service runs."""
    while True:
        await asyncio.sleep(look_every)
        office.desk.adopt(await asyncio.to_thread(office.look))


def _tell_end(watch: asyncio.Task[None]) -> None:
    error = None if watch.cancelled() else watch.exception()
    if error is not None:
        defect("watch_ended", error)
