"""The BentoML service: one application at the root, loopback only unless told otherwise.

BentoML itself answers `/livez`, `/healthz`, `/readyz` and `/schema.json`.
"""

import bentoml

from serving.direct import Direct, is_ready


@bentoml.service(
    service_class=Direct,
    workers=1,
    http={"host": "127.0.0.1", "port": 3000},
    # All that these do stands around the application already, at a tenth of their cost.
    logging={"access": {"enabled": False}},
    metrics={"enabled": False},
    tracing={"excluded_urls": ".*"},
)
class Goodcall:
    """Scores, next best offers and explanations; BentoML asks it whether it is ready."""

    def __is_ready__(self) -> bool:
        return is_ready()
