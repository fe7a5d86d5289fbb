"""Every report as JSON, as a page and as a workbook: the figures are the same in all three."""

import json
import os
import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from html.parser import HTMLParser

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer.main
from campaigned import DAYS, FIRST, LAST, PEOPLE
from nightly import copied
from planning import on_row, published, reachable, rows_of, worked
from policed import Desk, moment, offer, policy_of
from typer.testing import CliRunner

from cli.app import app
from cli.rights_handling import rights_store
from features import TABLES, open_bank
from governance import AuditLog, vault_of
from outreach import Candidate, Word, save_offers

# A day with levers, drops at several steps, rows worked and rows set aside.
DAY = date(2026, 6, 23)
SPAN = f"BANK --from {FIRST} --to {LAST}"
# How each report is asked for; a new one fails until it stands here.
REPORTS = {
    "report day": f"BANK --on {DAY}",
    "report funnel": f"BANK --on {DAY}",
    "report campaign": SPAN,
    "report cross-sell": SPAN,
    "report incentive": SPAN,
    "report saves": f"{SPAN} --scores HOME/scores.parquet",
    "report managers": SPAN,
    "report programme": f"{SPAN} --costs HOME/costs.toml --training HOME/training.csv",
    "report targets": f"BANK HOME/targets.toml --on {LAST}",
    "report pressure": SPAN,
    "report underserved": f"BANK --on {DAY} --share 0.2",
    "report levers": SPAN,
    "report records": "BANK",
    "report fairness": SPAN,
    "report satisfaction": SPAN,
    "report churn": f"BANK --on {DAYS[0]} --by branch",
    "report churn-causes": "BANK --by branch",
    "report demand": SPAN,
    "report regions": f"{SPAN} --kind retail --by branch",
    "outreach holdout effect": "BANK",
}
LEVER = (
    '[[lever]]\nid = "cards"\nowner = "cards team"\nexpires = 2026-12-31\nmost_rows = 6\n'
    'weight = 150\nfamilies = ["credit_card"]\n'
)
COSTS = (
    'currency = "CNY"\ncustomer_cents = 20_000\n[staff]\nminute_cents = 150\n'
    '[message]\nemail = 2.5\n[[one_off]]\nname = "build"\ncents = 1_000_000\nday = 2026-06-03\n'
)
TARGET = '[[target]]\nmeasure = "{}"\n{}goal = {}\nfrom = 2026-06-01\nby = 2026-06-30\n'
# The smallest number of figures that a report of this bank has.
LEAST = 10


@pytest.fixture(scope="module")
def place(campaign, tmp_path_factory):
    """The campaign with something for every report to tell of."""
    made = copied(campaign, tmp_path_factory.mktemp("every") / "var")
    made.policy.write_text(policy_of(channels=("phone", "sms", "email")).text, encoding="utf-8")
    save_offers(made.offers, [offer("FUND"), offer("CARD", "credit_card")])
    (made.root / "costs.toml").write_text(COSTS, encoding="utf-8")
    trained = "staff_id,completed_on\n7,2026-05-02\n"
    (made.root / "training.csv").write_text(trained, encoding="utf-8")
    targets = (("worked", "manager = 7\n", 30), ("complaints_per_1000", "", 200))
    text = "".join(TARGET.format(*each) for each in targets)
    (made.root / "targets.toml").write_text(text, encoding="utf-8")
    scored(made.root / "scores.parquet", FIRST)
    scored(made.root / "scores" / f"as_of={DAYS[0]}.parquet", DAYS[0])
    people(made)
    planned(made)
    asked_for(made)
    return made


def scored(path, day):
    """Scores of a day by which every fourth customer is likeliest to leave."""
    churn = [0.9 if who % 4 == 0 else 0.1 for who in PEOPLE]
    path.parent.mkdir(exist_ok=True)
    rows = {"customer_id": [*PEOPLE], "as_of": [day] * len(PEOPLE), "churn": churn}
    pq.write_table(pa.table(rows), path)


def people(place):
    """Two branches, of which one loses whoever leaves; sexes, cases, and deposits held before."""
    bank = open_bank(place.bank)

    def rewrite(name, change):
        rows = [change(row) for row in bank.read(name).to_pylist()]
        written(name, rows)

    def written(name, rows):
        table = pa.Table.from_pylist(rows, schema=TABLES[name].schema)
        pq.write_table(table, place.bank / f"{name}.parquet")

    def moved(row):
        who = row["customer_id"]
        return row | {"branch_id": 3 + (who % 4 < 2), "sex": "FM"[who % 3 == 0]}

    rewrite("customers", moved)
    rewrite("branches", lambda row: row | {"region": "north" if row["branch_id"] == 3 else "south"})
    begins = datetime.fromisoformat("2026-05-28T02:00:00+00:00")
    days = [begins + timedelta(number) for number in range(40)]
    cases = [
        {
            "case_id": number,
            "customer_id": 1 + number % 9,
            "happened_at": day,
            "known_at": day,
            "kind": ("complaint", "service")[number % 2],
            "mood": ("low", "satisfied")[number % 2],
        }
        for number, day in enumerate(days)
    ]
    written("cases", cases)
    now = bank.read("holdings").to_pylist()
    other = {"family": "deposit", "opened_on": date(2025, 3, 1)}
    written("holdings", [*now, *(row | other | {"holding_id": 1000 + row["holding_id"]}
                                 for row in now)])  # fmt: skip


def planned(place):
    """A published day on which a lever works; some customers are firms, some without a number."""
    desk = Desk(place.ledger_url, vault_of(place, os.environ))
    desk.sells(offer("FUND"), offer("CARD", "credit_card"))
    desk.policy = policy_of(more=LEVER, channels=("phone", "sms"))
    found = [replace(each, manager_id=7 + each.customer_id % 2) for each in reachable(40)]
    found[:9] = [replace(each, kind="corporate") for each in found[:9]]
    found[9:13] = [replace(each, points=()) for each in found[9:13]]
    desk.knows(*found)
    scores = ({"buys:fund": 0.2, "buys:credit_card": at / 100} for at in range(len(found)))
    candidates = [
        Candidate(one, {"churn": 0.0} | each, 0) for one, each in zip(found, scores, strict=True)
    ]
    published(desk, candidates, DAY)
    rows = [each.row for list_id in (7, 8) for each in rows_of(desk, DAY, list_id)]
    allowed = [
        row for row in rows if on_row(desk, row, f"{DAY} 15:00", "explain").verdict == "allow"
    ]
    outcomes = ("ACCEPTED", "NO_ANSWER", "CONNECTED_APPT", "COMPLAINT", "NOT_INTERESTED_OFFER")
    for row, outcome in zip(allowed, outcomes, strict=False):
        worked(desk, row, f"{DAY} 15:00", outcome)
    aside = allowed[len(outcomes)]
    said = Word("WRONG_RECOMMENDATION", moment(f"{DAY} 16:00"), 5, "told in May", aside.offer_code)
    desk.ledger.skip(DAY, aside.list_id, aside.rank, said)
    desk.ledger.close()


def asked_for(place):
    """A customer's request that was met, and access that was refused."""
    at = datetime.fromisoformat("2026-06-03T02:00:00+00:00")
    with rights_store(place) as store:
        store.done(store.ask(1, "view", now=at, days=30), by="staff 4", now=at + timedelta(5))
    log = AuditLog(place.audit, lambda: at)
    log.record("staff 9", "view", "customer 5", refused="not your customer")
    log.close()


def commands():
    """The commands that are reports, as the application has them."""
    group = typer.main.get_command(app)
    return [*(f"report {name}" for name in group.commands["report"].commands),
            "outreach holdout effect"]  # fmt: skip


@dataclass
class Tables(HTMLParser):
    """The tables of a page, each a list of rows of words, its head first."""

    def __post_init__(self):
        super().__init__()
        self.found, self._cell = [], None

    def handle_starttag(self, tag, _attrs):
        if tag == "table":
            self.found.append([])
        elif tag == "tr":
            self.found[-1].append([])
        elif tag in ("td", "th"):
            self._cell = ""

    def handle_data(self, data):
        if self._cell is not None:
            self._cell += data

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.found[-1][-1].append(self._cell)
            self._cell = None


def said_as(value, words):
    """Whether a figure is told by words, as near as their last digit: a count, a share, money."""
    found = re.fullmatch(r"(-?)(CNY )?([\d,]+)(\.\d+)?(%?)", words)
    assert found, words
    minus, money, whole, decimals, percent = found.groups()
    scale = 100 if money or percent else 1
    told = float(whole.replace(",", "") + (decimals or "")) * (-1 if minus else 1)
    meant = value / scale if money else value * scale
    return abs(told - meant) <= 0.5 * 10 ** -max(len(decimals or ".") - 1, 0) + 1e-9


def stands_in(value, cell):
    """Whether a cell of a workbook holds a figure; cents are shown there in whole units."""
    meant = value / 100 if "CNY" in cell.number_format else value
    return cell.value == pytest.approx(meant)


def compared(value, cells, words):
    """How many figures of a cell of the JSON document stand in the workbook and on the page."""
    match value:
        case {"value": middle, "low": low, "high": high}:
            ends = words.rstrip("]").replace(" [", ", ").split(", ")
            for end, cell, each in zip((middle, low, high), cells, ends, strict=True):
                assert stands_in(end, cell)
                assert said_as(end, each)
            return 3
        case bool():
            assert words == cells[0].value == {True: "yes", False: "no"}[value]
        case int() | float() if not isinstance(cells[0].value, str):
            assert stands_in(value, cells[0])
            assert said_as(value, words)
            return 1
        case int() | float():
            assert str(value) == words == cells[0].value
        case list():
            assert ", ".join(map(str, value)) == words == (cells[0].value or "")
        case str() if isinstance(cells[0].value, datetime):
            assert value == words == str(cells[0].value.date())
        case _:
            # Codes and None have words of their own, the same in both files.
            assert words == (cells[0].value or "")
            assert words or not value
    return 0


@pytest.mark.parametrize("command", commands())
def test_figures_are_the_same_in_every_form(place, command, tmp_path):
    """Each cell of every table of --json stands in the page and in the workbook."""
    assert command in REPORTS, f"say in REPORTS how {command!r} is asked for"
    page, book = tmp_path / "r.html", tmp_path / "r.xlsx"
    asked = REPORTS[command].replace("BANK", str(place.bank)).replace("HOME", str(place.root))
    files = ("--html", page, "--xlsx", book, "--home", place.root, "--lang", "en", "--json")
    done = CliRunner().invoke(app, [*command.split(), *asked.split(), *map(str, files)])
    assert done.exit_code == 0, (done.output, done.exception)
    facts = json.loads(done.stdout)
    *papers, notes = openpyxl.load_workbook(book).worksheets
    parser = Tables()
    parser.feed(text := page.read_text(encoding="utf-8"))
    tables = [facts[name] for name in [*facts][-len(papers) :]]
    assert [row[0] for row in notes.iter_rows(min_row=2, values_only=True)] == [
        note["en"] for note in facts["notes"]
    ]
    assert text.count("<li>") == len(facts["notes"])
    on_page = iter(parser.found)
    figures = 0
    for rows, paper in zip(tables, papers, strict=True):
        if not rows:
            assert paper["A2"].value == "Nothing to show."
            continue
        said = next(on_page)[1:]
        lines = [*paper.iter_rows(min_row=2)]
        assert len(rows) == len(said) == len(lines)
        wide = {name for row in rows for name, cell in row.items() if is_interval(cell)}
        for row, words, line in zip(rows, said, lines, strict=True):
            cells = iter(line)
            for (name, value), each in zip(row.items(), words, strict=True):
                taken = [next(cells) for _ in range(3 if name in wide else 1)]
                figures += compared(value, taken, each)
            assert next(cells, None) is None
    assert next(on_page, None) is None
    assert figures >= LEAST


def is_interval(cell):
    return isinstance(cell, dict) and "low" in cell


def test_no_report_is_listed_that_is_gone():
    """The table above names commands that there are."""
    assert sorted(REPORTS) == sorted(commands())
