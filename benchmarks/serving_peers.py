"""What the service is measured against: one booster, one row, and nothing else around it.

Each is started by benchmarks.serving in a process of its own. GOODCALL_PEER_BOOSTER names the
booster's text. Of the service's own stack none has the store, the access check or the audit log.
"""

import os
from pathlib import Path
from typing import Any

import bentoml
import lightgbm
import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel

_BOOSTER = lightgbm.Booster(model_file=str(Path(os.environ["GOODCALL_PEER_BOOSTER"])))
_ROW = np.zeros((1, _BOOSTER.num_feature()))
_QUIET: dict[str, Any] = {"access": {"enabled": False}}


class Asked(BaseModel):
    """A customer's number; the row is the same for all."""

    customer_id: int


def _score() -> dict[str, float]:
    return {"churn": float(_BOOSTER.predict(_ROW, num_threads=1)[0])}


# FastAPI and the booster, by `uvicorn benchmarks.serving_peers:bare`.
bare = FastAPI()


@bare.post("/v1/score")
async def score(asked: Asked) -> dict[str, float]:  # noqa: ARG001 - parsed as the service parses
    """The booster's probability."""
    return _score()


@bentoml.service(logging=_QUIET)
class Noop:
    """BentoML's shortest way: an async endpoint that does nothing, no access log."""

    @bentoml.api(route="/v1/score")
    async def score(self, customer_id: int) -> dict[str, float]:  # noqa: ARG002
        """Nothing."""
        return {"churn": 0.0}


@bentoml.service
class OutOfTheBox:
    """BentoML as its tutorial has it: a plain function, every setting as it comes."""

    @bentoml.api(route="/v1/score")
    def score(self, customer_id: int) -> dict[str, float]:  # noqa: ARG002
        """The booster's probability."""
        return _score()
