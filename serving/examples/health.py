"""Examples of what the service says of itself."""

from serving.examples.shared import Example

SOURCE_HEALTH: Example = {"source": "models", "serving": True, "problem": None}
HEALTH_ANSWER: Example = {
    "status": "ready",
    "model_versions": {"churn": "3f9a1c0b7d22"},
    "snapshot_as_of": "2026-06-01",
    "snapshot_age_days": 0,
    "bank": "Demo Bank",
    "policy_version": "9c1185a5c5e9",
    "sources": [SOURCE_HEALTH],
}
UNREADY: Example = {
    "error": "not_ready",
    "message": "not ready: models",
    "what_to_do": "see the problem of each source",
    "sources": [
        {
            "source": "models",
            "serving": False,
            "problem": "no champion; run `goodcall train`",
        }
    ],
}
