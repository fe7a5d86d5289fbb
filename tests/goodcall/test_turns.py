"""The file by which writers take turns holds nothing: whatever is in it, turns are taken."""

import os
from multiprocessing import get_context

import pytest
from governed import NOW, a_store, a_user

from governance import StoreError

MANY = 15


def emptied(path):
    os.truncate(path, 0)


def scribbled(path):
    path.write_bytes(b"\x00no lock at all\xff" * 1000)


def gone(path):
    path.unlink()


def as_pipe(path):
    path.unlink()
    os.mkfifo(path)


def add_many(url, start):
    with a_store(url) as store:
        for number in range(start, start + MANY):
            store.add_user(a_user(f"user{number}", staff_id=number), None, now=NOW)


@pytest.mark.parametrize("damage", [emptied, scribbled, gone, as_pipe])
def test_writers_go_on_whatever_became_of_the_file_of_turns(tmp_path, damage):
    """Nothing rests on it: two processes write everything, each row once."""
    url = f"sqlite:///{tmp_path / 'governance.db'}"
    with a_store(url):
        pass
    damage(tmp_path / "governance.db-turns")
    context = get_context("fork")
    workers = [context.Process(target=add_many, args=(url, start)) for start in (100, 200)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
        assert each.exitcode == 0
    with a_store(url) as store:
        assert len(store.users()) == 2 * MANY


def test_a_file_of_turns_that_cannot_be_opened_is_told(tmp_path):
    """What stands there is named, with what to do; nothing was written."""
    with a_store(f"sqlite:///{tmp_path / 'governance.db'}") as store:
        turns = tmp_path / "governance.db-turns"
        turns.unlink()
        turns.mkdir()
        with pytest.raises(StoreError, match=r"governance\.db-turns, by which writers take turns"):
            store.add_user(a_user(), None, now=NOW)
        assert store.is_empty()
        turns.rmdir()
        store.add_user(a_user(), None, now=NOW)
