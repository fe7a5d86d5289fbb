"""The public surface of every room is what its `__all__` says, sorted."""

import importlib
from types import ModuleType

import pytest

ROOMS = (
    *("goodcall", "features", "models", "outreach", "governance"),
    *("training", "reports", "banks", "serving", "cli"),
)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_names_its_whole_public_surface(room):
    """`__all__` is sorted and holds every public name that the room's door shows."""
    door = importlib.import_module(room)
    said = list(getattr(door, "__all__", []))
    shown = {
        name
        for name in dir(door)
        if not name.startswith("_") and not isinstance(getattr(door, name), ModuleType)
    }
    assert said == sorted(said, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    assert shown <= set(said)
    assert all(hasattr(door, name) for name in said)
