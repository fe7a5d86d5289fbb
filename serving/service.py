"""The BentoML service: one application at the root, loopback only unless told otherwise.

BentoML itself answers `/livez`, `/healthz`, `/readyz` and `/schema.json`.
"""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import bentoml
import numpy as np
from bentoml.exceptions import NotFound

from goodcall.workspace import workspace_at
from serving.api import build_api, is_ready
from serving.around import surroundings_of
from serving.direct import Direct
from serving.gate import open_gate
from serving.journal import start_journal
from serving.office import Office, open_office
from serving.packing import ALIAS
from serving.terms import terms_of


def _open_office() -> Office:
    start_journal(sys.stderr)
    place, terms = workspace_at(os.environ), terms_of(os.environ)
    gate = open_gate(place, os.environ, _now)
    return open_office(place, _packed_champions(), terms, gate=gate, rng=np.random.default_rng())


def _packed_champions() -> Path | None:
    """The champions that came with this Bento, or none where the code runs outside of one."""
    try:
        return Path(bentoml.models.get(ALIAS).path)
    except NotFound:
        return None


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


api = build_api(_open_office, _now, around=surroundings_of(os.environ))


@bentoml.service(
    service_class=Direct,
    workers=1,
    http={"host": "127.0.0.1", "port": 3000},
    # All that these do stands around the application already, at a tenth of their cost.
    logging={"access": {"enabled": False}},
    metrics={"enabled": False},
    tracing={"excluded_urls": ".*"},
)
@bentoml.asgi_app(api, path="/")
class Goodcall:
    """Scores, next best offers and explanations; BentoML asks it whether it is ready."""

    def __is_ready__(self) -> bool:
        return is_ready(api)
