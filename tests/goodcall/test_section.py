"""Reading a TOML file that people edit: every mistake is answered with its line and a remedy."""

import tomllib
from datetime import date
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodcall.errors import GoodcallError
from goodcall.section import Section, read_text, read_toml


class Mistake(GoodcallError):
    """The error of a room that reads a file."""


def document(text):
    return read_toml(text, "bank.toml", Mistake)


def words_of(mistake):
    with pytest.raises(Mistake) as refused:
        mistake()
    return str(refused.value)


READERS = {
    "text": Section.text,
    "chosen": partial(Section.text, among=("red", "blue")),
    "texts": Section.texts,
    "some": partial(Section.texts, among=("red", "blue")),
    "whole": partial(Section.whole, least=1),
    "month": partial(Section.whole, least=1, most=1200),
    "number": Section.number,
    "share": partial(Section.number, least=0, most=1),
    "flag": Section.flag,
    "day": Section.day,
    "zone": Section.zone,
    "table": Section.table,
    "figure": partial(Section.table, meant="{ is = <number> }"),
    "tables": Section.tables,
}
GOOD = [
    ("text", '"gold"', "gold"),
    ("chosen", '"blue"', "blue"),
    ("texts", '["", "a", "a"]', ("", "a", "a")),
    ("some", '["blue", "red"]', ("blue", "red")),
    ("whole", "7", 7),
    ("month", "1_200", 1200),
    ("number", "-1e300", -1e300),
    ("share", "1", 1.0),
    ("flag", "true", True),
    ("day", "2026-06-30", date(2026, 6, 30)),
    ("zone", '"Asia/Shanghai"', "Asia/Shanghai"),
]
TEXTS = "write a list of texts in square brackets, each in quotes"
TABLES = "write it as [[x]], one for each"
BAD = [
    ("text", "7", "x is 7; write a text in quotes"),
    ("text", '" "', "x is empty; write a text in quotes"),
    ("chosen", "7", "x is 7; write one of: red, blue"),
    ("chosen", '"green"', "x 'green' is unknown; choose one of: red, blue"),
    ("chosen", '""', "x is empty; write one of: red, blue"),
    ("texts", '"red"', f"x is 'red'; {TEXTS}"),
    ("texts", "[1]", f"x is [1]; {TEXTS}"),
    ("some", "[[]]", f"x is [[]]; {TEXTS}"),
    ("some", "[]", "x is an empty list; name one or more, or leave it out"),
    ("some", '["red", "green"]', "x holds 'green', which is unknown; known: red, blue"),
    ("some", '["red", "red"]', "x names a word twice; name each once"),
    ("whole", "true", "x is True; write a whole number of 1 or more"),
    ("whole", "1.0", "x is 1.0; write a whole number of 1 or more"),
    ("whole", "-3", "x is -3; write a whole number of 1 or more"),
    (
        *("whole", "0"),
        "x is 0; write a whole number of 1 or more, or leave the key out where none is meant",
    ),
    ("month", "10_000", "x is 10,000; write a whole number from 1 to 1,200"),
    ("number", '"1"', "x is '1'; write a finite number"),
    ("number", "nan", "x is nan; write a finite number"),
    ("number", "-inf", "x is -inf; write a finite number"),
    ("share", "1.5", "x is 1.5; write a number from 0 to 1"),
    ("share", "nan", "x is nan; write a number from 0 to 1"),
    ("share", "false", "x is False; write a number from 0 to 1"),
    ("flag", "1", "x is 1; write true or false"),
    ("day", '"2026"', "x is '2026'; write a date such as 2026-12-31, without quotes"),
    (
        *("day", "2026-06-30T01:00:00"),
        "x has a time of day; write a date such as 2026-12-31, without quotes",
    ),
    ("zone", '"Shanghai"', "x 'Shanghai' is no IANA time zone; write one such as Asia/Shanghai"),
    ("table", "3", "x is 3; write a table [x]"),
    ("figure", "3", "x is 3; write { is = <number> }"),
    ("tables", "{}", f"x is {{}}; {TABLES}"),
    ("tables", "[{}, 3]", f"x is [{{}}, 3]; {TABLES}"),
]


@pytest.mark.parametrize(("reader", "said", "value"), GOOD)
def test_a_good_value_is_read(reader, said, value):
    """What the file says comes out as Python's own value."""
    assert READERS[reader](document(f"x = {said}"), "x") == value


@pytest.mark.parametrize(("reader", "said", "words"), BAD)
def test_a_mistake_is_answered(reader, said, words):
    """The message says the file, the line, the table, what is wrong and what to do."""
    section = document(f"a = 1\n[shop]\n# a comment\nx = {said}").table("shop")
    told = words_of(lambda: READERS[reader](section, "x"))
    assert told == f"bank.toml, line 4 [shop]: {words}"


@pytest.mark.parametrize("reader", sorted(set(READERS) - {"tables"}))
def test_what_is_missing_is_named_unless_it_is_optional(reader):
    """The line is the table's own, and the remedy says what to add."""
    section = document("a = 1\n[shop]\n").table("shop")
    told = words_of(lambda: READERS[reader](section, "x"))
    assert told.startswith("bank.toml, line 2 [shop]: x is missing; add x = ")
    assert section.optional("x", lambda key: READERS[reader](section, key)) is None
    assert section.tables("x") == []
    assert section.part("x").said == {}


def test_a_key_that_is_not_known_or_was_not_read_is_refused():
    """The first such key is named with its line, and the known ones are listed."""
    section = document("name = 1\nsize = 2\ncolour = 3")
    assert words_of(lambda: section.only("name", "size", what="word")) == (
        "bank.toml, line 3: word 'colour' is unknown here; known: name, size; "
        "correct it or take it out"
    )
    section.whole("size", 0)
    section.optional("wheels", partial(section.whole, least=0))
    assert "line 1: key 'name' is unknown here; known: size, wheels;" in words_of(section.done)
    section.whole("name", 0)
    section.optional("colour", partial(section.whole, least=0))
    section.done()


def test_what_is_no_toml_or_no_file_is_the_room_s_own_error(tmp_path):
    """The reader's words, the file's name and the caller's class."""
    assert words_of(lambda: document("[a")).startswith("bank.toml does not read as TOML: Expected")
    (tmp_path / "b.toml").write_bytes(b"\xff")
    for name in ("a.toml", "b.toml"):
        told = words_of(lambda path=tmp_path / name: read_text(path, "policy", Mistake))
        assert told.startswith(f"policy {tmp_path / name} cannot be read: ")
        assert told.endswith("; name a UTF-8 TOML file that exists")
    (tmp_path / "c.toml").write_text('name = "招商"', encoding="utf-8")
    assert document(read_text(tmp_path / "c.toml", "policy", Mistake)).text("name") == "招商"


TRICKY = '''\
top = """
low = 1
[none]
""" # [not] = """
[[a]]
x = [
  "]", # ]
  [1],
  [2]
]
[a.b]
"key.with dots".y = 1
[[a.list]]
[[a.list]]
z = 1
[[a]]
[a.b] # second
w = 'low = 1 # '
low = 1
[ e . "f" ]
one.two.three = \'\'\'
low = 2\'\'\'
low = 3
'''
STANDS = [
    (("top",), 1),
    (("a",), 5),
    (("a", 0, "x"), 6),
    (("a", 0, "b"), 11),
    (("a", 0, "b", "key.with dots", "y"), 12),
    (("a", 0, "list", 1, "z"), 15),
    (("a", 1, "b"), 17),
    (("a", 1, "b", "low"), 19),
    (("e", "f"), 20),
    (("e", "f", "one", "two"), 21),
    (("e", "f", "low"), 23),
]


@pytest.mark.parametrize(("place", "line"), STANDS)
def test_a_line_is_found_wherever_the_key_stands(place, line):
    """Lists of tables, quoted and dotted keys count; texts, comments and lists do not mislead."""
    assert document(TRICKY).lines[place] == line
    whole = document(TRICKY)
    assert not {(), ("low",), ("none",), ("not",), ("1",), (1,)} & set(whole.lines)
    assert words_of(lambda: whole.flag("new")).startswith("bank.toml, line 1: new is missing")


NAMES = st.sampled_from(["a", "b", "c-1", '"d e"', "'[f]'", '"g.h"', '"i = \\""'])
VALUES = st.sampled_from(
    ["1", '"[x]"', "[\n[1],\n[2]\n]", '"""\na = 1\n[b]\n"""', "'''\\\n\"'''", "{ a = 1 } # b = '"]
)


def spoken(name):
    """What a name of NAMES stands for."""
    return tomllib.loads(f"x = {name}")["x"] if name[0] in "\"'" else name


def reads(text):
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


@given(st.lists(st.tuples(st.sampled_from("[=lh"), NAMES, NAMES, VALUES), max_size=12))
def test_lines_are_those_on_which_the_text_was_written(parts):
    """Of any file, each table and key stands on the line on which the writer put it."""
    text, table, counts, known = "", (), {}, {}
    for sort, one, two, value in parts:
        first, second = spoken(one), spoken(two)
        of_latest = (first, counts[first], second) if first in counts else (first, second)
        place, said = {
            "[": ((first,), f"[{one}]"),
            "h": (of_latest, f"[ {one} . {two} ]"),
            "l": ((first, counts.get(first, -1) + 1), f"[[{one}]]"),
            "=": ((*table, first), f"{one} = {value}"),
        }[sort]
        if not reads(f"{text}{said}\n"):
            continue
        known[place] = text.count("\n") + 1
        text += f"{said}\n"
        if sort != "=":
            table = place
        if sort == "l":
            counts[first] = place[1]
    found = document(text).lines
    assert {place: found[place] for place in known} == known
