"""CP-36 to CP-38, CP-43 and CP-44: sequences, duplicates and what is counted of the past."""

import pytest
from policed import counts, customer, moment, offer, past

CARDS = (offer("platinum", "credit_card"), offer("gold", "credit_card"), offer("fund-a"))
NEVER = """
id = "no_step_down"
kind = "never_followed"
first = { offers = ["platinum"] }
then = { offers = ["gold"] }
days = 90
"""
LETTER_FIRST = """
id = "letter_first"
kind = "only_after"
then = { channels = ["phone"] }
first = { channels = ["post"] }
"""


def test_CP_36_gold_does_not_follow_platinum_within_90_days(desk):
    """Platinum on 1 June: gold first on 30 August, 90 x 24 hours later; the reverse is free."""
    desk.sells(*CARDS).under(NEVER)
    desk.sent("2026-06-01 10:00", offer_code="platinum")
    for at in ("2026-06-01 10:00", "2026-08-30 09:59:59"):
        said = desk.would(at, offer_code="gold")
        assert (said.failing, said.until) == (("no_step_down",), moment("2026-08-30 10:00"))
    assert desk.would("2026-08-30 10:00", offer_code="gold").verdict == "allow"
    assert desk.would("2026-06-02 10:00", offer_code="platinum").verdict == "allow"
    assert desk.would("2026-06-02 10:00", offer_code="fund-a").verdict == "allow"


@pytest.mark.parametrize(("first", "second"), [("platinum", "gold"), ("gold", "platinum")])
def test_CP_36_R_28_of_two_on_one_day_only_one_goes(desk, first, second):
    """Whichever is reserved first keeps out the other for that local day."""
    desk.sells(*CARDS).under(NEVER)
    assert desk.ask("2026-06-01 10:00", offer_code=first).verdict == "allow"
    assert desk.ask("2026-06-01 10:00", "phone", offer_code=second).failing == ("no_step_down",)
    assert desk.ask("2026-06-01 10:05", "phone", offer_code=second).failing == ("no_step_down",)


def test_CP_36_R_28_platinum_is_not_put_before_a_planned_gold(desk):
    """Gold planned for 1 August: platinum no from 3 May 10:00:01 on, yes before."""
    planned = past("2026-08-01 10:00", state="planned", offer_code="gold", request_id="other")
    desk.sells(*CARDS).under(NEVER).knows(customer(contacts=(planned,)))
    assert desk.would("2026-05-03 10:00:00", offer_code="platinum").verdict == "allow"
    said = desk.would("2026-05-03 10:00:01", offer_code="platinum")
    assert (said.failing, said.until) == (("no_step_down",), moment("2026-08-02 00:00"))
    own = desk.would("2026-06-01 10:00", offer_code="platinum", request_id="other")
    assert own.verdict == "allow"


def test_CP_37_a_call_waits_until_the_letter_is_delivered(desk):
    """A letter that is on its way is not enough; from the second of its delivery it is."""
    desk.under(LETTER_FIRST)
    none = desk.would("2026-06-01 09:00", "phone")
    assert (none.verdict, none.until, none.failing) == ("block", None, ("letter_first",))
    assert desk.ask("2026-06-01 10:00", "post").verdict == "allow"
    letter = desk.ledger.contact_id("r2")
    assert desk.would("2026-06-02 10:00", "phone").failing == ("letter_first",)
    desk.hears(letter, "DELIVERED", "2026-06-03 15:00", now="2026-06-04 09:00")
    assert desk.would("2026-06-03 14:59:59", "phone").until == moment("2026-06-03 15:00")
    assert desk.would("2026-06-03 15:00", "phone").verdict == "allow"
    desk.hears(letter, "OPEN", "2026-06-05 15:00")
    assert desk.would("2026-06-03 15:00", "phone").verdict == "allow"
    assert desk.would("2026-06-02 10:00", "sms").verdict == "allow"


def test_CP_37_a_letter_that_failed_allows_no_call(desk):
    """Returned to sender after all: the call is stopped again."""
    desk.under(LETTER_FIRST)
    desk.ask("2026-06-01 10:00", "post")
    letter = desk.ledger.contact_id("r1")
    desk.hears(letter, "DELIVERED", "2026-06-03 15:00")
    desk.hears(letter, "FAILED", "2026-06-04 15:00")
    assert desk.would("2026-06-05 10:00", "phone").failing == ("letter_first",)


def test_CP_37_the_letter_may_have_to_be_recent_and_about_the_same_offer(desk):
    """Within 30 days of its delivery, and not about another offer."""
    desk.sells(*CARDS).under(LETTER_FIRST + "within_days = 30\nsame_offer = true")
    desk.sent("2026-06-01 10:00", "post", offer_code="gold")
    assert desk.would("2026-07-01 09:59:59", "phone", offer_code="gold").verdict == "allow"
    assert desk.would("2026-07-01 10:00", "phone", offer_code="gold").failing == ("letter_first",)
    assert desk.would("2026-06-02 10:00", "phone", offer_code="fund-a").failing == ("letter_first",)


def test_CP_38_R_37_platinum_five_times_for_life_across_channels(desk):
    """Without a window the sixth never comes, by whatever channel; other offers do."""
    desk.sells(*CARDS).under('id = "duplicates"\nkind = "duplicate_offers"\nat_most = 5')
    for year, channel in enumerate(("sms", "email", "app", "post", "phone"), start=2021):
        at = f"{year}-06-01 10:00"
        assert desk.would(at, channel, offer_code="platinum").verdict == "allow"
        desk.sent(at, channel, offer_code="platinum")
    for channel in ("sms", "branch"):
        said = desk.would("2046-06-01 10:00", channel, offer_code="platinum")
        assert (said.verdict, said.until, said.failing) == ("block", None, ("duplicates",))
        assert counts(said, "duplicates") == (5, 0)
    assert desk.would("2046-06-01 10:00", offer_code="gold").verdict == "allow"
    assert desk.would("2046-06-01 10:00").verdict == "allow"


def test_CP_38_duplicates_may_have_a_window(desk):
    """At most two in 30 days: the third when the first has left."""
    rule = 'id = "duplicates"\nkind = "duplicate_offers"\nat_most = 2\ndays = 30'
    desk.sells(*CARDS).under(rule)
    desk.sent("2026-06-01 10:00", offer_code="gold")
    desk.sent("2026-06-02 10:00", "email", offer_code="gold")
    said = desk.would("2026-06-03 10:00", "app", offer_code="gold")
    assert (said.failing, said.until) == (("duplicates",), moment("2026-07-01 10:00"))


def test_CP_43_a_new_rule_counts_what_was_before_it(desk):
    """Sent under no rule, counted by the rule that came after, and said so in the answer."""
    cap = 'id = "new"\nkind = "frequency_cap"\nat_most = 2\ndays = 30\n'
    desk.sent("2026-06-01 10:00")
    desk.sent("2026-06-02 10:00")
    said = desk.under(cap).would("2026-06-10 10:00")
    assert (said.failing, counts(said, "new")) == (("new",), (2, 0))
    forgetting = cap + "look_back = false\nsince = 2026-06-02"
    said = desk.under(forgetting).would("2026-06-10 10:00")
    assert (said.verdict, counts(said, "new")) == ("allow", (1, 1))


def test_CP_44_a_tag_that_is_taken_away_frees_nothing(desk):
    """The contact keeps the tags of its second: taking `promo` off the offer changes no count."""
    cap = 'id = "promos"\nkind = "frequency_cap"\ntags = ["promo"]\nat_most = 1\ndays = 30'
    both = '[tags]\npromo = ["gold", "fund-a"]'
    desk.sells(*CARDS).under(cap, more=both)
    assert desk.ask("2026-06-01 10:00", offer_code="gold").verdict == "allow"
    desk.hears(desk.ledger.contact_id("r1"), "DELIVERED", "2026-06-01 10:00")
    assert desk.would("2026-06-02 10:00", offer_code="fund-a").failing == ("promos",)
    desk.under(cap, more='[tags]\npromo = ["fund-a"]')
    said = desk.would("2026-06-02 10:00", offer_code="fund-a")
    assert (said.failing, counts(said, "promos")) == (("promos",), (1, 0))


def test_CP_44_a_tag_that_is_given_later_counts_nothing_of_before(desk):
    """What was not a promotion when it was sent does not become one."""
    cap = 'id = "promos"\nkind = "frequency_cap"\ntags = ["promo"]\nat_most = 1\ndays = 30'
    desk.sells(*CARDS).under(cap, more='[tags]\npromo = ["fund-a"]')
    assert desk.ask("2026-06-01 10:00", offer_code="gold").verdict == "allow"
    desk.hears(desk.ledger.contact_id("r1"), "DELIVERED", "2026-06-01 10:00")
    desk.under(cap, more='[tags]\npromo = ["gold", "fund-a"]')
    assert counts(desk.would("2026-06-02 10:00", offer_code="fund-a"), "promos") == (0, 1)
