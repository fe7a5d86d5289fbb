"""Functions over arrays, compiled to machine code and run on all cores."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

F = TypeVar("F", bound=Callable[..., Any])
# To start threads takes longer than so many rows; a core that is held up leaves stretches to
# the others.
_FEW = 4_000
_STRETCHES = 4


def compiled(function: F) -> F:
    """The function compiled at its first call, kept on disk; other threads run beside it."""
    return cast("F", numba.njit(cache=True, nogil=True)(function))


def in_parts(
    kernel: Callable[..., None], begins: npt.NDArray[np.int64], given: tuple[object, ...]
) -> None:
    """Run a kernel over stretches of about equally many rows on all cores; few rows on this one."""
    cores, cells = os.cpu_count() or 1, len(begins) - 1
    parts = min(cores * _STRETCHES, cells)
    if cores == 1 or parts <= 1 or begins[-1] <= _FEW:
        kernel(*given, 0, cells)
        return
    edges = np.searchsorted(begins, np.linspace(0, begins[-1], parts + 1))
    edges[0], edges[-1] = 0, cells
    with ThreadPoolExecutor(cores) as pool:
        for done in [pool.submit(kernel, *given, *edge) for edge in pairwise(edges)]:
            done.result()
