"""A BentoML service whose mounted application answers without BentoML's middleware in between.

BentoML runs each request through metrics, OpenTelemetry, a task for its timeout, a context and two
routers before it reaches a mounted application; measured, they cost more than scoring a customer
(docs/benchmarks.md). What they do is done once, around the application (serving/around.py). Life
cycle, probes and BentoML's own pages stay BentoML's.
"""

from typing import TypeVar

from _bentoml_sdk.service.factory import Service
from starlette.types import ASGIApp, Receive, Scope, Send

T = TypeVar("T")
_BENTOML = frozenset({"/livez", "/healthz", "/readyz", "/schema.json"})


class Direct(Service[T]):
    """A service with one application mounted at its root, which answers all but BentoML's paths."""

    __slots__ = ()

    def to_asgi(self, is_main: bool = True) -> ASGIApp:  # noqa: FBT001, FBT002 - BentoML's own
        """The application behind BentoML's life cycle."""
        bento = super().to_asgi(is_main)
        ((app, _path, _name),) = self.mount_apps

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            ours = scope["type"] == "http" and scope["path"] not in _BENTOML
            await (app if ours else bento)(scope, receive, send)

        return answer
