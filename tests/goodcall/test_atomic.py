"""What killed processes left half written goes; what living ones write stays."""

import pytest
from half_written import killed_replacing, killed_writing

from goodcall.atomic import (
    finish_writing,
    first_file,
    new_file,
    new_folder,
    remove_folder,
    scratch_folder,
)


@pytest.mark.parametrize("name", [None, "part.parquet"])
def test_a_draft_of_a_dead_process_goes_and_the_old_stays(tmp_path, name):
    """Whether it is of a file or of a folder, however deep it lies."""
    path = tmp_path / "deep" / "it"
    with new_folder(path) if name else new_file(path) as draft:
        (draft / name if name else draft).write_text("old")
    assert killed_writing(path, name).exists()
    finish_writing(tmp_path)
    assert [*path.parent.iterdir()] == [path]
    assert (path / name if name else path).read_text() == "old"


@pytest.mark.parametrize("begin", [new_file, new_folder, scratch_folder])
def test_what_a_living_process_writes_is_left_to_it(tmp_path, begin):
    """Its block ends as if nobody had cleared up beside it."""
    with begin(tmp_path / "it") as draft:
        finish_writing(tmp_path)
        assert draft.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["it"][: begin is not scratch_folder]


@pytest.mark.parametrize("step", range(1, 6))
def test_a_folder_is_the_old_one_or_the_new_one_wherever_its_writer_is_killed(tmp_path, step):
    """Nothing else is left beside it once it was put right."""
    path = tmp_path / "it"
    with new_folder(path) as draft:
        (draft / "a").write_text("old")
    killed = killed_replacing(step, path, {"a": "new", "b": "new"})
    finish_writing(tmp_path)
    assert [*tmp_path.iterdir()] == [path]
    found = {file.name: file.read_text() for file in path.iterdir()}
    assert found in ({"a": "old"}, {"a": "new", "b": "new"})
    assert killed or found["a"] == "new"
    assert killed == (step < 5)


def test_a_folder_that_is_taken_away_was_there_whole_or_is_gone(tmp_path):
    """A draft that an earlier removal left does not stand in the way."""
    for path in (tmp_path / "it", tmp_path / ".it.going.draft"):
        path.mkdir()
        (path / "a").write_text("here")
    remove_folder(tmp_path / "it")
    assert [*tmp_path.iterdir()] == []


def test_a_first_file_leaves_no_draft(tmp_path):
    """Also where another one stands already, which stays."""
    first_file(tmp_path / "it", b"one")
    first_file(tmp_path / "it", b"two")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("it", b"one")]


def test_hidden_files_of_other_names_are_nobodys_drafts(tmp_path):
    """Neither is what somebody calls a draft without hiding it."""
    names = {".settings", "it.draft", ".it.old", ".it.lock"}
    for name in names:
        (tmp_path / name).write_text("mine")
    finish_writing(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == names
