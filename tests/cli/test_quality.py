"""`goodcall bank check`: what it prints, writes and refuses, and that it leaves the bank alone."""

import hashlib
import json
import re
import sys
from datetime import date, timedelta
from html.parser import HTMLParser

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from quality_bank import LAST, clean_rows, made

from cli.app import main
from features.quality.loading import default_gates_text

EARLIER = date(2026, 3, 31)
FUTURE = date(2027, 1, 1)


@pytest.fixture
def goodcall(monkeypatch, capsys, tmp_path):
    """The command line in this process: exit code, standard output and standard error."""
    monkeypatch.setenv("GOODCALL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["goodcall", *map(str, words)])
        with pytest.raises(SystemExit) as done:
            main()
        said = capsys.readouterr()
        return done.value.code or 0, said.out, said.err

    return run


@pytest.fixture
def bank(tmp_path):
    """The clean bank as of its last day."""
    return made(tmp_path / "bank", clean_rows())


@pytest.fixture(scope="session")
def before(tmp_path_factory):
    """The same bank a month before."""
    return made(tmp_path_factory.mktemp("before") / "bank", clean_rows(EARLIER), EARLIER)


def prints(folder):
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def rewritten(bank, table, column, values):
    """Change a column of a bank's file behind its contract."""
    rows = pq.read_table(bank.file(table))
    place = rows.column_names.index(column)
    pq.write_table(rows.set_column(place, rows.schema.field(column), values), bank.file(table))


def breaking_bytes(bank):
    bank.file("transactions").write_bytes(b"PAR1 nothing")


def broken_pages(bank):
    file = bank.file("transactions")
    size = file.stat().st_size
    with file.open("r+b") as stream:
        stream.seek(4)
        stream.write(b"\xff" * (size // 2))


def no_customers(bank):
    bank.file("customers").unlink()


def a_wrong_type(bank):
    rows = pq.read_table(bank.file("accounts"))
    place = rows.column_names.index("customer_id")
    text = rows["customer_id"].cast(pa.string())
    pq.write_table(rows.set_column(place, "customer_id", text), bank.file("accounts"))


def a_missing_column(bank):
    rows = pq.read_table(bank.file("accounts"))
    pq.write_table(rows.drop_columns(["kind"]), bank.file("accounts"))


def a_future_fact(bank):
    rows = pq.read_table(bank.file("balances"))
    later = pc.add(rows["happened_at"], pa.scalar(timedelta(days=365)))
    rewritten(bank, "balances", "happened_at", later)
    rewritten(bank, "balances", "known_at", later)


def a_doubled_key(bank):
    rows = pq.read_table(bank.file("accounts"))
    pq.write_table(pa.concat_tables([rows, rows.slice(0, 1)]), bank.file("accounts"))


REFUSED = [
    (breaking_bytes, "transactions.parquet is no readable Parquet"),
    (broken_pages, "does not read to its end"),
    (no_customers, "has no customers.parquet; every bank needs that table"),
    (a_wrong_type, "accounts.customer_id is string, its contract says id"),
    (a_missing_column, "accounts: column kind (text) is missing"),
]
BROKEN = [
    (a_future_fact, "BROKEN: balances: 3,600 × happened_at is after the bank's last day"),
    (a_doubled_key, "BROKEN: accounts: 2 × another row has the same account_id, known_at"),
]


@pytest.mark.parametrize(("spoil", "words"), REFUSED, ids=lambda s: getattr(s, "__name__", ""))
def test_a_file_that_cannot_be_used_is_told_in_words(goodcall, bank, spoil, words):
    """A spoilt file ends the check with exit code 1 and one clear error, and nothing is written."""
    spoil(bank)
    held = prints(bank.path)
    code, out, err = goodcall("bank", "check", bank.path)
    assert code == 1
    assert words in err
    assert "Traceback" not in out + err
    assert prints(bank.path) == held


@pytest.mark.parametrize(("spoil", "words"), BROKEN, ids=lambda s: getattr(s, "__name__", ""))
def test_a_broken_contract_ends_with_one(goodcall, bank, spoil, words, tmp_path):
    """Rows that break a contract are told with their keys, and the load is not kept."""
    spoil(bank)
    held = prints(bank.path)
    code, out, _ = goodcall("bank", "check", bank.path)
    assert code == 1
    assert words in out
    assert prints(bank.path) == held
    assert not list((tmp_path / "home").rglob("*.json"))


def test_a_clean_bank_passes_and_says_what_was_not_judged(goodcall, bank):
    """Without an earlier load the check says so instead of passing silently."""
    held = prints(bank.path)
    code, out, _ = goodcall("bank", "check", bank.path, "--lang", "en")
    assert code == 0
    assert "no earlier load to compare with" in out
    assert re.search(r"not judged: no earlier load \(\d+\)", out)
    assert prints(bank.path) == held


def test_the_workspace_keeps_each_load_and_compares_the_next(goodcall, bank, before):
    """A load that passed is what the next is held against; a load is never its own forerunner."""
    facts = [
        json.loads(goodcall("bank", "check", path, "--json")[1])
        for path in (before.path, bank.path, bank.path)
    ]
    march = {"bank": "quality <bank>", "last_day": "2026-03-31"}
    assert [said["earlier"] for said in facts] == [None, march, march]
    assert [said["failed"] for said in facts] == [False, False, False]


def test_two_banks_and_a_saved_profile_compare_alike(goodcall, bank, before, tmp_path):
    """A comparison with a bank and one with its profile come to the same gates."""
    profile = tmp_path / "march.json"
    assert goodcall("bank", "check", before.path, "--save-profile", profile)[0] == 0
    said = [
        json.loads(goodcall("bank", "check", bank.path, "--against", last, "--json")[1])["gates"]
        for last in (before.path, profile)
    ]
    assert said[0] == said[1]
    assert any(gate["measure"] == "distribution" and gate["value"] is not None for gate in said[0])


def test_a_gate_that_fails_ends_with_one(goodcall, before, tmp_path):
    """A month of lost bookings fails, is shown first, and is in the JSON with its limits."""
    rows = clean_rows()
    rows["transactions"] = [row for row in rows["transactions"] if row["happened_at"].month < 4]
    bank = made(tmp_path / "bank", rows)
    code, out, _ = goodcall("bank", "check", bank.path, "--against", before.path)
    assert code == 1
    lines = out.splitlines()
    assert "FAIL" in lines[next(n for n, line in enumerate(lines) if line.startswith("gate")) + 1]
    facts = json.loads(goodcall("bank", "check", bank.path, "--against", before.path, "--json")[1])
    (failed,) = [gate for gate in facts["gates"] if gate["verdict"] == "fail"]
    assert (failed["table"], failed["measure"], failed["fail"]) == ("transactions", "stalled", 9)
    assert 29 < failed["value"] < 31


def test_a_bank_holds_itself_against_its_own_gates(goodcall, bank, tmp_path):
    """Gates of a bank's own take the place of the shipped ones; a mistake in them is told."""
    assert goodcall("bank", "gates")[1] == default_gates_text()
    gates = tmp_path / "gates.toml"
    gates.write_text("fewest_rows = 20\n[table.customers.nulls]\nsex = { warn = 0 }\n")
    facts = json.loads(goodcall("bank", "check", bank.path, "--gates", gates, "--json")[1])
    assert [(gate["measure"], gate["note"]["en"]) for gate in facts["gates"]] == [
        ("nulls", "the source has none")
    ]
    gates.write_text("fewest_rows = 20\n[table.customers.nulls]\nshoe = { warn = 0 }\n")
    code, _, err = goodcall("bank", "check", bank.path, "--gates", gates)
    assert code == 1
    assert "line 3 [table.customers.nulls]: column of customers 'shoe' is unknown" in err


class Page(HTMLParser):
    """Collects a page's tags, attributes and words."""

    def __init__(self):
        super().__init__()
        self.tags, self.addresses, self.odd = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        said = dict(attrs)
        self.addresses += [said[name] for name in ("src", "href", "action") if name in said]
        if said.get("class") == "odd":
            self.odd.append(said)


@pytest.mark.parametrize(("lang", "words"), [("en", "smallest day"), ("zh", "最少日行数")])
def test_the_page_needs_nothing_but_itself(goodcall, before, tmp_path, lang, words):
    """The page holds its pictures, marks the odd month, escapes what it is told, links nowhere."""
    rows = clean_rows()
    rows["transactions"] = [
        row for row in rows["transactions"] if row["happened_at"].date() != date(2026, 3, 12)
    ]
    rows["customers"][0]["name"] = "Secret 3"
    bank = made(tmp_path / "bank", rows)
    gates = tmp_path / "gates.toml"
    gates.write_text(default_gates_text().replace("fewest_rows = 100", "fewest_rows = 20"))
    file = tmp_path / "out" / "page.html"
    options = ("--gates", gates, "--against", before.path, "--html", file, "--lang", lang)
    goodcall("bank", "check", bank.path, *options)
    text = file.read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    assert words in text
    assert "2026-03-12" in text
    assert f'<html lang="{lang}">' in text
    assert "quality &lt;bank&gt;" in text
    assert "<bank>" not in text
    assert "Secret" not in text
    assert page.tags.count("svg") >= len(rows)
    assert page.odd
    assert page.addresses == []
    assert "url(" not in text
    assert "script" not in page.tags
    assert "width=device-width" in text


def test_a_last_load_that_is_none_is_told(goodcall, bank, tmp_path):
    """A file that is no profile and a folder that is no bank are refused by name."""
    (tmp_path / "p.json").write_text("{}")
    (tmp_path / "folder").mkdir()
    for name, words in (("p.json", "is no profile of a bank"), ("folder", "is no bank")):
        code, _, err = goodcall("bank", "check", bank.path, "--against", tmp_path / name)
        assert code == 1
        assert words in err
    assert bank.manifest.last_day == LAST
