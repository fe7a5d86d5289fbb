"""The service's figures, as Prometheus reads them."""

import os

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.asking import clock_of, gate_of, shelf_of, telemetry_of
from serving.gauging import stand
from serving.problems import documented
from serving.telemetry import CONTENT_TYPE

ROUTER = APIRouter(prefix="/v1", tags=["health"])


@ROUTER.get(
    "/metrics",
    summary="The service's figures for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}, **documented()},
    openapi_extra={"x-goodcall-action": "metrics", "x-goodcall-payload": None},
)
async def metrics(request: Request) -> Response:
    """Requests, their time, scores, rules that withheld, and how old model and snapshot are."""
    gate_of(request).admit(request, "metrics")
    telemetry = telemetry_of(request)
    stand(telemetry, shelf_of(request), clock_of(request)())
    return Response(
        telemetry.page(os.environ.get("PROMETHEUS_MULTIPROC_DIR")), media_type=CONTENT_TYPE
    )
