"""Quiet hours on local clocks, daylight saving and all."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from outreach import decide

WEEK = '["mon","tue","wed","thu","fri","sat","sun"]'


def hours(*windows: tuple[str, str, str], release: str = "queue") -> str:
    allowed = ", ".join(f'{{ days = {d}, from = "{f}", to = "{t}" }}' for d, f, t in windows)
    return f'id = "hours"\nkind = "quiet_hours"\nrelease = "{release}"\nallowed = [{allowed}]'


def asked(a, policy, now, zone="Asia/Shanghai"):
    decision = decide(a.request(), a.facts(a.customer(zone=zone)), policy, a.moment(now, zone))
    return decision.verdict, decision.until


def test_CP_30_the_evening_defers_to_the_next_morning(a):
    """20:59:59 passes, 21:00:00 is deferred to 09:00 of the next day."""
    policy = a.policy(hours((WEEK, "09:00", "21:00")))
    assert asked(a, policy, "2026-06-08 20:59:59") == ("allow", None)
    morning = a.moment("2026-06-09 09:00")
    assert asked(a, policy, "2026-06-08 21:00:00") == ("defer", morning)
    assert asked(a, policy, "2026-06-09 08:59:59") == ("defer", morning)
    assert asked(a, policy, "2026-06-09 09:00:00") == ("allow", None)


def test_CP_30_monday_before_nine_is_quiet_after_a_quiet_weekend(a):
    """Weekdays 09-21 only: Monday 00:00 to 09:00 is blocked too, from Friday evening on."""
    policy = a.policy(hours(('["mon","tue","wed","thu","fri"]', "09:00", "21:00")))
    monday = a.moment("2026-06-08 09:00")
    for quiet in ("2026-06-05 21:00", "2026-06-06 12:00", "2026-06-07 23:59", "2026-06-08 00:30"):
        assert asked(a, policy, quiet) == ("defer", monday)


def test_a_window_may_span_midnight(a):
    """Friday 22:00 to 02:00 is open on Saturday at 01:59 and closed at 02:00."""
    policy = a.policy(hours(('["fri"]', "22:00", "02:00")))
    assert asked(a, policy, "2026-06-06 01:59:59")[0] == "allow"
    assert asked(a, policy, "2026-06-06 02:00") == ("defer", a.moment("2026-06-12 22:00"))
    assert asked(a, policy, "2026-06-05 01:00") == ("defer", a.moment("2026-06-05 22:00"))


def test_discard_blocks_and_still_says_when(a):
    """R-25: the verdict is block, `until` as usual."""
    policy = a.policy(hours((WEEK, "09:00", "21:00"), release="discard"))
    assert asked(a, policy, "2026-06-08 08:00") == ("block", a.moment("2026-06-08 09:00"))


def test_a_skipped_hour_opens_at_the_end_of_the_gap(a):
    """R-23: Prague skips 02:00-03:00 on 29 March 2026; a window from 02:30 opens at 03:00."""
    policy = a.policy(hours((WEEK, "02:30", "05:00")))
    zone = "Europe/Prague"
    opens = a.moment("2026-03-29 03:00", zone)
    assert asked(a, policy, "2026-03-29 01:59:59", zone) == ("defer", opens)
    assert asked(a, policy, "2026-03-29 03:00:00", zone)[0] == "allow"


def test_an_hour_shown_twice_opens_late_and_closes_early(a):
    """R-23: Prague shows 02:00-03:00 twice on 25 October 2026."""
    zone = "Europe/Prague"
    opening = a.policy(hours((WEEK, "02:30", "05:00")))
    closing = a.policy(hours((WEEK, "00:00", "02:30")))
    first, second = a.moment("2026-10-25 00:30", "UTC"), a.moment("2026-10-25 01:30", "UTC")
    facts = a.facts(a.customer(zone=zone))
    assert decide(a.request(), facts, opening, first).until == second
    assert decide(a.request(), facts, opening, second).verdict == "allow"
    assert decide(a.request(), facts, closing, first).verdict == "defer"
    eve = a.moment("2026-10-25 00:29:59", "UTC")
    assert decide(a.request(), facts, closing, eve).verdict == "allow"


def test_an_unknown_zone_is_blocked_where_hours_bind_and_only_there(a):
    """R-03: no clock, no contact, for ever; without quiet hours the bank's dates serve."""
    profile = a.customer(zone="Mars/Olympus")
    policy = a.policy(hours((WEEK, "09:00", "21:00")))
    decision = decide(a.request(), a.facts(profile), policy, a.moment("2026-06-08 10:00"))
    assert (decision.verdict, decision.until, decision.failing) == ("block", None, ("hours",))
    assert (
        decide(a.request(), a.facts(profile), a.policy(), a.moment("2026-06-08 10:00")).verdict
        == "allow"
    )


def test_the_customers_own_clock_counts(a):
    """10:00 in Shanghai is 04:00 in Prague."""
    policy = a.policy(hours((WEEK, "09:00", "21:00")))
    prague = a.facts(a.customer(zone="Europe/Prague"))
    decision = decide(a.request(), prague, policy, a.moment("2026-06-08 10:00"))
    assert decision.until == a.moment("2026-06-08 09:00", "Europe/Prague")


def test_an_inbound_request_knows_no_quiet_hours(a):
    """R-43: a customer who calls at night is answered."""
    policy = a.policy(hours((WEEK, "09:00", "21:00")))
    night = a.moment("2026-06-08 03:00")
    assert decide(a.request(direction="inbound"), a.facts(), policy, night).verdict == "allow"


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Prague", "2026-03-29"),
        ("Europe/Prague", "2026-10-25"),
        ("Australia/Lord_Howe", "2026-04-05"),
        ("Asia/Shanghai", "2026-06-08"),
    ],
)
def test_until_is_the_first_open_second(a, zone, day):
    """Against a scan of the wall clock by minutes, apart from the hour that is shown twice."""
    policy = a.policy(
        hours((WEEK, "09:10", "11:05"), (WEEK, "14:00", "14:01"), (WEEK, "23:30", "00:20"))
    )
    facts = a.facts(a.customer(zone=zone))

    def is_open(at):
        clock = at.astimezone(ZoneInfo(zone)).strftime("%H:%M")
        return "09:10" <= clock < "11:05" or clock == "14:00" or clock >= "23:30" or clock < "00:20"

    start = a.moment(f"{day} 00:00", zone)
    minutes = [start + timedelta(minutes=m) for m in range(48 * 60)]
    for at in minutes[: 24 * 60 : 7]:
        decision = decide(a.request(), facts, policy, at)
        if is_open(at):
            assert decision.verdict == "allow"
        else:
            assert decision.until == next(
                later for later in minutes if later > at and is_open(later)
            )
