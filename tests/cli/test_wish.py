"""What a customer wishes about being contacted is noted once, and the next decision heeds it."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from nightly import MANAGER, SECOND, asked, copied, ledger_of

from cli import lists
from cli.errors import BadOption
from cli.lists import counter_of
from goodcall.profile import Pause
from outreach import Request, RequestError, outcomes
from outreach.wishes import SUBJECTS, Wish

# 10:00 in Shanghai on the second day.
NOW = datetime(2026, 6, 2, 2, 0, tzinfo=UTC)


@pytest.fixture
def desk(second, tmp_path, monkeypatch):
    """A workspace at ten on the second day, and a customer of its list."""
    place = copied(second, tmp_path / "var")
    monkeypatch.setattr(lists, "now", lambda: NOW)
    with ledger_of(place) as ledger:
        row = next(r.row for r in ledger.list_rows(SECOND, MANAGER) if r.row.channel == "phone")
    return place, row


def wish(desk, *words):
    """What stands after a wish."""
    place, row = desk
    said, _ = asked(place, "outreach", "wish", row.customer_id, "--agent", 7, *words, "--json")
    return json.loads(said)["wishes"]


def failing(desk, at=NOW, channel="phone"):
    """The rules against contacting the customer at a moment."""
    place, row = desk
    point = row.point_id if channel == row.channel else None
    with counter_of(place) as counter:
        asked_for = Request("asked", row.customer_id, channel, purpose="retention", point_id=point)
        return set(counter.judged(asked_for, at).failing)


def test_only_one_way_binds_until_it_is_taken_back(desk):
    """Every other way is refused at once under the wish's own name; a later wish replaces it."""
    assert "only_channel" not in failing(desk)
    assert wish(desk, "--only", "branch") == ["only by branch"]
    assert "only_channel" in failing(desk)
    assert "only_channel" not in failing(desk, channel="branch")
    assert wish(desk, "--only", "branch", "--only", "phone") == ["only by branch, phone"]
    assert "only_channel" not in failing(desk)
    wish(desk, "--only", "email")
    assert wish(desk, "--take-back", "only_channel") == []
    assert "only_channel" not in failing(desk)


def test_a_pause_binds_on_its_days_and_on_no_other(desk):
    """Both days are included, on the customer's clock; one of a channel stops that channel."""
    last = date(2026, 6, 5)
    said = wish(desk, "--pause", f"{SECOND}..{last}")
    assert said == [f"no marketing from {SECOND} to {last}"]
    assert ["pause" in failing(desk, NOW + timedelta(days)) for days in (0, 3, 4)] == [
        *(True, True, False),
    ]
    assert wish(desk, "--take-back", "pause") == []
    assert "pause" not in failing(desk)
    wish(desk, "--pause", f"{SECOND}..{last}", "--pause-channel", "sms")
    assert "pause" not in failing(desk)


def test_a_limit_of_the_customer_counts_beside_the_banks(desk):
    """After a contact within its days the next one is refused, and later it is not."""
    place, row = desk
    assert wish(desk, "--at-most", "1/30") == ["at most 1 contacts in 30 days"]
    with counter_of(place) as counter:
        taken = counter.take(counter.row(SECOND, MANAGER, row.rank), 7, dial=True)
        assert taken.contact_id is not None, taken.decision.failing
    assert "own_cap" in failing(desk, NOW + timedelta(days=20))
    assert "own_cap" not in failing(desk, NOW + timedelta(days=31))


def test_hints_bind_nobody_and_stand_together(desk):
    """Channel, hours and colleague are for ranking and desks; each is replaced by its like."""
    before = failing(desk)
    words = ("--prefer", "email", "--hours", "18:00-20:00", "--colleague", 9)
    hints = ["rather by email", "rather at 18:00–20:00", "rather by colleague 9"]
    assert wish(desk, *words) == hints
    assert failing(desk) == before
    assert wish(desk, "--hours", "09:00-10:00")[1:] != hints[1:]
    assert len(wish(desk, "--prefer", "sms")) == 3


def test_whoever_noted_it_stands_in_the_audit_log_before_it_is_noted(desk):
    """The staff id, the customer and what is wished; nothing, or nonsense, is not noted."""
    place, row = desk
    told = ("--pause", f"{SECOND}..{date(2026, 6, 5)}", "--pause-channel", "sms")
    wish(desk, "--prefer", "email", "--at-most", "2/30", "--take-back", "pause", *told)
    written = [json.loads(line) for line in place.audit.read_text("utf-8").splitlines()]
    (line,) = [each for each in written if each.get("action") == "note wish"]
    assert (line["actor"], line["subject"]) == ("staff 7", f"customer {row.customer_id}")
    assert line["facts"] == {
        "prefers_channels": ["email"],
        "at_most": 2,
        "days": 30,
        "pause_from": str(SECOND),
        "pause_to": "2026-06-05",
        "pause_channel": "sms",
        "take_back": ["pause"],
    }
    for words, error, said in (
        ((), RequestError, "nothing is wished for"),
        (
            ("--only", "Zhang San"),
            RequestError,
            "only_channels 'Zhang San' is unknown; choose one of",
        ),
        (("--prefer", "sms", "--hours", "20:00-18:00"), RequestError, "the hours 20:00 to 18:00"),
        (("--at-most", "two"), BadOption, "write it as 2/30"),
        (("--at-most", "0/30"), RequestError, "whole numbers of 1 or more"),
        (("--pause", "2026-07-02..2026-07-01"), RequestError, "before it begins"),
        (("--pause-channel", "sms"), RequestError, "nothing is wished for"),
        (("--take-back", "love"), RequestError, f"choose of: {', '.join(SUBJECTS)}"),
    ):
        with pytest.raises(error, match=said):
            wish(desk, *words)
    assert place.audit.read_text("utf-8").count('"note wish"') == 1
    with counter_of(place) as counter:
        preferences = counter.known([row.customer_id])[row.customer_id].profile.preferences
        assert sorted(each.id for each in preferences) == ["own_cap", "prefers_channels"]


def test_a_wish_is_noted_as_a_whole_or_not_at_all(desk, monkeypatch):
    """Where its second part cannot be written, its first is not kept either."""
    place, row = desk
    write = outcomes.write_note

    def failing_at_a_pause(connection, who, note, *rest):
        if isinstance(note, Pause):
            raise OSError("the disk is full")
        write(connection, who, note, *rest)

    both = Wish(only=("email",), pause=(SECOND, SECOND))
    with counter_of(place) as counter:
        with monkeypatch.context() as ill:
            ill.setattr(outcomes, "write_note", failing_at_a_pause)
            with pytest.raises(OSError, match="the disk is full"):
                counter.wish(row.customer_id, both, 7)
        assert counter.wishes(row.customer_id) == ()
        assert len(counter.wish(row.customer_id, both, 7)) == 2
