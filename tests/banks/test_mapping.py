"""Laws of reading a mapping: every mistake is answered with its line and what is known."""

from datetime import date

import pytest

from banks.errors import BrokenMapping
from banks.mapping_reader import read_mapping

GOOD = """\
[bank]
name = "x"
zone = "Asia/Shanghai"
currency = "CNY"
first_day = 2025-01-01
last_day = 2025-06-30

[[customers]]
file = "c.csv"
[customers.columns]
customer_id = { from = "id", ids = "customers" }
happened_at = { from = "day" }
known_at = { from = "day" }
kind = { constant = "retail" }
status = { from = "st", codes = { A = "active" } }
[[accounts]]
file = "a.csv"
[accounts.columns]
account_id = { from = "id" }
customer_id = { from = "cust", ids = "customers" }
happened_at = { from = "day", format = "%Y%m%d" }
known_at = { from = "day", format = "%Y%m%d" }
opened_on = { from = "day", format = "%Y%m%d" }
kind = { constant = "current" }
[[balances]]
file = "b.csv"
[balances.columns]
account_id = { from = "acct" }
customer_id = { from = "cust", ids = "customers" }
happened_at = { from = "day" }
known_at = { from = "day" }
family = { constant = "deposit" }
balance_cents = { from = "bal", unit = "major" }
period_days = { constant = 1 }
"""

WRONG = [
    ("[bank]", "[bnak]", 1, "key 'bnak' is unknown here; known: bank, customers, contact_points"),
    ('name = "x"', 'nmae = "x"', 2, "key 'nmae' is unknown here; known: name, zone, currency"),
    ("Asia/Shanghai", "Asia/Atlantis", 3, "zone 'Asia/Atlantis' is no IANA time zone"),
    ("2025-06-30", "2024-06-30", 6, "last_day 2024-06-30 lies before first_day 2025-01-01"),
    ("2025-06-30", "2025-06-30T10:00:00", 6, "last_day has a time of day; write a date such as"),
    ("last_day = 2025-06-30\n", "", 1, "last_day is missing; add last_day"),
    ("[[customers]]", "[customers]", 8, r"write it as \[\[customers\]\]"),
    ('file = "c.csv"', "", 8, "no source is said; say one of file, table and query"),
    ('file = "c.csv"', 'file = "c.csv"\nquery = "x"', 8, "file and query is said; say one of"),
    ('file = "c.csv"', 'file = "c.csv"\nencoding = "utf-9"', 8, "encoding 'utf-9' is unknown"),
    ('file = "c.csv"', 'file = "c.csv"\ndelimiter = "||"', 8, "write one character"),
    ('file = "c.csv"', 'file = "c.csv"\ndecimal = ","\nthousands = ","', 8, "another or none"),
    ('file = "c.csv"', 'file = "c.csv"\ntrim = 1', 10, "trim is 1; write true or false"),
    ('kind = { constant = "retail" }\n', "", 10, "customers needs kind; add a line for each"),
    ("status = {", "statos = {", 15, "key 'statos' is unknown here; known: customer_id, "),
    ('{ constant = "retail" }', '{ constant = "alien" }', 14, "allowed: retail, private, small"),
    ('{ constant = "retail" }', "{ constant = 7 }", 14, "kind is 7; write a text in quotes"),
    ('{ constant = "retail" }', "{ }", 14, "kind says no source; say one of from, constant"),
    ('{ constant = "retail" }', '{ constant = "retail", from = "x" }', 14, "from and constant"),
    ('{ A = "active" }', '{ A = "alive" }', 15, "allowed: active, closed, deceased"),
    (
        'ids = "customers" }\nhappened',
        'ids = "people" }\nhappened',
        11,
        "'people' is unknown; choose",
    ),
    ('"%Y%m%d" }\nknown', '"%Y%q" }\nknown', 21, "format holds %q; known: %Y, %y, %m"),
    ('unit = "major"', 'unit = "yuan"', 33, "'yuan' is unknown; choose one of: minor, major,"),
    (', unit = "major"', "", 33, "unit is missing; add unit = one of: minor, major, thousand, wan"),
    ('unit = "major"', 'unit = "major", sign = 2', 33, "sign is 2; write 1, -1, or"),
    ('unit = "major"', 'unit = "major", at = "end"', 33, "'at' is unknown here; known: from,"),
    (
        '"%Y%m%d" }\nknown',
        '"%Y%m%d", zone = "Beijing" }\nknown',
        21,
        "zone 'Beijing' is no IANA time zone",
    ),
    ('{ from = "acct" }', "{ from = [] }", 28, "from is an empty list; name one column or more"),
    ("{ constant = 1 }", "{ constant = true }", 34, "write a whole number"),
    ('{ from = "acct" }', '{ from = "acct", row = true }', 28, "from and row; say one of"),
]


def test_the_mapping_that_the_mistakes_are_made_in_reads() -> None:
    """Without a mistake nothing is refused, and each source feeds its raw table."""
    mapping = read_mapping(GOOD, "m.toml")
    assert [feed.table.name for feed in mapping.feeds] == ["customers", "accounts", "balances"]
    assert mapping.manifest.first_day == date(2025, 1, 1)


@pytest.mark.parametrize(("old", "new", "line", "words"), WRONG)
def test_a_mistake_is_answered_with_its_line(old: str, new: str, line: int, words: str) -> None:
    """The message names file, line, what is wrong and what is known."""
    assert GOOD.count(old) >= 1
    with pytest.raises(BrokenMapping, match=rf"^m.toml, line {line}( \[[a-z_.]+\])?: .*{words}"):
        read_mapping(GOOD.replace(old, new, 1), "m.toml")


def test_a_bank_has_customers() -> None:
    """A mapping that feeds no customers is refused, since every bank needs them."""
    text = GOOD[: GOOD.index("[[customers]]")]
    with pytest.raises(BrokenMapping, match="nothing feeds customers"):
        read_mapping(text, "m.toml")


def test_what_is_no_toml_is_refused() -> None:
    """The reader's own words say where."""
    with pytest.raises(BrokenMapping, match=r"m.toml does not read as TOML: Expected"):
        read_mapping("[bank", "m.toml")


def test_the_last_day_can_be_given_anew() -> None:
    """A nightly import keeps its mapping and says the day."""
    mapping = read_mapping(GOOD, "m.toml", last_day=date(2025, 7, 1))
    assert mapping.manifest.last_day == date(2025, 7, 1)


def test_a_line_is_found_in_the_second_of_two_sources() -> None:
    """Each [[table]] has its own columns, and a mistake in the second is found there."""
    second = GOOD[GOOD.index("[[accounts]]") : GOOD.index("[[balances]]")]
    text = GOOD + second.replace('"current"', '"vault"')
    line = text[: text.index('"vault"')].count("\n") + 1
    with pytest.raises(BrokenMapping, match=rf"line {line} \[accounts.columns.kind\]"):
        read_mapping(text, "m.toml")
