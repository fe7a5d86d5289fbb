"""What is published while the service runs is taken in; what is broken is refused and told."""

import io
import json
import threading
import time

import pytest
from asked_by import Keys, Lines, a_gate
from served import CUSTOMERS, LABELS, a_model, only, promote, publish_day, talking_to

from features.catalog import CATALOG
from features.errors import StoreUnreachable
from features.feature import Catalog
from goodcall.principal import Principal
from goodcall.workspace import Workspace
from models.champion import CHAMPIONS
from serving.journal import start_journal
from serving.shelf import Desk, Reading, Source, reread, sources_of

ASKED = [
    ("score", {"customer_id": 1}),
    ("explain", {"customer_id": 1, "label": "churn"}),
    ("next_best_offers", {"customer_id": 1}),
]


def until(true, seconds=10):
    """Wait for something to become true; the watch looks ten times a second here."""
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, "it never became true"
        time.sleep(0.05)
    return found


def health(client):
    return client.get("/v1/health").json()


def source(said, name):
    return next(each for each in said["sources"] if each["source"] == name)


def test_an_empty_workspace_answers_503_and_says_what_to_do(tmp_path):
    """Nothing to answer from is no failure of the caller, and health lists every source."""
    with talking_to(Workspace(tmp_path)) as (client, _):
        for path, body in ASKED:
            response = client.post(f"/v1/{path}", json=body)
            assert response.status_code == 503
            general = path == "next_best_offers"  # it needs no model
            assert response.json()["error"] == ("no_snapshot" if general else "no_model")
            wanted = "goodcall outreach plan" if general else "goodcall train"
            assert wanted in response.json()["what_to_do"]
        response = client.get("/v1/health")
    assert response.status_code == 503
    assert response.json()["error"] == "not_ready"
    missing = {each["source"] for each in response.json()["sources"] if not each["serving"]}
    assert missing == {"models", "snapshot", "policy", "offers", "holdout_key"}


MISSING = [
    ("online", "score", "no_snapshot"),
    ("policy", "next_best_offers", "no_policy"),
    ("offers", "next_best_offers", "no_offers"),
    ("holdout_key", "next_best_offers", "no_holdout_key"),
]


@pytest.mark.parametrize(("place", "path", "code"), MISSING)
def test_a_missing_source_is_named(workspace, place, path, code):
    """Scores need models and a snapshot; offers need everything; each lack has its own code."""
    getattr(workspace, place).unlink()
    with talking_to(workspace) as (client, _):
        response = client.post(f"/v1/{path}", json={"customer_id": 1})
        assert response.status_code == 503
        assert response.json()["error"] == code
        assert response.json()["what_to_do"]
        assert client.get("/v1/health").status_code == 503
        scored = client.post("/v1/score", json={"customer_id": 1}).status_code
        assert scored == (503 if place == "online" else 200)


PERSONS = {
    "manager": Principal("staff 7", "person", "relationship_manager", 7, frozenset({1})),
    "teller": Principal("staff 9", "person", "teller", 9, frozenset({1})),
    "held": Principal("app held", "app", "app", None, frozenset({1})),
    "app": Principal("app crm", "app", "app"),
}
WITHOUT_SNAPSHOT = [
    ("manager", "score", 503),
    ("manager", "scores", 503),
    ("manager", "next_best_offers", 503),
    ("manager", "next", 503),
    ("held", "score", 503),
    ("teller", "score", 403),
    ("teller", "scores", 403),
    ("teller", "next_best_offers", 403),
    ("app", "score", 503),
    ("app", "next", 200),
]


@pytest.mark.parametrize("lack", ["none", "damaged"])
def test_without_a_snapshot_nobody_is_refused_for_want_of_it(workspace, lack):
    """Where it hangs on whose customer it is, the answer is not yet; else it is what it always is.

    Either leaves its line in the audit log.
    """
    workspace.online.unlink()
    if lack == "damaged":
        workspace.online.write_bytes(b"no database")
    lines = Lines()
    with talking_to(workspace, gate=a_gate(Keys(PERSONS), lines)) as (client, _):
        for who, path, status in WITHOUT_SNAPSHOT:
            lines.clear()
            asked = {"customer_ids": [1, 2]} if path == "scores" else {"customer_id": 1}
            answer = client.post(
                f"/v1/{path}", json=asked, headers={"authorization": f"Bearer {who}"}
            )
            assert answer.status_code == status, (who, path, answer.text)
            if status == 503:
                assert answer.json()["error"] == "no_snapshot"
                assert answer.json()["what_to_do"]
            assert len(lines) == 1


@pytest.mark.parametrize("place", ["online", "policy", "offers", "holdout_key", "ledger"])
def test_a_damaged_source_is_refused_and_the_rest_serves(workspace, place):
    """Bytes that mean nothing are a problem of one source, told in health, never a crash."""
    getattr(workspace, place).write_bytes(b"\xff\x00 no file")
    with talking_to(workspace) as (client, _):
        response = client.get("/v1/health")
        assert response.status_code == 503
        broken = [each for each in response.json()["sources"] if not each["serving"]]
        assert [each["source"] for each in broken] == ["snapshot" if place == "online" else place]
        assert broken[0]["problem"]
        scored = client.post("/v1/score", json={"customer_id": 1}).status_code
        assert scored == (503 if place == "online" else 200)
        offered = client.post("/v1/next_best_offers", json={"customer_id": 1})
        assert offered.status_code == 503
        assert offered.json()["what_to_do"]


def test_a_snapshot_of_another_catalogue_is_refused(workspace, bank, computed):
    """Columns that mean something else would give plausible nonsense."""
    other = Catalog(CATALOG.features[:5])
    publish_day(workspace, bank, only(computed, 120, other.names), catalog=other)
    with talking_to(workspace) as (client, _):
        response = client.post("/v1/score", json={"customer_id": 1})
    assert response.status_code == 503
    assert response.json()["error"] == "no_snapshot"
    assert other.fingerprint in response.json()["message"]


def test_a_new_champion_serves_without_a_restart(workspace, features):
    """Its version is in the answers and in health within seconds."""
    model = a_model(features, "churn", seed=2)
    with talking_to(workspace) as (client, _):
        before = health(client)["model_versions"]["churn"]
        promote(workspace, model, version=2)
        until(lambda: health(client)["model_versions"]["churn"] == model.version)
        answer = client.post("/v1/score", json={"customer_id": 1, "labels": ["churn"]}).json()
    assert before != model.version
    assert answer["model_versions"] == {"churn": model.version}


@pytest.mark.parametrize("broken", ["list", "booster", "catalogue"])
def test_a_broken_champion_leaves_the_old_one_serving(workspace, features, broken):
    """Health says `degraded` and why; the mended one is taken in."""
    with talking_to(workspace) as (client, _):
        before = health(client)
        mended = a_model(features, "churn", seed=3)
        promote(workspace, mended, version=2)
        until(lambda: health(client)["model_versions"]["churn"] == mended.version)
        spoil(workspace, features, broken)
        said = until(lambda: (found := health(client))["status"] == "degraded" and found)
        assert source(said, "models")["serving"] is True
        assert source(said, "models")["problem"]
        assert said["model_versions"]["churn"] == mended.version
        for path, body in ASKED:
            assert client.post(f"/v1/{path}", json=body).status_code == 200
        (workspace.models / CHAMPIONS).unlink()
        for label in LABELS:
            promote(workspace, a_model(features, label))
        until(lambda: health(client)["model_versions"] == before["model_versions"])
        assert health(client)["status"] == "ready"


def spoil(workspace, features, how):
    if how == "list":
        (workspace.models / CHAMPIONS).write_text("{", encoding="utf-8")
    else:
        promote(workspace, a_model(features, "churn", seed=4), version=3, spoil=SPOIL[how])


def cut_the_booster(folder):
    text = (folder / "booster.txt").read_text()
    (folder / "booster.txt").write_text(text[:500], encoding="utf-8")


def change_the_catalogue(folder):
    text = (folder / "card.json").read_text(encoding="utf-8")
    (folder / "card.json").write_text(text.replace(CATALOG.fingerprint, "0" * 12), encoding="utf-8")


SPOIL = {"booster": cut_the_booster, "catalogue": change_the_catalogue}


def test_a_new_snapshot_serves_without_a_restart(workspace, bank, computed):
    """A customer who was not in the store is found once the day is published anew."""
    publish_day(workspace, bank, only(computed, 50))
    with talking_to(workspace) as (client, _):
        last = {"customer_id": CUSTOMERS[-1]}
        assert client.post("/v1/score", json=last).status_code == 404
        publish_day(workspace, bank, computed)
        until(lambda: client.post("/v1/score", json=last).status_code == 200)


def test_a_packed_champion_serves_until_the_workspace_has_its_own(workspace, features, tmp_path):
    """What came with a Bento answers at first; the workspace's own wins as soon as it exists."""
    packed = Workspace(tmp_path / "packed")
    model = a_model(features, "churn", seed=5)
    promote(packed, model)
    (workspace.models / CHAMPIONS).unlink()
    with talking_to(workspace, packed=packed.models) as (client, _):
        assert health(client)["model_versions"] == {"churn": model.version}
        own = a_model(features, "churn", seed=6)
        promote(workspace, own, version=4)
        until(lambda: health(client)["model_versions"] == {"churn": own.version})


def test_an_unchanged_source_is_not_read_again():
    """The same stamp is the same reading; a broken newer one keeps the value and tells."""
    reads = []

    def read():
        reads.append(1)
        if stamp == 3:
            raise OSError(13, "not allowed")
        return f"value {stamp}"

    stamp = 1
    things = Source("things", lambda: (stamp,), read)
    first = reread(Reading(), things)
    assert first.value == "value 1"
    assert reread(first, things) is first
    stamp = 2
    second = reread(first, things)
    assert (second.value, len(reads)) == ("value 2", 2)
    stamp = 3
    third = reread(second, things)
    assert third.value == "value 2"
    assert "not allowed" in str(third.problem)
    assert reread(third, things) is third


def test_a_source_that_stays_away_is_told_once():
    """However often it is looked for; when it is back it is read and told again."""
    log, away = io.StringIO(), False

    def stamp():
        if away:
            raise StoreUnreachable("nobody answers")
        return (1,)

    desk = Desk((Source("snapshot", stamp, Held),))
    start_journal(log)
    away = True
    for _ in range(2):
        desk.adopt(desk.look())
    kept = desk.shelf.snapshot
    assert "nobody answers" in str(kept.problem)
    assert desk.look().snapshot is kept
    away = False
    desk.adopt(desk.look())
    assert desk.shelf.snapshot.problem is None
    lines = [json.loads(line)["event"] for line in log.getvalue().splitlines()]
    assert lines == ["source_refused", "source_loaded"]


class Held:
    """A database that can be let go of."""

    def close(self):
        """Let go of it."""


def test_neither_answers_nor_the_log_name_a_person(workspace, features):
    """Names and numbers that stand in the store never leave it, whatever is asked or broken."""
    log = io.StringIO()
    start_journal(log)
    said = []
    with talking_to(workspace) as (client, desk):
        for customer_id in (1, 2, 3, 999):
            for path, body in ASKED:
                answer = client.post(f"/v1/{path}", json=body | {"customer_id": customer_id})
                said.append(answer.text)
        said.append(client.get("/v1/health").text)
        profile = desk.shelf.snapshot.value.profile(1)
        spoil(workspace, features, "list")
        until(lambda: health(client)["status"] == "degraded")
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert {"started", "source_loaded", "source_refused", "stopped"} <= {e["event"] for e in lines}
    assert profile.name == "Zhang Number1"
    for text in (*said, log.getvalue()):
        assert "Zhang" not in text
        assert "1390000" not in text


@pytest.mark.slow
def test_champions_change_under_a_stream_without_a_failed_request(workspace, bank, computed):
    """Four callers ask without a pause while champions and snapshots are replaced six times."""
    models = [a_model(computed.features, "churn", seed=seed) for seed in range(10, 16)]
    bodies, failures, versions, stop = list(ASKED), [], set(), threading.Event()
    with talking_to(workspace) as (client, _):

        def stream(start):
            turn = start
            while not stop.is_set():
                path, body = bodies[turn % 3]
                turn += 1
                answer = client.post(f"/v1/{path}", json=body)
                if answer.status_code != 200:
                    failures.append(answer.text)
                elif path == "score":
                    versions.add(answer.json()["model_versions"]["churn"])

        callers = [threading.Thread(target=stream, args=(start,)) for start in range(4)]
        for caller in callers:
            caller.start()
        for number, model in enumerate(models, start=2):
            promote(workspace, model, version=number)
            publish_day(workspace, bank, computed)
            until(lambda wanted=model.version: wanted in versions)
        stop.set()
        for caller in callers:
            caller.join()
    assert failures == []
    assert {model.version for model in models} <= versions


def test_looking_needs_no_adopting(finished):
    """A look at an unchanged workspace shares every reading with the shelf in use."""
    desk = Desk(sources_of(finished, None))
    seen = desk.look()
    for name in ("models", "snapshot", "policy", "offers", "holdout_key", "ledger"):
        assert seen.reading(name) is desk.shelf.reading(name)
    desk.shelf.snapshot.value.close()
