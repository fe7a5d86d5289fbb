"""A BentoML service whose application answers without BentoML's middleware in between.

BentoML runs each request through metrics, OpenTelemetry, a task for its timeout, a context and two
routers before it reaches a mounted application; measured, they cost more than scoring a customer
(docs/benchmarks.md). What they do is done once, around the application (serving/around.py). Life
cycle, probes and BentoML's own pages stay BentoML's.

The application is made where requests are answered: BentoML's supervisor loads the service too, and
should not wait for LightGBM and the rest to load.
"""

from collections.abc import Callable
from importlib import import_module
from typing import TypeVar

from _bentoml_sdk.service.factory import Service
from starlette.types import ASGIApp, Receive, Scope, Send

T = TypeVar("T")
_BENTOML = frozenset({"/livez", "/healthz", "/readyz", "/schema.json"})
_APPLICATION = "serving.application"


class Direct(Service[T]):
    """A service with the application at its root, which answers all but BentoML's own paths."""

    __slots__ = ()

    def to_asgi(self, is_main: bool = True) -> ASGIApp:  # noqa: FBT001, FBT002 - BentoML's own
        """The application behind BentoML's life cycle."""
        app: ASGIApp = import_module(_APPLICATION).api
        self.mount_asgi_app(app, path="/")
        bento: ASGIApp = super().to_asgi(is_main)

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            ours = scope["type"] == "http" and scope["path"] not in _BENTOML
            await (app if ours else bento)(scope, receive, send)

        return answer


def is_ready() -> bool:
    """Whether the application of this process has opened its office and can answer."""
    ready: Callable[[], bool] = import_module(_APPLICATION).ready
    return ready()
