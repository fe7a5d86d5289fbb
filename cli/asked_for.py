"""Asks who runs a command before it does anything, once access is set up."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

from cli.options import workspace
from cli.proving import As, acting
from governance import proposals_in

_AS = "acting_as"


def asking(work: Callable[..., Any], action: str) -> Callable[..., Any]:
    """A command that does its work for whoever may do the action; refusals are audited.

    It takes `--as` beside its own options.
    """

    @functools.wraps(work)
    def asked(**given: Any) -> Any:  # noqa: ANN401 - whatever options there are
        name = given.pop(_AS)
        place = workspace(given["home"])
        if proposals_in(place) is not None:
            with acting(place, name, action):
                pass
        return work(**given)

    own = inspect.Parameter(_AS, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=As)
    plain = inspect.signature(work, eval_str=True)
    asked.__signature__ = plain.replace(parameters=[*plain.parameters.values(), own])  # type: ignore[attr-defined]
    asked.__annotations__ = get_type_hints(work, include_extras=True) | {_AS: As}
    return asked
