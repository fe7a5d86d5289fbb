"""CP-30 to CP-35: hours, holidays, pauses and wishes, from the policy's text to the ledger."""

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from planning import plan_of, reachable
from policed import EVERY_DAY, customer, hours, moment, offer, policy_of, why

from goodcall.profile import Pause, Preference
from outreach import RequestError, parse_policy
from outreach.preferred import best_hours

DAYTIME = hours(("09:00", "21:00"))
WEEKDAYS = '["mon", "tue", "wed", "thu", "fri"]'
CAP = 'id = "cap"\nkind = "frequency_cap"\nat_most = 1\ndays = 7'
NATIONAL_DAY = """
[[holiday]]
name = "National Day"
from = 2026-10-01
to = 2026-10-07
workdays = [2026-09-27, 2026-10-10]
"""
HOLIDAYS = 'id = "holidays"\nkind = "holidays"\nchannels = ["phone"]'
NEW_YORK = "America/New_York"


def test_CP_30_R_01_nine_in_the_evening_is_deferred_to_nine_in_the_morning(desk):
    """20:59:59 yes, 21:00:00 deferred to 09:00 though that is the next day, 09:00:00 yes."""
    desk.under(DAYTIME)
    assert desk.would("2026-06-08 20:59:59").verdict == "allow"
    for at in ("2026-06-08 21:00:00", "2026-06-08 23:59:59", "2026-06-09 08:59:59"):
        said = desk.would(at)
        assert (said.verdict, said.failing) == ("defer", ("hours",))
        assert said.until == moment("2026-06-09 09:00")
    assert desk.ask("2026-06-09 09:00:00").verdict == "allow"


@pytest.mark.parametrize("at", ["06-05 21:00", "06-06 12:00", "06-07 23:59:59", "06-08 00:00"])
def test_CP_30_quiet_is_all_that_is_not_allowed(desk, at):
    """Sat and Sun all day and Mon-Fri 21-09: Monday from 00:00 to 09:00 is quiet too."""
    desk.under(hours(("09:00", "21:00"), days=WEEKDAYS))
    assert desk.would(f"2026-{at}").until == moment("2026-06-08 09:00")
    assert desk.would("2026-06-08 08:59:59").verdict == "defer"
    assert desk.would("2026-06-08 09:00").verdict == "allow"


def test_CP_30_hours_are_of_a_channel_and_a_category(desk):
    """Quiet hours of calls leave messages alone, and service unless it is named."""
    window = f'allowed = [{{ days = {EVERY_DAY}, from = "09:00", to = "21:00" }}]\n'
    calls = f'id = "hours"\nkind = "quiet_hours"\nchannels = ["phone"]\n{window}'
    night = "2026-06-08 22:00"
    desk.under(calls)
    assert desk.would(night, "phone").failing == ("hours",)
    assert desk.would(night, "sms").verdict == "allow"
    assert desk.would(night, "phone", category="service").verdict == "allow"
    desk.under(calls + 'categories = ["marketing", "service"]')
    assert desk.would(night, "phone", category="service").failing == ("hours",)
    assert desk.would(night, "phone", category="risk").verdict == "allow"


@pytest.mark.parametrize(("release", "verdict"), [("queue", "defer"), ("discard", "block")])
def test_CP_30_R_25_release_queues_or_discards(desk, release, verdict):
    """A discarded request is blocked; it is told as well when the hour comes."""
    desk.under(hours(("09:00", "21:00"), more=f'release = "{release}"'))
    said = desk.would("2026-06-08 21:00")
    assert (said.verdict, said.until) == (verdict, moment("2026-06-09 09:00"))


def test_CP_31_caps_are_looked_at_again_at_release(desk):
    """Deferred at night with the cap free; filled meanwhile, so no at nine.

    When the cap frees, a week later, the request has been in the queue for too long.
    """
    desk.under(DAYTIME, CAP)
    waiting = desk.ask("2026-06-08 22:00")
    assert (waiting.verdict, waiting.failing) == ("defer", ("hours",))
    desk.sent("2026-06-08 22:30", "email")
    released = desk.ask(waiting.until, queued_at=moment("2026-06-08 22:00"))
    assert (released.verdict, released.failing) == ("block", ("cap",))
    assert released.until is None
    assert desk.would(waiting.until).until == moment("2026-06-16 09:00")


def test_CP_31_R_26_what_waited_for_more_than_seven_days_is_discarded(desk):
    """Seven days to the second pass; a second more is no, for ever."""
    desk.under(DAYTIME)
    queued = moment("2026-06-01 10:00")
    assert desk.would("2026-06-08 10:00", queued_at=queued).verdict == "allow"
    said = desk.would("2026-06-08 10:00:01", queued_at=queued)
    assert (said.verdict, said.until, said.failing) == ("block", None, ("queue_age",))


def test_CP_32_R_23_an_hour_that_is_skipped_begins_after_the_gap(desk):
    """New York has no 02:30 on 8 March 2026: hours from 02:30 begin at 03:00."""
    desk.under(hours(("02:30", "21:00"))).knows(customer(zone=NEW_YORK))
    desk.zone = NEW_YORK
    said = desk.would("2026-03-08 01:59:59")
    assert said.until == moment("2026-03-08 03:00", NEW_YORK)
    assert desk.would("2026-03-08 03:00").verdict == "allow"


def test_CP_32_R_23_half_past_one_comes_twice_and_counts_once(desk):
    """On 1 November 2026 New York shows 01:30 twice: one contact for that hour, offer, channel."""
    desk.knows(customer(zone=NEW_YORK))
    first, second = moment("2026-11-01 05:30", "UTC"), moment("2026-11-01 06:30", "UTC")
    scheduled = {"at_local": "2026-11-01T01:30"}
    assert desk.ask(first, **scheduled).verdict == "allow"
    said = desk.ask(second, **scheduled)
    assert (said.verdict, said.until, said.failing) == ("block", None, ("wall_once",))
    assert desk.would(second, "email", **scheduled).verdict == "allow"
    assert desk.would(second, at_local="2026-11-02T01:30").verdict == "allow"


@pytest.mark.parametrize(
    ("window", "opens", "closes"),
    [
        (("01:30", "04:00"), "2026-11-01 06:30", "2026-11-01 09:00"),
        (("00:00", "01:30"), "2026-11-01 04:00", "2026-11-01 05:30"),
    ],
)
def test_CP_32_R_23_of_an_hour_shown_twice_the_tighter_half_is_allowed(desk, window, opens, closes):
    """A window opens at the second showing and closes at the first."""
    desk.under(hours(window)).knows(customer(zone=NEW_YORK))
    first, last = moment(opens, "UTC"), moment(closes, "UTC")
    before = desk.would(moment("2026-11-01 03:59:59", "UTC"))
    assert before.until == first
    assert desk.would(first).verdict == "allow"
    assert desk.would(last.replace(microsecond=0)).verdict == "defer"


def test_CP_33_R_24_holidays_are_closed_and_make_up_sundays_keep_mondays_hours(desk):
    """No calls 1-7 October; on the make-up Sunday 27 September yes where the rule enables it."""
    desk.under(HOLIDAYS, hours(("09:00", "20:00"), days=WEEKDAYS), more=NATIONAL_DAY)
    assert desk.would("2026-09-30 19:59:59", "phone").verdict == "allow"
    for day in range(1, 8):
        said = desk.would(f"2026-10-0{day} 10:00", "phone")
        weekend = day in {3, 4}
        assert said.failing == (("holidays", "hours") if weekend else ("holidays",))
        assert said.verdict == "defer"
        assert said.until == moment("2026-10-08 09:00")
    assert desk.would("2026-09-27 10:00", "phone").failing == ("hours",)
    made_up = hours(("09:00", "20:00"), days=WEEKDAYS, more="make_up_workdays = true")
    desk.under(HOLIDAYS, made_up, more=NATIONAL_DAY)
    assert desk.would("2026-09-27 08:59:59", "phone").until == moment("2026-09-27 09:00")
    assert desk.would("2026-09-27 10:00", "phone").verdict == "allow"
    assert desk.would("2026-09-20 10:00", "phone").failing == ("hours",)


def test_CP_33_R_24_a_holiday_wins_over_a_make_up_day_and_may_discard(desk):
    """A day that is named as both is closed; with release = discard the request is blocked."""
    both = NATIONAL_DAY.replace("2026-10-10]", "2026-10-04]")
    made_up = hours(("09:00", "20:00"), days=WEEKDAYS, more="make_up_workdays = true")
    desk.under(HOLIDAYS + '\nrelease = "discard"', made_up, more=both)
    said = desk.would("2026-10-04 10:00", "phone")
    assert (said.verdict, said.failing) == ("block", ("holidays", "hours"))
    assert said.until == moment("2026-10-08 09:00")


def test_CP_33_a_holiday_is_closed_to_its_last_second(desk):
    """00:00:00 of 1 October to 23:59:59 of the 7th, on the customer's own calendar."""
    desk.under(HOLIDAYS, more=NATIONAL_DAY)
    for zone in ("Asia/Shanghai", NEW_YORK):
        desk.zone = zone
        desk.knows(customer(zone=zone))
        assert desk.would("2026-09-30 23:59:59", "phone").verdict == "allow"
        assert desk.would("2026-10-01 00:00", "phone").failing == ("holidays",)
        assert desk.would("2026-10-07 23:59:59", "phone").until == moment("2026-10-08", zone)
        assert desk.would("2026-10-08 00:00", "phone").verdict == "allow"


def test_CP_34_R_19_a_pause_blocks_from_its_first_day_to_the_end_of_its_last(desk):
    """10 to 12 June: blocked in those days on every channel, and never for service."""
    desk.notes(Pause(date(2026, 6, 10), date(2026, 6, 12)), "2026-06-01 10:00")
    assert desk.would("2026-06-09 23:59:59").verdict == "allow"
    for channel in ("phone", "sms", "branch"):
        for at in ("2026-06-10 00:00", "2026-06-12 23:59:59"):
            said = desk.would(at, channel)
            assert (said.failing, said.until) == (("pause",), moment("2026-06-13 00:00"))
    assert desk.would("2026-06-11 10:00").verdict == "block"
    assert desk.would("2026-06-11 10:00", category="service").verdict == "allow"
    assert desk.would("2026-06-13 00:00").verdict == "allow"


def test_CP_34_a_pause_may_be_of_one_channel(desk):
    """Calls are paused, messages are not."""
    desk.notes(Pause(date(2026, 6, 10), date(2026, 6, 12), "phone"), "2026-06-01 10:00")
    assert desk.would("2026-06-11 10:00", "phone").failing == ("pause",)
    assert desk.would("2026-06-11 10:00", "sms").verdict == "allow"


def test_CP_35_R_41_only_this_channel_is_hard(desk):
    """Who wants e-mail only gets nothing else, under the wish's own id or only_channel."""
    for wish, name in ((None, "only_channel"), ("by_mail", "by_mail")):
        desk.knows(customer(preferences=(Preference(wish, only_channels=("email",)),)))
        for channel in ("phone", "sms", "app", "branch"):
            said = desk.would("2026-06-08 18:30", channel)
            assert (said.verdict, said.until, said.failing) == ("block", None, (name,))
            assert why(said) == ["prefers_other"]
        assert desk.would("2026-06-08 18:30", "email").verdict == "allow"
        assert desk.would("2026-06-08 18:30", "sms", category="service").verdict == "allow"


HINTS = Preference(
    "evenings", prefers_channels=("email",), prefers_from="18:00", prefers_to="20:00",
    prefers_staff=9,
)  # fmt: skip


def test_CP_35_what_is_preferred_binds_nobody(desk):
    """Who prefers e-mail from 18 to 20 h from a colleague may be reached otherwise all the same."""
    desk.notes(HINTS, "2026-06-01 10:00")
    for at, channel in (("2026-06-08 10:00", "sms"), ("2026-06-08 18:30", "email")):
        said = desk.would(at, channel)
        assert (said.verdict, said.failing) == ("allow", ())


def test_CP_35_a_preferred_channel_ranks_as_high_as_the_policys_lever_says(desk):
    """E-mail at a ratio of 1.5 against 1.6 is chosen with a lever of 55 %, and not without."""
    lever = (
        '[[lever]]\nid = "as_liked"\nowner = "care"\nexpires = 2026-12-31\nweight = 55\n'
        "most_rows = 100\npreferred_channel = true\n"
    )
    person, *_ = reachable(2)
    desk.knows(person).sells(offer("fund-a"))
    chosen = {}
    for name, more in (("without", ""), ("with", lever)):
        text = policy_of(channels=["phone", "sms", "email"], more=more).text
        table = text.index("[value.lift_ratio]")
        better = text[table:].replace("sms = { is = 1.5", "sms = { is = 1.6", 1)
        better = better.replace("phone = { is = 1.5", "phone = { is = 1.1", 1)
        desk.policy = parse_policy(text[:table] + better)
        for wish in (None, HINTS):
            known = replace(person, preferences=() if wish is None else (wish,))
            (row,) = plan_of(desk, [known], date(2026, 6, 8), history={}).rows
            chosen[name, wish is not None] = row.channel
    assert chosen == {
        ("without", False): "sms", ("without", True): "sms",
        ("with", False): "sms", ("with", True): "email",
    }  # fmt: skip


def test_CP_35_a_preferred_colleague_stands_in_first(desk):
    """Of those who are there; else the customer goes to whoever would have come."""
    people = reachable(12, manager_id=7)
    desk.sells(offer("fund-a")).knows(*people)
    for one in people:
        desk.ledger.note(one.customer_id, HINTS, now=moment("2026-06-01 10:00"), agent=5)
    teams = {"branch_of": {7: 3, 8: 3, 9: 3, 10: 4}}
    for away, lists in (({7: 0}, {9}), ({7: 0, 9: 0}, {8})):
        plan = plan_of(desk, people, date(2026, 6, 8), capacities={8: 500, 9: 500} | away, **teams)
        assert {row.list_id for row in plan.rows} == lists


@pytest.mark.parametrize(
    ("allowed", "best"),
    [("09:00", ("18:00", "20:00")), ("18:30", ("18:30", "20:00")), ("20:00", None)],
)
def test_CP_35_the_preferred_hours_are_the_lists_best_time(allowed, best):
    """On the customer's clock, from when it is allowed on; none when they are over by then."""
    clock, day = ZoneInfo(NEW_YORK), date(2026, 6, 8)
    person = customer(preferences=(HINTS,), zone=NEW_YORK)
    found = best_hours(person, day, clock, moment(f"2026-06-08 {allowed}", NEW_YORK))
    wanted = best and tuple(moment(f"2026-06-08 {each}", NEW_YORK) for each in best)
    assert found == wanted


@pytest.mark.parametrize(
    "hours", [("18:00", None), ("20:00", "18:00"), ("6pm", "8pm"), ("24:00", "25:00")]
)
def test_CP_35_hours_that_are_none_are_refused(desk, hours):
    """Neither half a span, nor one that ends before it begins, nor other words."""
    wish = Preference(prefers_from=hours[0], prefers_to=hours[1], prefers_staff=9)
    with pytest.raises(RequestError, match="write prefers_from and a later prefers_to"):
        desk.notes(wish, "2026-06-01 10:00")


def test_CP_35_every_wish_of_a_customer_binds(desk):
    """Of two wishes for channels only what both name is left; of two caps the tighter."""
    wishes = (
        *(Preference(only_channels=("email", "sms")), Preference(only_channels=("email",))),
        *(Preference(at_most=3, days=7), Preference(at_most=1, days=30)),
    )
    desk.knows(customer(preferences=wishes))
    assert desk.would("2026-06-01 10:00").failing == ("only_channel",)
    assert desk.ask("2026-06-01 10:00", "email").verdict == "allow"
    desk.hears(desk.ledger.contact_id("r2"), "DELIVERED", "2026-06-01 10:00")
    said = desk.would("2026-06-20 10:00", "email")
    assert (said.failing, said.until) == (("own_cap",), moment("2026-07-01 10:00"))


def test_CP_35_a_wish_may_only_tighten(desk):
    """A customer who would take five a week still gets the bank's one."""
    desk.under(CAP).knows(customer(preferences=(Preference("mine", at_most=5, days=7),)))
    desk.sent("2026-06-01 10:00")
    assert desk.would("2026-06-02 10:00").failing == ("cap",)
    desk.under(CAP.replace("at_most = 1", "at_most = 9"))
    for day in (2, 3, 4, 5):
        desk.sent(f"2026-06-0{day} 10:00")
    assert desk.would("2026-06-06 10:00").failing == ("mine",)
