"""CP-01 to CP-14: caps and gaps, by their own examples, from the policy's text to the ledger."""

import pytest
from policed import counts, customer, moment, offer, past

from goodcall.profile import Point
from outreach import Leg

SMS_WEEKLY = """
id = "sms_weekly"
kind = "frequency_cap"
channels = ["sms"]
at_most = 2
days = 7
"""


def cap(more, at_most=1, name="cap"):
    return f'id = "{name}"\nkind = "frequency_cap"\nat_most = {at_most}\n{more}'


def test_CP_01_a_contact_leaves_the_half_open_week_on_the_second(desk):
    """Sent 1 and 3 June at 10:00: no at 09:59:59 of the 8th, yes at 10:00:00."""
    desk.under(SMS_WEEKLY)
    desk.sent("2026-06-01 10:00")
    desk.sent("2026-06-03 10:00")
    early = desk.ask("2026-06-08 09:59:59")
    assert (early.verdict, early.failing) == ("defer", ("sms_weekly",))
    assert early.until == moment("2026-06-08 10:00:00")
    assert counts(early, "sms_weekly") == (2, 0)
    assert desk.ask("2026-06-08 10:00:00").verdict == "allow"
    assert desk.would("2026-06-08 10:00:01").failing == ("sms_weekly",)


def test_CP_01_a_cap_is_of_its_own_channel(desk):
    """Two messages in the week leave calls and e-mails free."""
    desk.under(SMS_WEEKLY)
    desk.sent("2026-06-01 10:00")
    desk.sent("2026-06-03 10:00")
    assert desk.would("2026-06-04 10:00", "phone").verdict == "allow"
    assert desk.would("2026-06-04 10:00", "email").verdict == "allow"


@pytest.mark.parametrize(
    ("contact", "found"),
    [
        ({}, 1),
        *(({"state": state}, 1) for state in ("reserved", "attempted", "connected")),
        *(({"state": state}, 0) for state in ("planned", "failed", "cancelled", "expired")),
        ({"direction": "inbound"}, 0),
        *(({"category": other}, 0) for other in ("service", "regulatory", "risk")),
    ],
)
def test_CP_01_counted_are_outbound_marketing_contacts_that_may_have_disturbed(
    desk, contact, found
):
    """By state, direction and category as the definitions say, in the bank's own table too."""
    desk.under(SMS_WEEKLY).knows(customer(contacts=(past("2026-06-07 10:00", **contact),)))
    assert counts(desk.would("2026-06-08 10:00"), "sms_weekly") == (found, 2 - found)


def test_CP_01_an_unanswered_call_counts_unless_the_rule_says_connected(desk):
    """`attempt_counts`: any by default; by connected calls alone where it says so."""
    calls = 'channels = ["phone"]\ndays = 7\n'
    desk.sent("2026-06-07 10:00", "phone", "NO_ANSWER")
    for said, found in (
        ("", 1),
        ('attempt_counts = "any"', 1),
        ('attempt_counts = "connected"', 0),
    ):
        desk.under(cap(calls + said))
        assert counts(desk.would("2026-06-08 10:00", "phone"), "cap") == (found, 1 - found)
    desk.sent("2026-06-07 11:00", "phone", "CONNECTED_THINKING")
    assert counts(desk.would("2026-06-08 10:00", "phone"), "cap") == (1, 0)


def test_CP_01_a_technical_failure_releases_the_slot(desk):
    """A number that does not exist and a message that failed count for nothing."""
    desk.under(cap("days = 7"))
    desk.sent("2026-06-07 10:00", "sms", "FAILED")
    assert counts(desk.would("2026-06-08 10:00"), "cap") == (0, 1)
    desk.sent("2026-06-07 11:00", "sms", "DELIVERED")
    assert counts(desk.would("2026-06-08 10:00"), "cap") == (1, 0)


def test_CP_02_a_calendar_day_starts_anew_at_local_midnight(desk):
    """Sent 30 June 23:30: yes at 00:10 by the calendar, by rolling hours not before 23:30."""
    desk.sent("2026-06-30 23:30")
    desk.under(cap('channels = ["sms"]\nperiod = "day"'))
    assert desk.would("2026-06-30 23:59:59").until == moment("2026-07-01 00:00")
    assert desk.would("2026-07-01 00:10").verdict == "allow"
    desk.under(cap('channels = ["sms"]\nhours = 24'))
    rolling = desk.would("2026-07-01 00:10")
    assert (rolling.verdict, rolling.until) == ("defer", moment("2026-07-01 23:30"))
    assert desk.would("2026-07-01 23:29:59").failing == ("cap",)
    assert desk.would("2026-07-01 23:30").verdict == "allow"


def test_CP_02_a_calendar_day_is_the_customers_or_the_named_zones(desk):
    """17:30 UTC is the next day in Shanghai, and the same in London."""
    desk.under(cap('period = "day"'))
    desk.sent("2026-06-30 23:30")
    after = moment("2026-07-01 01:30")
    assert desk.would(after).verdict == "allow"
    desk.under(cap('period = "day"\ntz = "Europe/London"'))
    assert desk.would(after).until == moment("2026-07-01 00:00", "Europe/London")


def test_CP_03_a_week_starts_where_the_rule_says(desk):
    """Sent Saturday 6 June 2026, asked on Sunday the 7th: yes from Sunday, no from Monday."""
    desk.sent("2026-06-06 12:00")
    for start, verdict in (("sun", "allow"), ("mon", "block")):
        desk.under(cap(f'period = "week"\nweek_start = "{start}"'))
        assert desk.would("2026-06-07 12:00").verdict == verdict
    assert desk.would("2026-06-07 12:00").until == moment("2026-06-08 00:00")


@pytest.mark.parametrize(
    ("sent", "asked", "until"),
    [
        ("2026-06-15 12:00", "2026-06-15 18:00", "2026-06-16 00:00"),
        ("2026-06-15 12:00", "2026-06-16 00:00", None),
        ("2026-02-16 12:00", "2026-02-28 23:59:59", "2026-03-01 00:00"),
        ("2026-02-16 12:00", "2026-03-01 00:00", None),
        ("2028-02-16 12:00", "2028-02-29 12:00", "2028-03-01 00:00"),
        ("2026-07-16 12:00", "2026-07-31 12:00", "2026-08-01 00:00"),
    ],
)
def test_CP_04_half_months_are_the_first_15_days_and_the_rest(desk, sent, asked, until):
    """Sent on the 15th frees on the 16th; sent 16 February, not on the 28th, on 1 March yes."""
    desk.under(cap('period = "half_month"'))
    desk.sent(sent)
    said = desk.would(asked)
    assert said.failing == (("cap",) if until else ())
    assert said.until == (until and moment(until))


def test_CP_05_a_calendar_month_is_not_31_days(desk):
    """31 July and 1 August both pass one a month; a gap of 31 days lasts to 31 August."""
    desk.under(cap('period = "month"'))
    assert desk.ask("2026-07-31 12:00").verdict == "allow"
    assert desk.ask("2026-08-01 12:00").verdict == "allow"
    assert desk.would("2026-08-31 12:00").until == moment("2026-09-01 00:00")


def test_CP_05_a_gap_of_31_days_after_31_july_ends_on_31_august(desk):
    """No on the 30th to its last second, yes from midnight of the 31st."""
    desk.under('id = "gap"\nkind = "days_gap"\ndays = 31')
    desk.sent("2026-07-31 12:00")
    late = desk.would("2026-08-30 23:59:59")
    assert (late.failing, late.until) == (("gap",), moment("2026-08-31 00:00"))
    assert desk.would("2026-08-31 00:00").verdict == "allow"


@pytest.mark.parametrize("hour", ["00:00", "09:30", "23:59:59"])
def test_CP_06_one_email_in_three_consecutive_days(desk, hour):
    """Sent on a Monday at any hour: the next on Thursday at any hour, not on Wednesday."""
    desk.under('id = "gap"\nkind = "days_gap"\nchannels = ["email"]\ndays = 3')
    desk.sent(f"2026-06-01 {hour}", "email")
    for day in ("2026-06-02", "2026-06-03"):
        assert desk.would(f"{day} {hour}", "email").failing == ("gap",)
    assert desk.would("2026-06-03 23:59:59", "email").until == moment("2026-06-04 00:00")
    assert desk.would(f"2026-06-04 {hour}", "email").verdict == "allow"


def test_CP_07_a_cap_over_all_channels_counts_the_total(desk):
    """Three e-mails and two messages of five in 30 days: no more by any channel."""
    desk.under(cap("days = 30", 5, "total"))
    for day in (1, 2, 3):
        desk.sent(f"2026-06-0{day} 10:00", "email")
    for day in (4, 5):
        assert desk.would(f"2026-06-0{day} 09:00", "phone").verdict == "allow"
        desk.sent(f"2026-06-0{day} 10:00", "sms")
    for channel in ("email", "sms", "phone", "app", "post", "branch"):
        said = desk.would("2026-06-06 10:00", channel)
        assert (said.failing, counts(said, "total")) == (("total",), (5, 0))
    assert said.until == moment("2026-07-01 10:00")


def test_CP_08_a_campaign_by_two_channels_counts_once_for_each(desk):
    """A push and an e-mail use one push, one e-mail and two of the total."""
    caps = (
        cap('channels = ["app"]\ndays = 7', 3, "push"),
        cap('channels = ["email"]\ndays = 7', 3, "email"),
        cap("days = 7", 3, "total"),
    )
    desk.under(*caps)
    both = {"channel": "app", "also": (Leg("email", 12),)}
    assert desk.ask("2026-06-08 10:00", **both).verdict == "allow"
    said = desk.would("2026-06-08 11:00", "app")
    assert [counts(said, name) for name in ("push", "total")] == [(1, 2), (2, 1)]
    assert counts(desk.would("2026-06-08 11:00", "email"), "email") == (1, 2)
    assert desk.would("2026-06-08 11:00", **both).failing == ("total",)
    assert desk.would("2026-06-08 11:00", "sms").verdict == "allow"


def test_CP_08_the_total_may_count_a_campaign_once(desk):
    """With multi_channel = "once" the campaign is one of the total."""
    desk.under(cap('days = 7\nmulti_channel = "once"', 2, "total"))
    both = {"channel": "app", "also": (Leg("email", 12),)}
    assert desk.ask("2026-06-08 10:00", **both).verdict == "allow"
    assert counts(desk.would("2026-06-08 11:00", "sms"), "total") == (1, 1)
    assert desk.ask("2026-06-08 11:00", **both).verdict == "allow"
    assert counts(desk.would("2026-06-08 12:00", "sms"), "total") == (2, 0)


def test_CP_09_a_gap_of_hours_between_any_two(desk):
    """Four hours: 09:00, then no at 12:59, nor at 12:59:59, yes at 13:00, by any channel."""
    desk.under('id = "gap"\nkind = "min_gap"\nhours = 4')
    desk.sent("2026-06-08 09:00", "email")
    assert desk.would("2026-06-08 12:59").until == moment("2026-06-08 13:00")
    assert desk.would("2026-06-08 12:59:59", "phone").verdict == "defer"
    assert desk.would("2026-06-08 13:00").verdict == "allow"


def test_CP_10_a_number_that_two_share_is_counted_by_number(desk):
    """Three calls a week to one number: two to one customer and one to the other stop both."""
    number = Point(21, "phone", customer().points[0].value, valid=True)
    desk.knows(customer(2, points=(number, Point(23, "phone", "19900000099", valid=True))))
    desk.under(cap('channels = ["phone"]\nper = "contact_point"\ndays = 7', 3, "number"))
    for who, at in ((1, "2026-06-01 10:00"), (1, "2026-06-02 10:00"), (2, "2026-06-03 10:00")):
        assert desk.would(at, "phone", who).verdict == "allow"
        desk.sent(at, "phone", who=who)
    for who in (1, 2):
        said = desk.would("2026-06-04 10:00", "phone", who)
        assert (said.failing, counts(said, "number")) == (("number",), (3, 0))
        assert said.until == moment("2026-06-08 10:00")
    assert desk.would("2026-06-04 10:00", "phone", 2, point_id=23).verdict == "allow"


SPELLINGS = ["+86 199-0000-0001", "0086 199 0000 0001", "１９９０００００００１", "(199) 0000.0001"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_CP_10_spellings_of_one_number_are_one_number(desk, spelling):
    """However it was typed for whom, or twice for one: each call counts once."""
    one, again = customer().points[0], Point(22, "phone", customer().points[0].value, valid=True)
    desk.knows(customer(2, points=(Point(21, "phone", spelling, valid=True), again)))
    desk.under(cap('channels = ["phone"]\nper = "contact_point"\ndays = 7', 3, "number"))
    for who, at in ((1, "2026-06-01 10:00"), (1, "2026-06-02 10:00"), (2, "2026-06-03 10:00")):
        assert desk.would(at, "phone", who).verdict == "allow"
        desk.sent(at, "phone", who=who)
    for who, point_id in ((1, one.point_id), (2, 21), (2, 22)):
        said = desk.would("2026-06-04 10:00", "phone", who, point_id=point_id)
        assert (said.failing, counts(said, "number")) == (("number",), (3, 0))


def test_CP_10_what_was_kept_under_a_number_as_typed_counts_on(desk, monkeypatch):
    """Earlier releases kept no one spelling: their rows are found by the spelling of the point."""
    typed = "+86 199-0000-0001"
    desk.knows(
        customer(1, points=(Point(11, "phone", typed, valid=True),)),
        customer(2, points=(Point(21, "phone", typed, valid=True),)),
    )
    desk.under(cap('channels = ["phone"]\nper = "contact_point"\ndays = 7', 1, "number"))
    with monkeypatch.context() as earlier:
        earlier.setattr(Point, "number", property(lambda point: point.value))
        desk.sent("2026-06-01 10:00", "phone", who=1)
    assert desk.would("2026-06-02 10:00", "phone", 2).failing == ("number",)


def test_CP_11_a_household_shares_its_calls(desk):
    """Two calls in 30 days for the household: one to each spouse stops both."""
    desk.under(cap('channels = ["phone"]\nper = "household"\ndays = 30', 2, "home"))
    desk.knows(*(customer(who, household_id=home) for who, home in ((1, 9), (2, 9), (3, 8))))
    desk.sent("2026-06-01 10:00", "phone", who=2)
    assert desk.would("2026-06-02 10:00", "phone").verdict == "allow"
    desk.sent("2026-06-02 10:00", "phone", who=1)
    for who in (1, 2):
        said = desk.would("2026-06-03 10:00", "phone", who)
        assert (said.failing, counts(said, "home")) == (("home",), (2, 0))
        assert said.until == moment("2026-07-01 10:00")
    assert desk.would("2026-06-03 10:00", "phone", 3).verdict == "allow"


def test_CP_12_the_tighter_of_two_caps_wins(desk):
    """Wealth at most two in 30 days within four in all: whichever is full first stops."""
    desk.sells(offer("fund-a"), offer("wealth-a", "wealth"))
    desk.under(cap('families = ["wealth"]\ndays = 30', 2, "wealth"), cap("days = 30", 4, "total"))
    for day in (1, 2):
        desk.sent(f"2026-06-0{day} 10:00", offer_code="wealth-a")
    wealth = desk.would("2026-06-03 10:00", offer_code="wealth-a")
    assert (wealth.failing, counts(wealth, "total")) == (("wealth",), (2, 2))
    for day in (3, 4):
        assert desk.would(f"2026-06-0{day} 10:00", offer_code="fund-a").verdict == "allow"
        desk.sent(f"2026-06-0{day} 10:00", offer_code="fund-a")
    assert desk.would("2026-06-05 10:00", offer_code="fund-a").failing == ("total",)
    assert desk.would("2026-06-05 10:00", offer_code="wealth-a").failing == ("wealth", "total")


def test_CP_12_a_cap_may_be_of_a_purpose(desk):
    """Care calls and other marketing are counted apart where the rule names a purpose."""
    desk.under(cap('purposes = ["retention"]\ndays = 30'))
    desk.sent("2026-06-01 10:00", "phone", purpose="retention")
    assert desk.would("2026-06-02 10:00", "phone", purpose="retention").failing == ("cap",)
    assert desk.would("2026-06-02 10:00", "phone").verdict == "allow"


def test_CP_13_a_fraud_alert_passes_what_binds_marketing(desk):
    """With the cap reached at night an alert goes out, without an offer only."""
    desk.sells(offer("fund-a")).under(SMS_WEEKLY, cap("days = 7", 2, "all"))
    desk.sent("2026-06-07 10:00")
    desk.sent("2026-06-08 10:00")
    assert desk.would("2026-06-08 23:00").failing == ("sms_weekly", "all")
    for category in ("risk", "regulatory"):
        carrying = desk.ask("2026-06-08 23:00", category=category, offer_code="fund-a")
        assert (carrying.verdict, carrying.failing) == ("block", ("exempt_offer",))
        assert desk.ask("2026-06-08 23:00", category=category).verdict == "allow"


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("", "allow"),
        ("counts_toward_caps = false", "allow"),
        ("counts_toward_caps = true", "block"),
    ],
)
def test_CP_14_service_messages_count_only_where_the_rule_says_so(desk, said, verdict):
    """A service message, then marketing on the same day under one a day."""
    desk.under(cap(f'channels = ["sms"]\nperiod = "day"\n{said}', name="daily"))
    desk.sent("2026-06-08 09:00", category="service")
    marketing = desk.would("2026-06-08 15:00")
    assert (marketing.verdict, marketing.failing) == (
        verdict,
        () if verdict == "allow" else ("daily",),
    )
    assert desk.would("2026-06-08 15:00", category="service").verdict == "allow"
