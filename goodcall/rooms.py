"""A room's door that opens a file of the room when something in it is first asked for."""

import ast
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType


class Room(ModuleType):
    """A package that shows names of its files, and imports a file once one of its names is wanted.

    A name that is also a file's, such as `outreach.decide`, means what the door shows.
    """

    def __getattr__(self, name: str) -> object:
        """What the door shows under a name, from now on an attribute like any other."""
        module = self.__dict__["_shown"].get(name)
        if module is None:
            raise AttributeError(
                f"module {self.__name__!r} has no attribute {name!r}", name=name, obj=self
            )
        self.__dict__[name] = getattr(import_module(module), name)
        return self.__dict__[name]

    def __setattr__(self, name: str, value: object) -> None:
        """Python sets a file's name to the file once it is imported; the door's names stay."""
        if not (isinstance(value, ModuleType) and name in self.__dict__["_shown"]):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.__dict__["_shown"]})


def open_on_demand(room: str) -> None:
    """Let a package import on demand what stands in its own `if typing.TYPE_CHECKING:`.

    The package's source is read for them, so that where a name comes from is told once, where type
    checkers and people look. Whoever asks for one name does not wait for the machinery
    behind the others.
    """
    package = sys.modules[room]
    source = ast.parse(Path(str(package.__file__)).read_text(encoding="utf-8"))
    package.__dict__["_shown"] = {
        each.name: str(line.module)
        for block in source.body
        if isinstance(block, ast.If) and ast.unparse(block.test) == "typing.TYPE_CHECKING"
        for line in block.body
        if isinstance(line, ast.ImportFrom)
        for each in line.names
    }
    package.__class__ = Room
