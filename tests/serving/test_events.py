"""What a customer just did counts in the next answer, and nothing stale is served in silence."""

from datetime import timedelta

import pyarrow as pa
import pytest
from asked_by import Keys, Lines, a_gate
from served import CUSTOMERS, NOW, talking_to

from features.asof import as_of
from features.catalog import CATALOG
from features.online import OnlineStore
from features.online_people import OnlinePeople
from features.online_tables import SERVED
from features.skew import recorded_rows, skew_of
from goodcall.principal import Principal
from serving.errors import BadSetting
from serving.terms import Terms, terms_of

HOUR_AGO = (NOW - timedelta(hours=1)).isoformat()
LATER = NOW + timedelta(minutes=1)
PAGE = {"event_id": 5001, "customer_id": 7, "happened_at": HOUR_AGO, "kind": "page_view"}
PAGE |= {"topic": "fund", "channel": "mobile"}


def pages_of_fund(workspace, customer_id, now=NOW):
    with OnlineStore(workspace.online_url, CATALOG) as store:
        values = store.row_at(customer_id, now).values
    return values[CATALOG.names.index("page_views_of_fund_30d")]


def test_a_page_view_an_hour_ago_counts_now(workspace):
    """Posted once or twice it is one page more for this customer, told with the next score."""
    before = pages_of_fund(workspace, 7)
    with talking_to(workspace) as (client, _):
        quiet = client.post("/v1/score", json={"customer_id": 7}).json()
        assert (quiet["facts_since"], quiet["stands_as_of"]) == (0, [])
        first = client.post("/v1/events", json={"events": [PAGE]})
        assert first.json() == {"added": 1, "unchanged": 0, "customers": 1}
        again = client.post("/v1/events", json={"events": [PAGE]})
        assert again.json() == {"added": 0, "unchanged": 1, "customers": 0}
        for path, more in (
            ("score", {}),
            ("explain", {"label": "churn"}),
            ("next_best_offers", {}),
        ):
            answer = client.post(f"/v1/{path}", json={"customer_id": 7} | more).json()
            assert answer["facts_since"] == 1
            assert answer["as_of"] == "2026-06-01"
            assert answer["at"] == "2026-06-01T06:00:00.000001Z"  # just after it was known
            assert set(answer["stands_as_of"]) <= set(CATALOG.names)
        assert client.post("/v1/score", json={"customer_id": 8}).json()["facts_since"] == 0
    assert pages_of_fund(workspace, 7) == before + 1
    assert pages_of_fund(workspace, 8) == pages_of_fund(workspace, 8, NOW + timedelta(days=1)) == 0


def test_for_a_key_of_all_customers_nobody_asks_whose_each_is(workspace, monkeypatch):
    """One that is held to branches is asked about by one statement."""
    asked = []
    belong = OnlinePeople.belong

    def counted(people, customers):
        asked.append(customers)
        return belong(people, customers)

    monkeypatch.setattr(OnlinePeople, "belong", counted)
    with talking_to(workspace, gate=a_gate(Keys(APPS))) as (client, _):
        for key in ("all", "here"):
            proof = {"authorization": f"Bearer {key}"}
            answer = client.post("/v1/events", json={"events": [PAGE]}, headers=proof)
            assert answer.status_code == 200
    assert asked == [[7]]


APPS = {
    "all": Principal("app all", "app", "app"),
    "here": Principal("app here", "app", "app", branches=frozenset({1})),
    "there": Principal("app there", "app", "app", branches=frozenset({2})),
}


@pytest.mark.parametrize(
    ("key", "customers", "taken", "refused"),
    [
        ("all", [8, 7, 7], [7, 8], None),
        ("here", [7], [7], None),
        ("here", [7, 999], [], [999]),
        ("there", [7, 8], [], [7, 8]),
    ],
)
def test_who_tells_what_of_whom_is_asked_and_written_down(
    workspace, key, customers, taken, refused
):
    """One line names every customer; one who is not the key's has the whole lot refused."""
    lines = Lines()
    events = [PAGE | {"event_id": n, "customer_id": who} for n, who in enumerate(customers)]
    with talking_to(workspace, gate=a_gate(Keys(APPS), lines)) as (client, _):
        proof = {"authorization": f"Bearer {key}"}
        answer = client.post("/v1/events", json={"events": events}, headers=proof)
        assert answer.status_code == (200 if taken else 403), answer.text
        facts = {"customers": taken, "request": answer.headers["x-request-id"]}
        facts |= {"refused": refused} if refused else {}
        assert lines == [(f"app {key}", "events", f"{len(set(customers))} customers", facts)]
    assert bool(pages_of_fund(workspace, 7, LATER) > 0) is bool(taken)


REFUSED = [
    ({"customer_id": 999}, "refused_facts", "1 customers who are not in the snapshot"),
    ({"kind": "bribe"}, "refused_facts", "kind is not one of login"),
    ({"happened_at": "2026-06-01T14:05:00Z"}, "refused_facts", "has not come yet"),
    ({"happened_at": "2026-06-01T13:00:00"}, "bad_request", "happened_at"),
    ({"known_at": HOUR_AGO}, "bad_request", "known_at"),
]


@pytest.mark.parametrize(("facts", "code", "said"), REFUSED)
def test_an_event_that_cannot_be_taken_is_told_why(workspace, facts, code, said):
    """The answer is 422 with what to do, and nothing of the lot counts."""
    with talking_to(workspace) as (client, _):
        answer = client.post("/v1/events", json={"events": [PAGE, PAGE | facts]})
        assert answer.status_code == 422
        assert answer.json()["error"] == code
        assert said in answer.json()["message"]
        assert answer.json()["what_to_do"]
        assert client.post("/v1/score", json={"customer_id": 7}).json()["facts_since"] == 0


def test_a_snapshot_that_is_too_old_answers_503(workspace):
    """Every answer says how old it is and what to do, and so does health; more may be allowed."""
    late = NOW + timedelta(days=36)
    with talking_to(workspace, now=late) as (client, _):
        for path, more in (
            ("score", {}),
            ("explain", {"label": "churn"}),
            ("next_best_offers", {}),
        ):
            answer = client.post(f"/v1/{path}", json={"customer_id": 7} | more)
            assert answer.status_code == 503
            assert answer.json()["error"] == "stale_snapshot"
            assert "36 days old, allowed are 35" in answer.json()["message"]
            assert "goodcall outreach plan" in answer.json()["what_to_do"]
        health = client.get("/v1/health")
        assert health.status_code == 503
        snapshot = next(s for s in health.json()["sources"] if s["source"] == "snapshot")
        assert not snapshot["serving"]
        assert "36 days old" in snapshot["problem"]
    with talking_to(workspace, now=late, terms=Terms(max_age_days=36)) as (client, _):
        assert client.post("/v1/score", json={"customer_id": 7}).status_code == 200
        assert client.get("/v1/health").json()["snapshot_age_days"] == 36


def test_events_need_a_snapshot(workspace):
    """Without one there is nothing that an event could count in, and no store is made up."""
    workspace.online.unlink()
    with talking_to(workspace) as (client, _):
        answer = client.post("/v1/events", json={"events": [PAGE]})
    assert answer.status_code == 503
    assert answer.json()["error"] == "no_snapshot"
    assert not workspace.online.exists()


def recorded(workspace):
    """How many served rows the store has written down."""
    with OnlineStore(workspace.online_url, CATALOG) as store, store.engine.connect() as connection:
        return len(connection.execute(SERVED.select()).all())


def test_served_rows_are_recorded_and_show_no_skew(workspace, bank):
    """With a share of 1 each scored row is written down, and each is what raw tables say."""
    before = recorded(workspace)
    with talking_to(workspace, terms=Terms(served_share=1.0)) as (client, _):
        for turn, who in enumerate(CUSTOMERS[:6]):
            event = PAGE | {"event_id": 6000 + turn, "customer_id": who}
            client.post("/v1/score", json={"customer_id": who})
            client.post("/v1/events", json={"events": [event]})
            client.post("/v1/score", json={"customer_id": who})
    with OnlineStore(workspace.online_url, CATALOG) as store, store.engine.connect() as connection:
        assert recorded(workspace) == before + 12
        rows = recorded_rows(connection, store.mark, CATALOG)
        found = skew_of(connection, rows, bank=bank, mark=store.mark, catalog=CATALOG)
    assert found.rows == before + 12
    assert found.differences == ()


def test_a_row_moves_with_the_days_as_the_engine_says(workspace, bank):
    """Weeks after the snapshot an untouched row equals the engine's with the later `until`."""
    later = NOW + timedelta(days=20)
    with OnlineStore(workspace.online_url, CATALOG) as store:
        cohort = pa.table(
            {
                "customer_id": pa.array([1]),
                "as_of": pa.array([store.mark.as_of], pa.date32()),
                "until": pa.array([later], pa.timestamp("us", tz="UTC")),
            }
        )
        served = store.row_at(1, later)
        wanted = as_of(bank, cohort, CATALOG)
        moving = store.layout.mover(store.mark.tables).moving
        assert moving
        for place, item in moving:
            right = wanted[item.name][0].as_py()
            assert served.values[place] == pytest.approx(right, nan_ok=True), item.name


def test_terms_come_from_the_environment():
    """Days and a share that read, else an error that says what does."""
    assert terms_of({}) == Terms(35, 0.01)
    assert terms_of({"GOODCALL_MAX_AGE": "7", "GOODCALL_SERVED_SHARE": "0"}) == Terms(7, 0.0)
    for wrong in ({"GOODCALL_MAX_AGE": "week"}, {"GOODCALL_MAX_AGE": "-1"}):
        with pytest.raises(BadSetting, match="whole days"):
            terms_of(wrong)
    for wrong in ({"GOODCALL_SERVED_SHARE": "2"}, {"GOODCALL_SERVED_SHARE": "nan"}):
        with pytest.raises(BadSetting, match="a share from 0 to 1"):
            terms_of(wrong)
