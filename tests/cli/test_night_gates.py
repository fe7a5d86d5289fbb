"""A gate that fails: the last list stays in force, says why, and every row is checked again."""

import csv
import io
import json
from datetime import date

import openpyxl
import pytest
from governed import GOOD, a_store, a_user
from nightly import FIRST, MANAGER, SECOND, TONIGHT, asked, ledger_of, run

from cli.errors import NightFailed
from cli.lists import pull_list
from cli.night_work import Demands
from features.quality.loading import default_gates_text
from goodcall import Text
from goodcall.calendar import local_date, start_of_day
from goodcall.night_record import read_record
from goodcall.profile import Consent
from governance import Adopted
from outreach import NotFound, load_policy, to_csv, to_json, to_xlsx

LONG_AFTER = date(2027, 3, 1)


def stop(home):
    """The second night, stopped by a table that does not read; gives back what heals it."""
    table = home.bank / "customers.parquet"
    whole = table.read_bytes()
    table.write_bytes(b"no table")
    with pytest.raises(NightFailed, match="customers"):
        run(home)
    return lambda: table.write_bytes(whole)


def no_champion(home):
    home.champions.unlink()
    return {}


def stale(_home):
    return {"day": LONG_AFTER}


def unfit(home):
    strict = home.root / "strict.toml"
    text = default_gates_text()
    assert "freshness = { warn = 1 }" in text
    strict.write_text(text.replace("freshness = { warn = 1 }", "freshness = { fail = 1 }"), "utf-8")
    return {"demands": Demands(gates=strict)}


def hollow(home):
    text = home.policy.read_text("utf-8")
    fewer = text.replace("default_minutes = 120", "default_minutes = 60")
    assert fewer != text
    home.policy.write_text(fewer, "utf-8")
    return {"demands": Demands(least_share=1)}


def spoilt(home):
    (home.bank / "customers.parquet").write_bytes(b"no table")
    return {}


@pytest.mark.parametrize(
    ("spoil", "step", "why"),
    [
        (no_champion, "scores", "has no champion"),
        (stale, "check", "tables end with 2026-12-31, and lists of 2027-03-01 need 2027-02-28"),
        (hollow, "plan", "rows where that of 2026-06-01 had"),
        (spoilt, "check", "customers"),
        (unfit, "check", "are not fit for use: "),
    ],
)
def test_a_gate_that_fails_is_named_and_kept(home, spoil, step, why):
    """The night stops there, its record says why, and the ledger has no plan of the day."""
    more = spoil(home)
    day = more.pop("day", SECOND)
    with pytest.raises(NightFailed, match=why):
        run(home, day, **more)
    failed = read_record(home, day).failed
    assert failed.step == step
    assert why in failed.why.en
    with ledger_of(home) as ledger:
        assert ledger.plan_before(day, or_on=True).day == FIRST


def test_a_policy_that_nobody_approved_stops_the_night(home):
    """Where access is set up, a file edited by hand is told in both languages and plans nothing."""
    policy = load_policy(home.policy)
    with a_store(home.governance_url) as store:
        adopted = Adopted("command line", policy.version, policy.text)
        store.set_up(a_user(role="administrator"), GOOD, adopted, now=TONIGHT)
    home.policy.write_text(policy.text.replace("at_most = 4", "at_most = 9"), "utf-8")
    _, err = asked(home, "night", home.bank, "--date", SECOND, code=3)
    assert "was approved by nobody" in err
    failed = read_record(home, SECOND).failed
    assert "goodcall policy restore" in failed.why.en
    assert "未经批准" in failed.why.zh
    with ledger_of(home) as ledger:
        assert ledger.plan_before(SECOND, or_on=True).day == FIRST


def test_the_last_list_stays_in_force_with_a_banner_in_every_form(home):
    """Text, CSV, XLSX and JSON say first, in both languages, why and of when the rows are."""
    plain = pull_list(home, FIRST, MANAGER).rows
    stop(home)
    pulled = pull_list(home, SECOND, MANAGER).rows
    assert plain.banner is None
    assert "2026-06-02 is not done (check the bank: " in pulled.banner.en
    assert "rows of 2026-06-01" in pulled.banner.en
    assert "夜间任务未完成(检查银行数据:" in pulled.banner.zh
    for language in ("en", "zh"):
        said = pulled.banner.to(language)
        lines = list(csv.reader(io.StringIO(to_csv(pulled, language).decode("utf-8-sig"))))
        assert lines[0] == [said]
        assert len(lines) == 2 + len(pulled.rows)
        sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx(pulled, language))).active
        assert sheet["A1"].value == said
        assert sheet["A2"].value == Text("rank", "序号").to(language)
        assert sheet.freeze_panes == "A3"
        assert json.loads(to_json(pulled, language))["banner"] == said
    assert "banner" not in json.loads(to_json(plain, "en"))
    out, _ = asked(home, "outreach", "list", "--manager", MANAGER, "--date", SECOND)
    assert "Not today's list: the night's work for 2026-06-02" in out


def test_rows_of_an_earlier_day_are_checked_again_for_today(home):
    """Who was worked is off the list, and each other row is allowed from an hour of today on."""
    with ledger_of(home) as ledger:
        before = ledger.list_rows(FIRST, MANAGER)
    stop(home)
    pulled = pull_list(home, SECOND, MANAGER)
    shown = {row.customer_id for row in pulled.rows.rows}
    planned = {each.row.customer_id for each in before if each.state == "planned"}
    assert len(planned) < len(before)
    assert shown <= planned
    assert shown
    for row in pulled.rows.rows:
        assert row.allowed_from >= start_of_day(SECOND, "Asia/Shanghai")
        assert local_date(row.allowed_from, "Asia/Shanghai") == SECOND


def test_a_refusal_since_takes_a_row_off_the_list_that_stays_in_force(home):
    """What the ledger hears in the meantime holds for the old rows, too."""
    stop(home)
    first = pull_list(home, SECOND, MANAGER).rows.rows[0].customer_id
    out, _ = asked(home, "outreach", "list", "--manager", MANAGER, "--date", SECOND, "--json")
    assert first in [row["customer_id"] for row in json.loads(out)["rows"]]
    with ledger_of(home) as ledger:
        ledger.note(first, Consent(TONIGHT, "dnc", None), now=TONIGHT, agent=7)
    assert first not in [row.customer_id for row in pull_list(home, SECOND, MANAGER).rows.rows]


def test_once_the_night_is_finished_the_days_own_list_is_in_force(home):
    """A start that goes well takes the banner away; one that fails later changes no list."""
    heal = stop(home)
    heal()
    run(home)
    own = pull_list(home, SECOND, MANAGER).rows
    assert own.banner is None
    stop(home)
    assert pull_list(home, SECOND, MANAGER).rows == own


def test_why_answers_from_the_list_that_stays_in_force(home):
    """It says of which day the list is, tells that day's trail, and if the row is shown no more."""
    with ledger_of(home) as ledger:
        rows = ledger.list_rows(FIRST, MANAGER)
    worked = next(each.row.customer_id for each in rows if each.state == "connected")
    stop(home)
    first = pull_list(home, SECOND, MANAGER).rows.rows[0].customer_id

    def why(customer, *more):
        return asked(home, "outreach", "why", customer, "--date", SECOND, *more)[0]

    told = " ".join(why(first).split())
    assert "Not today's list: the night's work for 2026-06-02" in told
    assert f"Customer {first}, 2026-06-01" in told
    said = json.loads(why(first, "--json"))
    assert (said["day"], said["step"]) == ("2026-06-01", "listed")
    assert "rows of 2026-06-01" in said["banner"]["en"]
    assert "gone_since" not in said
    assert json.loads(why(worked, "--json"))["gone_since"]["en"] == (
        "not on the list for 2026-06-02: the row is spoken to"
    )
    with ledger_of(home) as ledger:
        ledger.note(first, Consent(TONIGHT, "dnc", None), now=TONIGHT, agent=7)
    assert "the row is withdrawn" in why(first)


def test_without_a_plan_of_the_last_week_there_is_no_list(home):
    """The error says what stopped the night."""
    with pytest.raises(NightFailed):
        run(home, LONG_AFTER)
    with pytest.raises(NotFound, match=r"tables end with .* no plan of the week before"):
        pull_list(home, LONG_AFTER, MANAGER)


def test_a_failed_night_exits_with_3_and_tells_which_list_stands(home):
    """Standard output has one JSON document, standard error the reason and the banner."""
    stop(home)
    out, err = asked(home, "night", home.bank, "--date", SECOND, "--json", code=3)
    answer = json.loads(out)
    assert answer["failed"]["step"] == "check"
    assert answer["finished_at"] is None
    assert "rows of 2026-06-01" in answer["banner"]["en"]
    assert answer["failed"]["because"]["en"] in answer["banner"]["en"]
    assert "error: " in err
