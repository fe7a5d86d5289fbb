"""A list's files: masked, in two languages, safe in a spreadsheet, and equal byte for byte."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest

from goodcall.language import Text
from goodcall.profile import CustomerTier
from goodcall.reason import Reason
from outreach import (
    ListedRow,
    PlannedRow,
    Promise,
    RequestError,
    outreach_list,
    to_csv,
    to_json,
    to_xlsx,
)

DAY = date(2026, 6, 8)


class Masks:
    """Shows the first character only."""

    def name(self, value):
        return value[0] + "*"

    def number(self, value):
        return value[:3] + "****"


def row(**more):
    why = Text("Cash fell by half", "存款减半")
    plain = PlannedRow(
        request_id="r", list_id=7, rank=1, customer_id=1234567890123456789, band="save",
        purpose="retention", offer_code=None, offer_name=Text("care call", "关怀联系"),
        channel="phone", point_id=11, minutes=8,
        allowed_from=datetime(2026, 6, 8, 1, 0, tzinfo=UTC), value_cents=12_345,
        reasons=(Reason("money", "cash_in_30d", 5.0, 0.4, why),) * 2,
        assumed=("save_rate", "cost"),
    )  # fmt: skip
    return replace(plain, **more)


def listed(a, *rows, state="planned", because=None, **profile):
    people = {
        one.customer_id: a.facts(a.customer(customer_id=one.customer_id, **profile)) for one in rows
    }
    rows = [ListedRow(one, state, because) for one in rows]
    return outreach_list(rows, people, day=DAY, list_id=7, policy=a.policy(), masker=Masks())


def cells(said):
    return list(csv.reader(io.StringIO(said.decode("utf-8-sig"))))


def test_a_list_shows_what_an_agent_needs_and_no_more(a):
    """Masked name and number, at most three reasons, local time, money in units, assumptions."""
    header, line = cells(to_csv(listed(a, row()), "zh"))
    assert dict(zip(header, line, strict=True)) == {
        "序号": "1", "客户编号": "1234567890123456789", "姓名": "王*", "等级": "", "类别": "挽留",
        "理由": "存款减半；存款减半", "推荐": "关怀联系", "渠道": "电话", "预期价值": "123.45",
        "可联系时间": "2026-06-08 09:00", "适宜时间": "", "号码": "199****",
        "假设": "关怀效果；联系成本",
        "状态": "待处理", "结果": "", "顺延自": "", "提示": "", "上次联系": "",
    }  # fmt: skip
    english = cells(to_csv(listed(a, row()), "en"))[1]
    assert english[4:8] == ["save", "Cash fell by half; Cash fell by half", "care call", "phone"]


def test_excel_opens_the_csv_in_chinese(a):
    """The file begins with the byte order mark that Excel needs."""
    assert to_csv(listed(a, row()), "zh").startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_runs_as_a_formula(a, start):
    """Text that begins like a formula is quoted in CSV and plain text in a workbook."""
    wild = row(offer_name=Text(f"{start}cmd|' /C calc'!A0", "x"))
    assert cells(to_csv(listed(a, wild), "en"))[1][6].startswith("'" + start)
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx(listed(a, wild), "en"))).active
    assert sheet["G2"].data_type == "s"


def test_a_workbook_keeps_ids_whole_and_its_header_in_sight(a):
    """Long ids are text, values numbers, and row 1 is frozen."""
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx(listed(a, row()), "en"))).active
    assert sheet["B2"].value == "1234567890123456789"
    assert sheet["I2"].value == 123.45
    assert sheet.freeze_panes == "A2"
    assert [cell.value for cell in sheet[1]][:3] == ["rank", "customer", "name"]


def test_equal_lists_give_equal_bytes(a):
    """CSV, JSON and XLSX alike; a workbook carries the plan's day and no clock."""
    rows = [row(), row(rank=2, customer_id=5)]
    for write in (to_csv, to_json, to_xlsx):
        assert write(listed(a, *rows), "zh") == write(listed(a, *reversed(rows)), "zh")
    with zipfile.ZipFile(io.BytesIO(to_xlsx(listed(a, *rows), "en"))) as book:
        assert b"2026-06-08T00:00:00Z" in book.read("docProps/core.xml")
        assert {entry.date_time[0] for entry in book.infolist()} == {1980}


def test_json_is_for_programs(a):
    """Cents, instants with their zone, ids as they are."""
    said = json.loads(to_json(listed(a, row()), "en"))
    assert (said["list_id"], said["currency"], said["day"]) == (7, "CNY", "2026-06-08")
    assert said["rows"][0]["value_cents"] == 12_345
    assert said["rows"][0]["allowed_from"] == "2026-06-08T09:00:00+08:00"
    assert said["rows"][0]["customer_id"] == 1234567890123456789


def test_a_customer_without_name_or_number_is_listed_all_the_same(a):
    """What the source lacks is an empty cell."""
    line = cells(to_csv(listed(a, row(point_id=None), name=None, points=()), "en"))[1]
    assert (line[2], line[11]) == ("", "")


def test_every_form_tells_the_customers_tier(a):
    """By name in files for people, by code in JSON; nothing where no tier is known."""
    gold = CustomerTier("gold", Text("Gold", "金卡客户"))
    known, unknown = listed(a, row(), tier=gold), listed(a, row())
    for shown, name in ((known, "金卡客户"), (unknown, "")):
        header, line = cells(to_csv(shown, "zh"))
        assert dict(zip(header, line, strict=True))["等级"] == name
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx(known, "en"))).active
    assert (sheet["D1"].value, sheet["D2"].value) == ("tier", "Gold")
    assert json.loads(to_json(known, "en"))["rows"][0]["tier"] == "gold"
    assert json.loads(to_json(unknown, "en"))["rows"][0]["tier"] is None


def test_a_row_without_its_profile_is_refused(a):
    """A list is never shown with a hole in it."""
    with pytest.raises(RequestError, match="whose profile is not given"):
        outreach_list(
            [ListedRow(row(), "planned", None)],
            {},
            day=DAY,
            list_id=7,
            policy=a.policy(),
            masker=Masks(),
        )


def test_every_form_tells_band_state_and_what_was_left_over(a):
    """A promised row left over and withdrawn since: in CSV, XLSX and JSON alike."""
    due = datetime(2026, 6, 5, 7, 0, tzinfo=UTC)
    promise = Promise(44, 5, "CONNECTED_CALLBACK", due - timedelta(days=2), due, "phone")
    mine = row(band="promised", promise=promise, rolled_over=date(2026, 6, 5), reasons=())
    shown = listed(a, mine, state="cancelled", because="REFUSED_ALL",
                   birth_date=date(1950, 1, 1))  # fmt: skip
    header, line = cells(to_csv(shown, "en"))
    said = dict(zip(header, line, strict=True))
    assert (said["band"], said["state"], said["left over from"]) == (
        "promised", "withdrawn", "2026-06-05"
    )  # fmt: skip
    assert said["why"] == "call back for 2026-06-05 15:00, promised on 2026-06-03"
    assert (said["what came of it"], said["mind"]) == ("refused all marketing", "65+")
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx(shown, "en"))).active
    assert [cell.value or "" for cell in sheet[2]][3:] == [
        float(each) if title == "value" else each for title, each in [*said.items()][3:]
    ]
    (fact,) = json.loads(to_json(shown, "zh"))["rows"]
    assert (fact["band"], fact["state"], fact["because"]) == (
        "promised",
        "cancelled",
        "REFUSED_ALL",
    )
    assert (fact["rolled_over"], fact["badges"]) == ("2026-06-05", ["65岁以上"])
