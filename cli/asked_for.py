"""Asks who runs a command before it does anything, once access is set up."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

from cli.options import workspace
from cli.proving import As, acting
from cli.records import Doer
from governance import proposals_in

_AS, _DOER = "acting_as", "doer"


def asking(work: Callable[..., Any], action: str) -> Callable[..., Any]:
    """A command that does its work for whoever may do the action; refusals are audited.

    It takes `--as` beside its own options, and learns by its argument `doer` who that was.
    """

    @functools.wraps(work)
    def asked(**given: Any) -> Any:  # noqa: ANN401 - whatever options there are
        name = given.pop(_AS)
        place, doer = workspace(given["home"]), Doer()
        if proposals_in(place) is not None:
            with acting(place, name, action) as at:
                doer = at.doer
        return work(**given, doer=doer)

    own = inspect.Parameter(_AS, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=As)
    plain = inspect.signature(work, eval_str=True)
    options = [each for name, each in plain.parameters.items() if name != _DOER]
    asked.__signature__ = plain.replace(parameters=[*options, own])  # type: ignore[attr-defined]
    asked.__annotations__ = get_type_hints(work, include_extras=True) | {_AS: As}
    del asked.__annotations__[_DOER]
    return asked
