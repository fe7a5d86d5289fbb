"""The application of this process, over the workspace that the environment names."""

import atexit
import gc
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
from serving.gate import open_gate
from serving.journal import start_journal
from serving.office import Office, open_office
from serving.packing import ALIAS
from serving.signing_in import note_settings, provider_of
from serving.terms import terms_of

_SWITCH_SECONDS = 0.0005


def ready() -> bool:
    """Whether the office is open and can answer every kind of request."""
    return is_ready(api)


def _open_office() -> Office:
    start_journal(sys.stderr)
    place, terms = workspace_at(os.environ), terms_of(os.environ)
    gate = open_gate(place, os.environ, _now)
    note_settings(gate, now=_now())
    office = open_office(
        place,
        _packed_champions(),
        terms,
        gate=gate,
        rng=np.random.default_rng(),
        sign_on=provider_of(gate, os.environ),
    )
    # What was loaded stays: the collector need not walk through it each time, which takes a fifth
    # of a second in which nobody is answered.
    gc.collect()
    gc.freeze()
    # Whoever looks for what was published hands the interpreter back ten times as soon.
    sys.setswitchinterval(_SWITCH_SECONDS)
    atexit.register(gc.unfreeze)
    return office


def _packed_champions() -> Path | None:
    """The champions that came with this Bento, or none where the code runs outside of one."""
    try:
        return Path(bentoml.models.get(ALIAS).path)
    except NotFound:
        return None


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


api = build_api(_open_office, _now, around=surroundings_of(os.environ))
