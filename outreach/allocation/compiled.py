"""Functions over arrays, compiled to machine code."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """The function compiled at its first call, kept on disk; other threads run beside it."""
    return cast("F", numba.njit(cache=True, nogil=True)(function))
