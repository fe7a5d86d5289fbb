"""The shared words: languages, money, days, files and the workspace."""

import doctest
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import goodcall.calendar
import goodcall.language
import goodcall.money
from goodcall import LanguageError, language_of, parse_language, workspace_at
from goodcall.atomic import new_folder, write_file
from goodcall.calendar import local_date, start_of_day


@pytest.mark.parametrize("module", [goodcall.calendar, goodcall.language, goodcall.money])
def test_the_examples_in_docstrings_hold(module):
    """Every doctest of the shared words runs."""
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


def test_the_environment_chooses_the_language():
    """LC_ALL stands over LANG, an unknown language falls back to English."""
    assert language_of({"LANG": "zh_CN.UTF-8"}) == "zh"
    assert language_of({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}) == "en"
    assert language_of({}) == "en"
    assert parse_language("zh_CN.UTF-8") == "zh"
    with pytest.raises(LanguageError, match="choose one of: en, zh"):
        parse_language("cs")


def test_a_day_begins_at_local_midnight_also_where_daylight_saving_moves_it():
    """Prague's days of 23 and 25 hours begin and end where its clocks say."""
    spring = start_of_day(date(2026, 3, 29), "Europe/Prague")
    assert start_of_day(date(2026, 3, 30), "Europe/Prague") - spring == timedelta(hours=23)
    autumn = start_of_day(date(2026, 10, 25), "Europe/Prague")
    assert start_of_day(date(2026, 10, 26), "Europe/Prague") - autumn == timedelta(hours=25)
    assert local_date(datetime(2026, 5, 31, 16, tzinfo=UTC), "Asia/Shanghai") == date(2026, 6, 1)


def test_a_midnight_that_is_skipped_begins_after_the_gap():
    """Beirut's clocks went from 00:00 to 01:00 on 26 March 2023 by the official calendar."""
    begin = start_of_day(date(2023, 3, 26), "Asia/Beirut")
    assert local_date(begin, "Asia/Beirut") == date(2023, 3, 26)
    assert local_date(begin - timedelta(seconds=1), "Asia/Beirut") == date(2023, 3, 25)


def test_a_file_is_the_old_one_or_the_new_one(tmp_path):
    """A write replaces whole files and leaves no draft behind."""
    write_file(tmp_path / "deep" / "a.txt", b"one")
    write_file(tmp_path / "deep" / "a.txt", b"two")
    assert (tmp_path / "deep" / "a.txt").read_bytes() == b"two"
    assert len(list((tmp_path / "deep").iterdir())) == 1


def test_a_folder_that_fails_half_way_leaves_the_old_one(tmp_path):
    """The old folder stands untouched when filling the new one raises."""
    target = tmp_path / "folder"
    with new_folder(target) as draft:
        (draft / "a").write_text("old")

    def fill_and_fail():
        with new_folder(target) as draft:
            (draft / "a").write_text("new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fill_and_fail()
    assert (target / "a").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_the_workspace_is_var_unless_named(tmp_path, monkeypatch):
    """GOODCALL_HOME names the workspace; without it state lives in ./var."""
    monkeypatch.chdir(tmp_path)
    assert workspace_at({}).root == tmp_path / "var"
    assert workspace_at({"GOODCALL_HOME": "/srv/goodcall"}).root == Path("/srv/goodcall")
