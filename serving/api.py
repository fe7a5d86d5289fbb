"""The HTTP interface: one application over the routes.

Endpoints are `async`, and each takes the shelf once. One that answers about a single customer never
awaits after that: it is done before a newly published shelf can take its place. Those that take
longer (many customers, contacts, consents, lists, events) work in a thread beside the loop, with
the shelf that they took, and may outlast its place: they use of it what threads may share.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import swagger_ui_bundle
from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles

from serving.advising import Pace
from serving.around import Surroundings, surround
from serving.journal import defect, note
from serving.office import Office
from serving.openapi import describe
from serving.problems import HANDLERS
from serving.routes import ROUTERS

OPENAPI, DOCS, ASSETS = "/v1/openapi.json", "/docs", "/docs/assets"
_ABOUT = (
    "Scores, next best offers, contacts, consents and lists of a bank. Probabilities rest on the "
    "snapshot and on what arrived since; money is integer cents; instants are UTC; errors say what "
    "to do. What an answer holds depends on the caller's role."
)


def build_api(
    open_office: Callable[[], Office],
    clock: Callable[[], datetime],
    *,
    look_every: float = 1.0,
    around: Surroundings | None = None,
) -> FastAPI:
    """The application; it opens its office when it starts and follows what is published then on.

    `clock` gives the present as a UTC instant of whole seconds; `look_every` is in seconds.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # FastAPI puts its routes together when they are first asked for; no request waits for that.
        describe(app)
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
        # Traced and counted once, around the application.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    app.state.clock, app.state.pace = clock, Pace()
    for router in ROUTERS:
        app.include_router(router)
    _add_docs(app)
    surround(app, around or Surroundings())
    return app


def is_ready(app: FastAPI) -> bool:
    """Whether the application has opened its office and can answer every kind of request."""
    office: Office | None = getattr(app.state, "office", None)
    return office is not None and office.desk.shelf.ready


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


async def _follow(office: Office, look_every: float) -> None:
    """Take in what is published for as long as the service runs."""
    while True:
        await asyncio.sleep(look_every)
        office.desk.adopt(await asyncio.to_thread(office.look))


def _tell_end(watch: asyncio.Task[None]) -> None:
    error = None if watch.cancelled() else watch.exception()
    if error is not None:
        defect("watch_ended", error)
