"""The service's figures for Prometheus, and its traces where a collector is configured.

No figure and no trace names a customer: routes are templates, labels are those of models, rules
and sources.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.propagate import extract
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.types import Scope

from serving.gate import REQUEST_ID

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_Child = tuple[Callable[[], None], Callable[[float], None]]


class Telemetry:
    """Counts what is answered; `tracer` is None where no collector is configured."""

    def __init__(self, tracer: trace.Tracer | None = None) -> None:
        self.registry = CollectorRegistry()
        self._tracer = tracer
        self._requests = self._counter("requests", "Requests answered.", "route", "status")
        self._seconds = Histogram(
            "goodcall_request_seconds",
            "Time to an answer, in seconds.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._scores = Histogram(
            "goodcall_score",
            "Probabilities that were answered.",
            ("label",),
            buckets=_SHARES,
            registry=self.registry,
        )
        self._blocks = self._counter("rule_blocks", "Offers withheld by a rule.", "rule")
        self._fallbacks = self._counter("fallbacks", "Answers without all they need.", "because")
        self._snapshot_age = self._gauge("snapshot_age_days", "Age of the online rows, in days.")
        self._model_age = self._gauge("model_age_days", "Days since a model was made.", "label")
        self._serving = self._gauge("source_serving", "Whether a source serves: 1 or 0.", "source")
        self._breaker = self._gauge("breaker_open", "Whether a breaker is open: 1 or 0.", "source")
        self._by_label: dict[str, Callable[[float], None]] = {}
        self._children: dict[tuple[str, int], _Child] = {}

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        found = self._children.get((route, status))
        if found is None:
            counted = self._requests.labels(route, str(status))
            found = counted.inc, self._seconds.labels(route).observe
            self._children[route, status] = found
        found[0]()
        found[1](seconds)

    def scored(self, probabilities: Mapping[str, float]) -> None:
        """Count the probabilities of one answer by label."""
        for label, probability in probabilities.items():
            self._of_label(label)(probability)

    def _of_label(self, label: str) -> Callable[[float], None]:
        found = self._by_label.get(label)
        if found is None:
            found = self._by_label[label] = self._scores.labels(label).observe
        return found

    def blocked(self, rule: str) -> None:
        """Count an offer that a rule withheld."""
        self._blocks.labels(rule).inc()

    def fell_back(self, because: str) -> None:
        """Count an answer that says that it lacks something."""
        self._fallbacks.labels(because).inc()

    def stand(
        self,
        *,
        snapshot_age_days: int | None,
        model_age_days: Mapping[str, float],
        serving: Mapping[str, bool],
        breakers: Mapping[str, bool],
    ) -> None:
        """Say how the sources stand at this moment."""
        if snapshot_age_days is not None:
            self._snapshot_age.set(snapshot_age_days)
        for label, age in model_age_days.items():
            self._model_age.labels(label).set(age)
        for source, serves in serving.items():
            self._serving.labels(source).set(serves)
        for source, is_open in breakers.items():
            self._breaker.labels(source).set(is_open)

    def page(self, shared: str | None) -> bytes:
        """All figures in Prometheus' text; `shared` is the folder of several workers' figures."""
        if shared is None:
            return generate_latest(self.registry)
        gathered = CollectorRegistry()
        MultiProcessCollector(gathered, path=shared)  # type: ignore[no-untyped-call]
        return generate_latest(gathered)

    @contextmanager
    def span(self, scope: Scope) -> Iterator[Callable[[int], None]]:
        """The trace of one request, which goes on from the caller's; call it with the status."""
        if self._tracer is None:
            yield _nothing
            return
        carrier = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        kind = trace.SpanKind.SERVER
        with self._tracer.start_as_current_span(
            scope["method"], context=extract(carrier), kind=kind
        ) as span:
            span.set_attribute("http.request.method", scope["method"])
            span.set_attribute("goodcall.request_id", scope[REQUEST_ID])

            def ended(status: int) -> None:
                route = getattr(scope.get("route"), "path", "other")
                span.update_name(f"{scope['method']} {route}")
                span.set_attribute("http.route", route)
                span.set_attribute("http.response.status_code", status)

            yield ended

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(f"goodcall_{name}", words, labels, registry=self.registry)

    def _gauge(self, name: str, words: str, *labels: str) -> Gauge:
        return Gauge(
            f"goodcall_{name}",
            words,
            labels,
            registry=self.registry,
            multiprocess_mode="mostrecent",
        )


def tracer_of(environment: Mapping[str, str], service: str = "goodcall") -> trace.Tracer | None:
    """A tracer that sends to OTEL_EXPORTER_OTLP_ENDPOINT in batches; None where it is not set."""
    if not environment.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return None
    # Its protocol takes a tenth of a second to load, which only those wait who send traces.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )

    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider.get_tracer("goodcall.serving")


def _nothing(_status: int) -> None:
    """What ends a trace that was not begun."""
