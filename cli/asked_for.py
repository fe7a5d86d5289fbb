"""Asks who runs a command before it does anything, once access is set up."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

from cli.options import As, workspace
from goodcall import Workspace
from goodcall.principal import Principal
from governance import AccessRefused

_AS = "acting_as"


def asking(work: Callable[..., Any], action: str, *, desk: bool = False) -> Callable[..., Any]:
    """A command that does its work for whoever may do the action; refusals are audited.

    It takes `--as` beside its own options. One of the `desk` is for whoever may do it for some
    customers, and its `--agent` is whoever runs it.
    """

    @functools.wraps(work)
    def asked(**given: Any) -> Any:  # noqa: ANN401 - whatever options there are
        name = given.pop(_AS)
        place = workspace(given["home"])
        if place.keeps_access:
            _refuse(place, name, action, given.get("agent"), for_some=desk)
        return work(**given)

    own = inspect.Parameter(_AS, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=As)
    plain = inspect.signature(work, eval_str=True)
    asked.__signature__ = plain.replace(parameters=[*plain.parameters.values(), own])  # type: ignore[attr-defined]
    asked.__annotations__ = get_type_hints(work, include_extras=True) | {_AS: As}
    return asked


def _refuse(
    place: Workspace, name: str | None, action: str, agent: int | None, *, for_some: bool
) -> None:
    """An error where there are people, and whoever runs a command is not one who may."""
    # Where nobody was ever added no command waits for the store of access to be imported.
    from cli.proving import acting  # noqa: PLC0415
    from governance import proposals_in  # noqa: PLC0415

    if proposals_in(place) is None:
        return
    with acting(place, name, action, for_some=for_some) as at:
        _refuse_another(at.person, agent)


def _refuse_another(who: Principal, agent: int | None) -> None:
    """AccessRefused where the staff id that a command names is not that of who runs it."""
    if agent is None or agent == who.staff_id:
        return
    own = "your user has none" if who.staff_id is None else f"give {who.staff_id}"
    raise AccessRefused(
        f"{who.id} cannot act as staff {agent}; --agent is your own staff id: {own}"
    )
