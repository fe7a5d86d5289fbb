"""Laws of what the Berka import refuses, and of small sources whose truth is plain."""

import gzip
from datetime import date
from pathlib import Path

import pytest

from banks.berka import import_berka
from banks.errors import BrokenSource
from features.bank import open_bank

FILES = {
    "district": "A1;A2;A3\n1;Praha;Prague\n2;Benesov;central Bohemia\n",
    "account": "account_id;district_id;frequency;date\n"
    "10;1;POPLATEK MESICNE;930101\n20;2;POPLATEK TYDNE;930110\n",
    "client": "client_id;birth_number;district_id\n1;706213;1\n2;450204;2\n3;455204;2\n",
    "disp": "disp_id;client_id;account_id;type\n1;1;10;OWNER\n2;2;20;OWNER\n3;3;20;DISPONENT\n",
    "loan": "loan_id;account_id;date;amount;duration;payments;status\n"
    "7;10;930131;1200;12;100.00;A\n",
    "card": "card_id;disp_id;type;issued\n5;3;gold;930301 00:00:00\n",
    "trans": "trans_id;account_id;date;type;operation;amount;balance;k_symbol;bank;account\n"
    "100;10;930101;PRIJEM;VKLAD;700.00;700.00;;;\n"
    "101;10;930103;VYDAJ;VYBER;14.60;735.40; ;;\n"
    "102;10;930103;PRIJEM;PREVOD Z UCTU;50.00;750.00;DUCHOD;AB;1\n"
    "103;10;930105;VYBER;VYBER;735.40;0.00;;;\n",
}


def a_source(folder: Path, **changes: str) -> Path:
    """A folder of the seven files, with whole files changed by name."""
    folder.mkdir()
    for name, text in (FILES | changes).items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_day_closes_with_its_last_booking(tmp_path: Path) -> None:
    """A day closes where its flows lead, in whatever order the file lists them; days between stay.

    The last day of a file that others outlast may be cut, so the balances end the day before it.
    """
    import_berka(a_source(tmp_path / "source"), tmp_path / "bank")
    balances = open_bank(tmp_path / "bank").read("balances")
    assert balances["balance_cents"].to_pylist() == [70_000, 70_000, 73_540, 73_540]


def test_whole_file_is_complete_to_its_end(tmp_path: Path) -> None:
    """Where no other file reaches further, the last day of the transactions counts too."""
    later = FILES["trans"] + "104;20;930301;PRIJEM;VKLAD;9;9;;;\n"
    import_berka(a_source(tmp_path / "source", trans=later), tmp_path / "bank")
    bank = open_bank(tmp_path / "bank")
    assert bank.manifest.last_day == date(1993, 3, 1)
    assert bank.read("balances")["account_id"].to_pylist() == [10] * (31 + 28 + 1) + [20]


def test_card_belongs_to_the_client_it_was_issued_to(tmp_path: Path) -> None:
    """A disponent's card is the disponent's holding, on the owner's account."""
    import_berka(a_source(tmp_path / "source"), tmp_path / "bank")
    held = {x["holding_id"]: x for x in open_bank(tmp_path / "bank").read("holdings").to_pylist()}
    assert {n: (x["customer_id"], x["account_id"]) for n, x in held.items()} == {
        2 * 7: (1, 10),
        2 * 5 + 1: (3, 20),
    }


def test_client_without_disposition_is_no_customer(tmp_path: Path) -> None:
    """Who may use no account is not a customer, and nothing dates them."""
    stranger = FILES["client"] + "4;600101;1\n"
    import_berka(a_source(tmp_path / "source", client=stranger), tmp_path / "bank")
    customers = open_bank(tmp_path / "bank").read("customers")
    assert customers["customer_id"].to_pylist() == [1, 2, 3]


@pytest.mark.parametrize("ending", ["asc", "asc.gz", "csv.gz"])
def test_every_ending_reads_alike(tmp_path: Path, ending: str) -> None:
    """A file may be `.asc` or `.csv`, packed or not, quoted or not, with either line ending."""
    source = a_source(tmp_path / "source")
    import_berka(source, tmp_path / "plain")
    text = '"loan_id";"account_id";"date";"amount";"duration";"payments";"status"\r\n'
    text += '7;10;930131;1200;12;100.00;"A"\r\n'
    packed = gzip.compress(text.encode()) if ending.endswith("gz") else text.encode()
    (source / "loan.csv").unlink()
    (source / f"loan.{ending}").write_bytes(packed)
    import_berka(source, tmp_path / "bank")
    assert open_bank(tmp_path / "bank").read("loans") == open_bank(tmp_path / "plain").read("loans")


BROKEN = [
    ("account", "930110", "931332", r"account.csv, line 3: date is '931332'.*a day as YYMMDD"),
    ("account", "930110", "930229", r"line 3: date is '930229'"),
    ("account", "20;2;", "20;9;", r"line 3: district_id is '9'.*that the district file has"),
    ("account", "20;2;", "10;2;", r"line 3: account_id is '10'.*no earlier line has"),
    ("account", "TYDNE", "DENNE", r"frequency is 'POPLATEK DENNE'.*'POPLATEK TYDNE'"),
    ("account", "frequency;date", "frequency;day", r"line 1: the header lacks date; it has acc"),
    ("account", ";", ",", r"line 1: the header lacks account_id, .*with `;` between them"),
    ("client", "455204", "456304", r"line 4: birth_number is '456304'.*50 added to the month"),
    ("client", "1;706213", "x;706213", r"line 2: client_id is 'x'.*a whole number"),
    ("disp", "DISPONENT", "OWNER", r"line 4: account_id is '20'.*no earlier line of an OWNER"),
    ("disp", "2;2;20;OWNER\n", "", r"disp.csv has no line of an OWNER for account 20"),
    ("disp", "DISPONENT", "HEIR", r"line 4: type is 'HEIR'.*'OWNER', 'DISPONENT'"),
    ("disp", "3;3;20", "3;2;20", r"line 4: client_id is '2'.*no earlier line has"),
    ("disp", "3;3;20", "3;8;20", r"line 4: client_id is '8'.*that the client file has"),
    ("loan", "930131", "921231", r"loan.csv, line 2: account_id is '10'.*opened by the day"),
    ("loan", "1200", "1200.005", r"line 2: amount is '1200.005'.*an amount such as"),
    ("loan", ";12;", ";0;", r"line 2: duration is '0'.*a whole number from 1"),
    ("loan", "7;10;930131;1200;12;100.00;A\n", "", r"loan.csv has a header and no line"),
    ("card", "gold", "lead", r"type is 'lead'.*'junior', 'classic', 'gold'"),
    ("card", "5;3;gold", "5;4;gold", r"disp_id is '4'.*that the disp file has"),
    ("card", "930301 00", "930109 00", r"card.csv, line 2: disp_id is '3'.*opened by the day"),
    ("trans", "102;10", "102;30", r"line 4: account_id is '30'.*that the account file has"),
    ("trans", "700.00;700", "7e2;700", r"line 2: amount is '7e2'"),
    ("trans", "PRIJEM;VKLAD", "PRIJEM;", r"line 2: operation is ''.*where k_symbol is empty"),
    ("trans", "DUCHOD", "PLAT", r"line 4: k_symbol is 'PLAT'.*'DUCHOD'"),
    ("trans", "PRIJEM", "PRIJMY", r"line 2: type is 'PRIJMY', which is refused; so are lines 4;"),
    ("trans", "101;10;930103", "101", r"line 3: '101;VYDAJ.*' has 8 values; allowed are 10"),
]


@pytest.mark.parametrize(("name", "old", "new", "message"), BROKEN)
def test_broken_line_is_refused(
    tmp_path: Path, name: str, old: str, new: str, message: str
) -> None:
    """A file that does not read names its line, its value and what is allowed."""
    source = a_source(tmp_path / "source", **{name: FILES[name].replace(old, new)})
    with pytest.raises(BrokenSource, match=message):
        import_berka(source, tmp_path / "bank")


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """A folder that lacks a file is told which names would do."""
    source = a_source(tmp_path / "source")
    (source / "trans.csv").unlink()
    with pytest.raises(BrokenSource, match=r"has no file trans\{\.asc.*trans_head_\*"):
        import_berka(source, tmp_path / "bank")
    with pytest.raises(BrokenSource, match="is no folder"):
        import_berka(source / "loan.csv", tmp_path / "bank")


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    """Of two files of one table none is preferred in silence."""
    source = a_source(tmp_path / "source")
    (source / "loan.asc").write_text(FILES["loan"], encoding="ascii")
    with pytest.raises(BrokenSource, match=r"has loan.asc, loan.csv, of which one is wanted"):
        import_berka(source, tmp_path / "bank")


@pytest.mark.parametrize(
    "content", [b"", b"card_id;disp_id;type;issued\n1;\xe9;gold;930301\n"], ids=["empty", "latin"]
)
def test_unreadable_file_is_refused(tmp_path: Path, content: bytes) -> None:
    """A file that is no text is refused by name."""
    source = a_source(tmp_path / "source")
    (source / "card.csv").write_bytes(content)
    with pytest.raises(BrokenSource, match=r"card.csv does not read as `;`-separated UTF-8 text"):
        import_berka(source, tmp_path / "bank")


def test_cut_archive_is_refused(tmp_path: Path) -> None:
    """A packed file that ends early is refused by name."""
    source = a_source(tmp_path / "source")
    (source / "card.csv").unlink()
    (source / "card.csv.gz").write_bytes(gzip.compress(FILES["card"].encode() * 500)[:-12])
    with pytest.raises(BrokenSource, match=r"card.csv.gz does not read"):
        import_berka(source, tmp_path / "bank")


def test_refusal_leaves_what_stood(tmp_path: Path) -> None:
    """A source that is refused leaves no folder behind, and an older bank as it was."""
    broken = a_source(tmp_path / "broken", card="card_id;disp_id;type;issued\n1;9;gold;930301\n")
    with pytest.raises(BrokenSource):
        import_berka(broken, tmp_path / "banks" / "new")
    assert not (tmp_path / "banks").exists()
    import_berka(a_source(tmp_path / "source"), tmp_path / "banks" / "old")
    before = {file.name: file.read_bytes() for file in (tmp_path / "banks" / "old").iterdir()}
    with pytest.raises(BrokenSource):
        import_berka(broken, tmp_path / "banks" / "old")
    after = {file.name: file.read_bytes() for file in (tmp_path / "banks" / "old").iterdir()}
    assert after == before
    assert [path.name for path in (tmp_path / "banks").iterdir()] == ["old"]
