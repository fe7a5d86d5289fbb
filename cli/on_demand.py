"""Commands whose machinery is imported when one of them is run, not when its name is read.

A command is named by the place of its function, `module:function`. Lists of commands show the
first lines of its docstring, which are read without importing the module. A whole number that no
database holds is refused before a command runs, by the name of its option.
"""

import ast
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from cli.actions import ACTIONS, DESK
from cli.asked_for import asking


def on_demand(places: Mapping[str, str]) -> type[TyperGroup]:
    """The class of a group that has these commands: by name, the place of each one's function."""
    return type("Group", (_Group,), {"places": places})


class _Group(TyperGroup):
    """Shows a command by its docstring alone; the one that is run or completed is the real one."""

    places: ClassVar[Mapping[str, str]] = {}

    def __init__(self, *, commands: Mapping[str, Any], **settings: Any) -> None:  # noqa: ANN401
        named = {name: TyperCommand(name, callback=None) for name in self.places}
        super().__init__(commands={**named, **commands}, **settings)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - Typer's own Click
        found = super().get_command(ctx, cmd_name)
        if found is not None and cmd_name in self.places:
            found.help = _docstring(self.places[cmd_name])
        return found

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401
        name, found, rest = super().resolve_command(ctx, args)
        if name is not None and name in self.places:
            found = _loaded(name, self.places[name])
        return name, found, rest


def _loaded(name: str, place: str) -> Any:  # noqa: ANN401 - Typer's own Click
    """The command itself, its options with it."""
    module, function = place.split(":")
    app = typer.Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
    work = getattr(import_module(module), function)
    if place in ACTIONS or place in DESK:
        work = asking(work, ACTIONS.get(place) or DESK[place], desk=place in DESK)
    app.command(name)(work)
    command = get_command(app)
    command.callback = _within_bounds(command)
    return command


def _within_bounds(command: Any) -> Callable[..., Any]:  # noqa: ANN401 - Typer's own Click
    """What a command does, for whole numbers of 64 bits alone, which every database holds."""
    work = command.callback

    def bounded(**given: Any) -> Any:  # noqa: ANN401 - whatever options there are
        for param in command.params:
            said = given.get(param.name)
            for value in said if isinstance(said, list | tuple) else (said,):
                if isinstance(value, int) and abs(value) > _LARGEST:
                    raise typer.BadParameter(
                        f"{value} is larger than any number here; give one up to {_LARGEST}",
                        param=param,
                    )
        return work(**given)

    return bounded


_LARGEST = 2**63 - 1


def _docstring(place: str) -> str:
    """What a function says of itself."""
    module, function = place.split(":")
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"no module {module!r} for the command at {place!r}", name=module)
    source = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    return next(
        ast.get_docstring(node) or ""
        for node in source.body
        if isinstance(node, ast.FunctionDef) and node.name == function
    )
