"""The BentoML service: one application at the root, loopback only unless told otherwise.

BentoML itself answers `/livez`, `/healthz`, `/readyz`, `/metrics` and `/schema.json`.
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
from serving.journal import start_journal
from serving.office import Office, open_office
from serving.packing import ALIAS
from serving.terms import terms_of


def _open_office() -> Office:
    start_journal(sys.stderr)
    place, terms = workspace_at(os.environ), terms_of(os.environ)
    return open_office(place, _packed_champions(), terms, rng=np.random.default_rng())


def _packed_champions() -> Path | None:
    """The champions that came with this Bento, or none where the code runs outside of one."""
    try:
        return Path(bentoml.models.get(ALIAS).path)
    except NotFound:
        return None


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


api = build_api(_open_office, _now)


@bentoml.service(
    workers=1,
    traffic={"timeout": 30},
    http={"host": "127.0.0.1", "port": 3000},
    # The access log halves the speed and would note every request for a customer.
    logging={"access": {"enabled": False}},
)
@bentoml.asgi_app(api, path="/")
class Goodcall:
    """Scores, next best offers and explanations; BentoML asks it whether it is ready."""

    def __is_ready__(self) -> bool:
        return is_ready(api)
