"""A service in a process of its own at a fixed moment: `serving_process.py HOME LEDGER PORT`."""

import os
import sys
from pathlib import Path

import numpy as np
import uvicorn
from busy import AT

from goodcall.workspace import Workspace
from serving.api import build_api
from serving.gate import open_gate
from serving.office import open_office
from serving.terms import Terms


def main(home, ledger, port):
    place = Workspace(Path(home), ledger_at=ledger)

    def office():
        gate = open_gate(place, os.environ, lambda: AT)
        return open_office(place, None, Terms(), gate=gate, rng=np.random.default_rng(1))

    uvicorn.run(build_api(office, lambda: AT), port=int(port), log_config=None)


if __name__ == "__main__":
    main(*sys.argv[1:])
