"""A room's door opens a file of the room when something in it is first asked for."""

import importlib
import sys

import pytest

DOOR = '''"""A room."""

import typing

from goodcall import rooms

if typing.TYPE_CHECKING:
    from {room}.heavy import Engine
    from {room}.weigh import weigh

rooms.open_on_demand(__name__)
'''
FILES = {"heavy": "class Engine: ...", "weigh": "SCALE = 1000\ndef weigh(): return 'weighed'"}


@pytest.fixture
def room(request, tmp_path, monkeypatch):
    """A room of two files, of which none is imported yet."""
    name = f"room_of_{request.node.name}"
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").write_text(DOOR.format(room=name))
    for file, text in FILES.items():
        (folder / f"{file}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module(name)
    for each in [each for each in sys.modules if each.split(".")[0] == name]:
        del sys.modules[each]


def imported(room):
    return {file for file in FILES if f"{room.__name__}.{file}" in sys.modules}


def test_a_file_is_imported_with_its_first_name(room):
    """Asking for one name imports the file of that name alone."""
    assert imported(room) == set()
    assert room.Engine.__name__ == "Engine"
    assert imported(room) == {"heavy"}


def test_a_name_that_is_also_a_files_means_what_the_door_shows(room):
    """Importing `weigh.py` first does not put the module in the place of the function."""
    file = importlib.import_module(f"{room.__name__}.weigh")
    assert file.SCALE == 1000
    assert room.weigh is file.weigh
    assert room.weigh() == "weighed"


def test_a_file_that_the_door_does_not_name_is_found_as_ever(room):
    """A submodule without a shown name becomes an attribute when it is imported."""
    file = importlib.import_module(f"{room.__name__}.heavy")
    assert room.heavy is file


def test_a_door_lists_what_it_shows(room):
    """Every name is offered before its file is imported."""
    assert {"Engine", "weigh"} <= set(dir(room))
    assert imported(room) == set()


def test_a_name_that_is_not_shown_is_an_attribute_error(room):
    """The error is Python's own, with the room and the name in it."""
    with pytest.raises(
        AttributeError, match=rf"module '{room.__name__}' has no attribute 'nobody'"
    ):
        _ = room.nobody
