"""`goodcall bank link`, `unlink` and `join` as a user walks them."""

import json

import pyarrow.parquet as pq
import pytest
from chained import verify_audit
from records import a_resident_id
from typer.testing import CliRunner

from banks.identity.files import read_links
from cli.app import app
from goodcall import GoodcallError

WEI, PHONE = a_resident_id(), "13800138000"
KNOWN = "2026-01-05T10:00:00+08:00"
FILES = {
    "core.csv": (
        "source_key,known_at,document_type,document_number,name",
        f"1001,{KNOWN},resident_id,{WEI},张伟",
        f"1002,{KNOWN},resident_id,{a_resident_id(serial=2)},王芳",
    ),
    "cards.csv": (
        "source_key,known_at,document_type,document_number,name,phone,phone_verified",
        f"C7,{KNOWN},resident_id,{WEI},张 伟,{PHONE},true",
    ),
    "online.csv": (
        "source_key,known_at,name,birth_date,phone,phone_verified",
        f"u1,{KNOWN},张伟,1990-05-31,+86 {PHONE},true",
        f"u2,{KNOWN},张敏,1990-05-31,+86 {PHONE},true",
    ),
}


class Desk:
    """A workspace with three source files and the command line on them."""

    def __init__(self, root):
        self.root, self.home, self.out = root, root / "var", root / "links"
        for name, lines in FILES.items():
            (root / name).write_text("\n".join(lines), encoding="utf-8")

    def run(self, *words, lang="en"):
        asked = ["bank", *map(str, words), "--home", str(self.home), "--lang", lang]
        done = CliRunner().invoke(app, asked)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.stdout

    def facts(self, *words):
        return json.loads(self.run(*words, "--json"))

    def link(self):
        return self.facts("link", *(self.root / name for name in FILES), "--out", self.out)

    def groups(self):
        by_number = {}
        for row in read_links(self.out).to_pylist():
            by_number.setdefault(row["customer_id"], set()).add(
                f"{row['source']}:{row['source_key']}"
            )
        return sorted(map(sorted, by_number.values()))


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_three_files_become_one_profile_each(desk):
    """S01: five records of three systems are three customers; running again changes no byte."""
    said = desk.link()
    assert {name: said[name] for name in ("records", "new", "merged")} == {
        "records": 5, "new": 3, "merged": 2,
    }  # fmt: skip
    assert desk.groups() == [["cards:C7", "core:1001", "online:u1"], ["core:1002"], ["online:u2"]]
    before = {path.name: path.read_bytes() for path in desk.out.iterdir()}
    assert desk.link()["new"] == 0
    assert {path.name: path.read_bytes() for path in desk.out.iterdir()} == before


def test_a_person_parts_and_joins_and_the_log_keeps_why(desk):
    """What was parted stays parted when the files are linked again; a join puts it together."""
    desk.link()
    reason = ("--reason", "wrong card holder", "--by", "staff 7")
    desk.run("unlink", desk.out, "cards:C7", *reason)
    parted = desk.groups()
    assert ["cards:C7"] in parted
    desk.link()
    assert desk.groups() == parted
    desk.run("join", desk.out, "core:1001", "cards:C7", *reason)
    assert ["cards:C7", "core:1001", "online:u1"] in desk.groups()
    log = pq.read_table(desk.out / "log.parquet").to_pylist()
    assert [event["action"] for event in log if event["by"] == "staff 7"] == ["split", "link"]
    assert {event["reason"] for event in log if event["by"]} == {"wrong card holder"}
    assert verify_audit(desk.home / "audit.jsonl") == 4


def test_earlier_links_may_stand_elsewhere(desk):
    """--links continues another folder's numbers; without the key that made them it is refused."""
    desk.link()
    before = read_links(desk.out)
    later = desk.root / "later"
    late = desk.root / "late.csv"
    late.write_text(f"source_key,known_at\n1,{KNOWN}\n", encoding="utf-8")
    said = desk.facts("link", late, "--out", later, "--links", desk.out / "links.parquet")
    assert (said["records"], said["new"]) == (1, 1)
    assert set(map(str, before.to_pylist())) < set(map(str, read_links(later).to_pylist()))
    (desk.home / "identity.key").unlink()
    with pytest.raises(GoodcallError, match=r"identity\.key is missing"):
        desk.link()


def test_words_are_chinese_where_chinese_is_asked_for(desk):
    """Counts and places are told in Chinese; the key is the owner's alone."""
    said = desk.run("link", desk.root / "core.csv", "--out", desk.out, lang="zh")
    assert "新客户" in said
    assert "待复核" in said
    assert oct((desk.home / "identity.key").stat().st_mode & 0o777) == "0o600"


def test_a_decision_needs_its_reason(desk):
    """Without --reason nothing is decided."""
    desk.link()
    before = desk.groups()
    with pytest.raises(GoodcallError, match="needs its reason"):
        desk.run("unlink", desk.out, "cards:C7", "--reason", " ", "--by", "staff 7")
    assert desk.groups() == before
