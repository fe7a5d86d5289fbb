"""Laws of a report as JSON, as a page and as a workbook."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from goodcall import Text
from outreach.replay import Gain
from reports import (
    BadSettings,
    Column,
    Named,
    Page,
    Sheet,
    cells_of,
    page_facts,
    page_html,
    page_xlsx,
)
from reports.settings import parse_settings

COLUMNS = {
    "who": Column(Text("who", "谁")),
    "money": Column(Text("money", "金额"), "money"),
    "share": Column(Text("share", "占比"), "share"),
}
ROWS = (
    (Named(None, Text("all", "合计")), 123_456, Gain(0.1, -0.1, 0.3)),
    ("=1+1 <b>", None, 0.25),
)
PAGE = Page(Text("Report", "报表"), "CNY", [Sheet("rows", Text("Rows", "明细"), COLUMNS, ROWS)])


def test_programs_get_codes_cents_and_whether_an_interval_shows_anything():
    """Words are for people."""
    first, second = page_facts(PAGE)["rows"]
    assert (first["who"], first["money"]) == (None, 123_456)
    assert first["share"] == {"value": 0.1, "low": -0.1, "high": 0.3, "shown": False}
    assert second == {"who": "=1+1 <b>", "money": None, "share": 0.25}


def test_a_page_shows_words_and_runs_nothing():
    """What came from a table is text, in the reader's language."""
    said = page_html(PAGE, "zh").decode()
    assert "合计" in said
    assert "1,235元" in said
    assert "10.0% [-10.0%, 30.0%]" in said
    assert "=1+1 &lt;b&gt;" in said


def test_a_page_fits_a_telephone_and_paper():
    """Wide tables scroll in a box of their own, and heads are repeated where a page ends."""
    said = page_html(PAGE, "en").decode()
    assert 'name="viewport" content="width=device-width' in said
    assert said.count('<div class="wide"><table><thead>') == len(PAGE.sheets)
    assert "@page{size:A4 landscape" in said


def test_the_row_of_everything_together_stands_out():
    """By its first cell, and no other row does."""
    said = page_html(PAGE, "en").decode()
    assert said.count('<tr class="all">') == 1
    assert '<tr class="all"><td>all</td>' in said


def test_a_table_without_rows_says_so():
    """Heads over nothing leave a reader waiting."""
    page = Page(PAGE.title, "CNY", [Sheet("rows", Text("Rows", "明细"), COLUMNS, ())])
    assert "<p>None.</p>" in page_html(page, "en").decode()
    assert "<p>无。</p>" in page_html(page, "zh").decode()
    assert "<table>" not in page_html(page, "en").decode()


def test_what_rounds_to_zero_has_no_sign():
    """There is no minus 0.0 %."""
    sheet = Sheet("rows", Text("Rows", "明细"), COLUMNS, [("x", -10, -0.0004)])
    assert [*cells_of(Page(PAGE.title, "CNY", [sheet]), sheet, "en")] == [("x", "CNY 0", "0.0%")]


def test_a_workbook_holds_figures_and_no_formula():
    """Money is in units there, and a cell that begins like a formula is text."""
    book = ZipFile(BytesIO(page_xlsx(PAGE, "en")))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<v>1234.56</v>" in sheet
    assert "<f>" not in sheet
    assert "'=1+1" in book.read("xl/sharedStrings.xml").decode()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("days = 30", "days = -1"), "write a whole number from 0 to 366"),
        (("[30, 90]", "[0, 90]"), r"write days of 1 or more"),
        (("kept_share = 0.7", "kept = 0.7"), "kept_share is missing"),
        (("[save]", "more = 1\n[save]"), "'more' is unknown here"),
    ],
)
def test_settings_name_their_mistake(change, message):
    """A file that cannot be meant is refused when it is read."""
    text = (
        "[attribution]\ndays = 30\npersistence_days = 90\n[save]\nbefore_days = 30\n"
        "after_days = [30, 90]\nkept_share = 0.7\nflagged_share = 0.05\n"
    )
    assert parse_settings(text).attribution.days == 30
    with pytest.raises(BadSettings, match=message):
        parse_settings(text.replace(*change))
