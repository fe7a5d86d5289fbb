"""The figures that a dashboard shows exist, and say what was answered."""

import json
import re
from pathlib import Path

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families
from served import CUSTOMERS, WITHOUT_CONSENT, held_out, talking_to

from serving.gate import REQUEST_ID
from serving.telemetry import Telemetry, tracer_of

DASHBOARD = Path(__file__).parents[2] / "docs" / "grafana.json"
OPEN = [n for n in CUSTOMERS if not held_out(n) and n != WITHOUT_CONSENT]


def figures(page):
    """Every sample of a page: (name, labels) and value."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def test_the_figures_say_what_was_answered(workspace):
    """Scores by label, rules that withheld, the age of models and snapshot, what serves."""
    with talking_to(workspace) as (client, _):
        for who in OPEN[:3]:
            client.post("/v1/score", json={"customer_id": who, "labels": ["churn"]})
        blocked = client.post("/v1/next_best_offers", json={"customer_id": WITHOUT_CONSENT})
        page = client.get("/v1/metrics")
    assert page.headers["content-type"].startswith("text/plain")
    found = figures(page.text)
    assert found["goodcall_score_count", (("label", "churn"),)] == 3
    assert found["goodcall_snapshot_age_days", ()] == 0
    assert found["goodcall_model_age_days", (("label", "churn"),)] == 0
    assert found["goodcall_source_serving", (("source", "models"),)] == 1
    assert found["goodcall_breaker_open", (("source", "ledger"),)] == 0
    rules = {
        check["rule"]
        for each in blocked.json()["withheld"]
        if each["because"] == "blocked"
        for channel in each["channels"]
        for check in channel["failing"]
    }
    counted = {
        dict(labels)["rule"] for name, labels in found if name == "goodcall_rule_blocks_total"
    }
    assert rules
    assert counted == rules


def test_the_dashboard_names_figures_that_exist():
    """Every name in every panel is one that the service shows."""
    telemetry = Telemetry()
    shown = {name for family in telemetry.registry.collect() for name in names_of(family)}
    panels = json.loads(DASHBOARD.read_text())["panels"]
    asked = {
        name
        for panel in panels
        for target in panel["targets"]
        for name in re.findall(r"goodcall_\w+", target["expr"])
    }
    assert len(panels) >= 10
    assert asked <= shown
    assert {name for name in shown if not name.endswith(("_created", "_sum", "_count"))} <= asked


def names_of(family):
    """The names under which a figure is read."""
    ends = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}
    return [f"{family.name}{end}" for end in ends.get(family.type, [""])]


def a_scope():
    trace = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    return {"method": "POST", REQUEST_ID: "r-1", "headers": [(b"traceparent", trace)]}


def test_a_trace_goes_on_from_the_callers():
    """The span has the caller's trace, the route's template and the request's id, and no body."""
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    with Telemetry(provider.get_tracer("test")).span(a_scope()) as ended:
        ended(200)
    (span,) = kept.get_finished_spans()
    assert format(span.context.trace_id, "032x") == "0af7651916cd43dd8448eb211c80319c"
    assert span.name == "POST other"
    assert span.attributes["goodcall.request_id"] == "r-1"
    assert span.attributes["http.response.status_code"] == 200


def test_without_a_collector_nothing_is_traced():
    """No address, no tracer."""
    assert tracer_of({}) is None
    assert tracer_of({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}) is None
