"""A customer at a glance: what the bank's tables and the ledger tell, and what nobody knows."""

from datetime import UTC, date, datetime

import pytest
from busy import ASKED, AT, KNOWN, OTHER
from served import talking_to


@pytest.fixture(scope="module")
def client(busy):
    with talking_to(busy, now=AT) as (client, _desk):
        client.headers["authorization"] = "Bearer good"
        yield client


@pytest.fixture(scope="module")
def view(client):
    """The view of the one of whom everything is known, who was at a branch two days ago."""
    visit = {
        "event_id": 77,
        "customer_id": KNOWN,
        "happened_at": "2026-05-30T10:00:00+08:00",
        "kind": "visit",
        "channel": "branch",
    }
    assert client.post("/v1/events", json={"events": [visit]}).status_code == 200
    return client.get(f"/v1/customers/{KNOWN}").json()


def told(view, name):
    field = view[name]
    return field["value"], field["state"], field["source"], field["on"]


DAY = "2026-06-01"
FIELDS = {
    "opened_on": ("2019-03-04", "known", "customers", DAY),
    "kind": ("retail", "known", "customers", DAY),
    "branch_id": (1, "known", "customers", DAY),
    "last_visit": ("2026-05-30", "known", "events", "2026-05-30"),
    "overdue": (
        {"since": "2026-05-20", "days": 12, "amount_cents": None}, "known", "loans", DAY,
    ),
    "risk_level": (
        {"tolerance": "C2", "expires_on": "2027-01-01", "expired": False},
        *("known", "assessments", DAY),
    ),
    "last_complaint": (
        {"at": "2026-01-02T00:00:00Z", "open": False, "closed_at": "2026-01-09T00:00:00Z"},
        *("known", "cases", "2026-01-02"),
    ),
    "mood": ({"mood": "satisfied", "at": "2026-05-20T00:00:00Z"}, "known", "cases", "2026-05-20"),
}  # fmt: skip


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_says_what_its_source_says_and_of_which_day(view, name):
    """Values that the test put into the bank itself, each with table and day."""
    assert told(view, name) == FIELDS[name]


def test_only_what_is_held_is_a_holding_and_what_falls_due_is_counted_in_days(view):
    """The third was closed in 2024; one of the two others falls due in 30 days."""
    assert [each["product_id"] for each in view["holdings"]["value"]] == [31, 32]
    (due,) = view["maturities"]["value"]
    assert (due["product_id"], due["on"], due["in_days"]) == (31, "2026-07-01", 30)
    assert due["in_days"] == (date(2026, 7, 1) - date(2026, 6, 1)).days


def test_contacts_and_offers_made_are_told_with_the_latest_first(view):
    """The phone call of May and the text message before it, both for one offer."""
    last = view["last_contacts"]["value"]
    assert [each["channel"] for each in last] == ["phone", "sms"]
    assert last[0]["text"]["en"] == "thinking about it"
    (pitched,) = view["pitched"]["value"]
    assert (pitched["offer_code"], pitched["times"]) == ("D1", 2)
    assert datetime.fromisoformat(pitched["last_at"]) == ASKED.astimezone(UTC)
    assert view["pitched"]["source"] == "contacts"


def test_what_no_table_tells_is_not_known_and_what_a_table_denies_is_none(client):
    """This bank has events and assessments, and no loans, holdings or cases."""
    view = client.get(f"/v1/customers/{OTHER}").json()
    states = {name: field["state"] for name, field in view.items() if isinstance(field, dict)}
    for name in ("overdue", "holdings", "maturities", "last_complaint", "mood", "opened_on"):
        assert states[name] == "not_known", name
        assert view[name]["value"] is None
        assert view[name]["text"] == {"en": "not known", "zh": "未知"}
    assert states["last_visit"] == "none"
    assert states["risk_level"] == "known"


def test_the_ledger_counts_at_once(client):
    """A complaint and a low mood that an agent hears stand in the view from then on."""
    body = {"customer_id": OTHER, "channel": "branch", "category": "service"}
    reserved = client.post(
        "/v1/contacts/reserve", json=body | {"request_id": "view-1", "agent": 7}
    ).json()
    assert reserved["verdict"] == "allow", reserved
    path = f"/v1/contacts/{reserved['contact_id']}/outcome"
    for code in ("LOW_MOOD", "COMPLAINT"):
        said = client.post(path, json={"code": code, "agent": 7})
        assert said.status_code == 200, said.text
    view = client.get(f"/v1/customers/{OTHER}").json()
    assert told(view, "mood") == (
        {"mood": "low", "at": "2026-06-01T02:00:00Z"}, "known", "ledger", "2026-06-01",
    )  # fmt: skip
    assert view["last_complaint"]["value"]["open"] is None
    assert view["last_complaint"]["on"] == "2026-06-01"
    assert view["last_complaint"]["source"] == "ledger"
    assert view["last_contacts"]["source"] == "ledger"


def test_an_unknown_customer_is_404_and_a_word_is_no_number(client):
    """And so is a path that tries to leave the resource."""
    assert client.get("/v1/customers/999").json()["error"] == "unknown_customer"
    for path in ("abc", "1.5", "9223372036854775808", "%00", "..%2f1", "1%2f..%2f2"):
        assert client.get(f"/v1/customers/{path}").status_code in {404, 422}, path
