"""Laws of a report as JSON, as a page and as a workbook."""

from datetime import date
from io import BytesIO

import pytest
from openpyxl import load_workbook

from goodcall import Text
from outreach.replay import Gain
from reports import (
    BadSettings,
    Column,
    Figure,
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
    assert '<tr class="all"><td class=short>all</td>' in said


def test_a_table_without_rows_says_so():
    """Heads over nothing leave a reader waiting."""
    page = Page(PAGE.title, "CNY", [Sheet("rows", Text("Rows", "明细"), COLUMNS, ())])
    assert "<p>Nothing to show.</p>" in page_html(page, "en").decode()
    assert "<p>无可显示的内容。</p>" in page_html(page, "zh").decode()
    assert "<table>" not in page_html(page, "en").decode()


def test_what_rounds_to_zero_has_no_sign():
    """There is no minus 0.0 %."""
    sheet = Sheet("rows", Text("Rows", "明细"), COLUMNS, [("x", -10, -0.0004)])
    assert [*cells_of(Page(PAGE.title, "CNY", [sheet]), sheet, "en")] == [("x", "CNY 0", "0.0%")]


def test_a_figure_may_be_of_another_kind_than_its_columns_others():
    """A person reads each as what it is, and a program the plain figure."""
    columns = {"what": Column(Text("what", "项")), "value": Column(Text("value", "值"), "number")}
    rows = [("left", Figure(Gain(0.1, -0.2, 0.4), "share")), ("value", Figure(-123_456.0, "price"))]
    sheet = Sheet("rows", Text("Rows", "明细"), columns, [*rows, ("none", Figure(None, "share"))])
    page = Page(PAGE.title, "CNY", [sheet])
    said = [words for _, words in cells_of(page, sheet, "en")]
    assert said == ["10.0% [-20.0%, 40.0%]", "-CNY 1,234.56", "–"]
    assert [row["value"] for row in page_facts(page)["rows"]][1:] == [-123_456.0, None]


def opened(page, language):
    """The workbook as a reader opens it."""
    return load_workbook(BytesIO(page_xlsx(page, language)))


def test_a_workbook_holds_figures_and_no_formula():
    """Money is in units there, and a cell that begins like a formula is text."""
    paper = opened(PAGE, "en")["Rows"]
    assert (paper["B2"].value, paper["B2"].number_format) == (1234.56, '"CNY" #,##0.00')
    assert (paper["A3"].value, paper["A3"].data_type) == ("'=1+1 <b>", "s")
    assert opened(PAGE, "zh")["明细"]["B2"].number_format == '#,##0.00"元"'


def test_an_interval_has_three_columns_in_a_workbook():
    """Its value and its ends are figures; what has no interval there has no ends."""
    head, first, second = opened(PAGE, "en")["Rows"].iter_rows(min_col=3, values_only=True)
    assert head == ("share", "share: low", "share: high")
    assert (first, second) == ((0.1, -0.1, 0.3), (0.25, "–", "–"))


def test_a_workbook_shows_its_heads_and_fits_its_words():
    """The head and the first column stay in sight, columns are as wide as their cells."""
    columns = {"day": Column(Text("day", "日期")), "words": Column(Text("words", "文字"))}
    rows = [(date(2026, 6, 1), "x" * 25), (date(1000, 1, 1), "")]
    sheet = Sheet("rows", Text("Rows", "明细"), columns, rows)
    paper = opened(Page(PAGE.title, "CNY", [sheet]), "en")["Rows"]
    assert (paper.freeze_panes, paper.print_title_rows) == ("B2", "$1:$1")
    assert paper["A2"].value.date() == date(2026, 6, 1)
    assert paper["A2"].number_format == "yyyy-mm-dd"
    assert paper["A3"].value == "1000-01-01"
    assert paper.column_dimensions["B"].width > 25


def test_a_column_is_wide_enough_for_the_cents_that_a_page_leaves_out():
    """A spreadsheet shows no figure at all where its column is too narrow."""
    sheet = Sheet("rows", Text("Rows", "明细"), COLUMNS, [("x", 123_456_789_00, 0.5)])
    paper = opened(Page(PAGE.title, "CNY", [sheet]), "en")["Rows"]
    assert paper.column_dimensions["B"].width > len("CNY 123,456,789.00")


def test_any_title_names_a_sheet():
    """A workbook takes 31 letters, and no colon or bracket."""
    titles = ("All levers: by day", "All [levers] together */ by day")
    sheets = [Sheet("rows", Text(title, title), COLUMNS, ()) for title in titles]
    names = opened(Page(PAGE.title, "CNY", sheets), "en").sheetnames
    assert names == ["All levers  by day", "All  levers  together    by day", "notes"]


def test_a_sheet_without_rows_says_so():
    """As the page does."""
    page = Page(PAGE.title, "CNY", [Sheet("rows", Text("Rows", "明细"), COLUMNS, ())])
    assert opened(page, "en")["Rows"]["A2"].value == "Nothing to show."


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
