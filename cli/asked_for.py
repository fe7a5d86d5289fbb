"""Asks who runs a command before it does anything, once access is set up."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

from cli.doer import Doer
from cli.options import As, workspace
from goodcall import Workspace
from goodcall.principal import Principal
from governance import AccessRefused

_AS, _DOER = "acting_as", "doer"


def asking(work: Callable[..., Any], action: str, *, desk: bool = False) -> Callable[..., Any]:
    """A command that does its work for whoever may do the action; refusals are audited.

    It takes `--as` beside its own options, and a command with an argument `doer` learns by it who
    that was. One of the `desk` is for whoever may do it for some customers, and its `--agent` is
    whoever runs it.
    """
    plain = inspect.signature(work, eval_str=True)
    told = _DOER in plain.parameters

    @functools.wraps(work)
    def asked(**given: Any) -> Any:  # noqa: ANN401 - whatever options there are
        name = given.pop(_AS)
        place, doer = workspace(given["home"]), Doer()
        if place.keeps_access:
            doer = _proved(place, name, action, given.get("agent"), for_some=desk)
        return work(**given, **({_DOER: doer} if told else {}))

    own = inspect.Parameter(_AS, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=As)
    options = [each for name, each in plain.parameters.items() if name != _DOER]
    asked.__signature__ = plain.replace(parameters=[*options, own])  # type: ignore[attr-defined]
    asked.__annotations__ = get_type_hints(work, include_extras=True) | {_AS: As}
    asked.__annotations__.pop(_DOER, None)
    return asked


def _proved(
    place: Workspace, name: str | None, action: str, agent: int | None, *, for_some: bool
) -> Doer:
    """Who runs a command; an error where there are people and it is not one who may."""
    # Where nobody was ever added no command waits for the store of access to be imported.
    from cli.proving import acting  # noqa: PLC0415
    from governance import proposals_in  # noqa: PLC0415

    if proposals_in(place) is None:
        return Doer()
    with acting(place, name, action, for_some=for_some) as at:
        _refuse_another(at.person, agent)
        return at.doer


def _refuse_another(who: Principal, agent: int | None) -> None:
    """AccessRefused where the staff id that a command names is not that of who runs it."""
    if agent is None or agent == who.staff_id:
        return
    own = "your user has none" if who.staff_id is None else f"give {who.staff_id}"
    raise AccessRefused(
        f"{who.id} cannot act as staff {agent}; --agent is your own staff id: {own}"
    )
