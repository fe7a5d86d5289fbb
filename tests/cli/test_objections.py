"""Who objected to profiling is scored by no command, though older snapshots still have the rows."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from nightly import FIRST, MANAGER, SECOND, asked, copied, ledger_of, night_of, run

from cli import champions, learn, replay, rights, watch
from cli.objections import objectors_of
from cli.options import bank_in
from cli.planning import champions_of
from cli.policies import policy_of
from cli.policy_diff import inputs_of, replayed
from features import CATALOG, StaleSnapshot, StoreUnreachable, read_snapshot
from features.errors import DamagedFile
from features.objections import objected_online, objecting
from features.online_database import writing_engine
from goodcall import Workspace
from outreach.trail import trail_from_json
from training import EffectLabel, TooFewRows, default_labels

# The second day is over; the customer objects now.
NOW = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def objected(second, tmp_path_factory):
    """A workspace of two nights, and the first customer of its list, who objected after both."""
    place = copied(second, tmp_path_factory.mktemp("objected") / "var")
    with ledger_of(place) as ledger:
        who = ledger.list_rows(SECOND, MANAGER)[0].row.customer_id
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rights, "now", lambda: NOW)
        asked(place, "rights", "object", who, "--bank", place.bank, "--by", "staff 4")
    assert all(who in people(snapshot(place, day)) for day in (FIRST, SECOND))
    return place, who


def snapshot(place, day):
    return read_snapshot(place.snapshots, CATALOG, [day])


def people(table):
    return table["customer_id"].to_pylist()


def spied(monkeypatch, module, name, result=None):
    """The tables that a module hands to one of its functions, which is not run."""
    seen = []

    def spy(*given, **more):
        seen.extend(each for each in (*given, *more.values()) if hasattr(each, "column_names"))
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setattr(module, name, spy)
    return seen


@pytest.mark.parametrize("day", [FIRST, SECOND])
@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_batch_scores_everybody_else(objected, tmp_path, day, kind):
    """Of any snapshot; the count that is told and audited is that of the file."""
    place, who = objected
    file = tmp_path / f"scores.{kind}"
    said, _ = asked(place, "score", "--as-of", day, "--output", file, "--reasons", 3, "--json")
    table = pq.read_table(file) if kind == "parquet" else pa_csv.read_csv(file)
    others = [each for each in people(snapshot(place, day)) if each != who]
    assert sorted(people(table)) == sorted(others)
    assert json.loads(said)["rows"] == len(others)
    assert json.loads(place.audit.read_text().splitlines()[-1])["facts"]["rows"] == len(others)


@pytest.mark.slow
def test_a_batch_on_spark_does_too(objected, tmp_path):
    """The same customers as on one machine."""
    place, who = objected
    folder = tmp_path / "scores"
    words = ("--engine", "spark", "--master", "local[2]", "--output", folder)
    asked(place, "score", "--as-of", SECOND, *words)
    found = people(pq.read_table(folder))
    assert sorted(found) == sorted(set(people(snapshot(place, SECOND))) - {who})


@pytest.mark.parametrize("stale", [False, True])
def test_a_day_under_two_policies_has_no_score_of_them(objected, tmp_path, stale):
    """Whether the day's snapshot is read or features are computed anew, and for both policies."""
    place = copied(objected[0], tmp_path / "home")
    who = objected[1]
    if stale:
        for file in place.snapshots.rglob("*.parquet"):
            file.unlink()
    night = night_of(place, now=NOW)
    with ledger_of(place) as ledger:
        inputs = inputs_of(night, ledger, lambda _done, _total: None)
        assert who not in people(inputs.scores) + people(inputs.features)
        assert len(inputs.scores) == len(inputs.features) > 0
        plan = replayed(inputs, policy_of(place, currency="CNY"), ledger)
    trail = trail_from_json(plan.trails[who])
    assert trail.step == "rules"
    assert {attempt.action for attempt in trail.attempts} == {None}
    assert who not in [row.customer_id for row in plan.rows]


@pytest.mark.parametrize("day", [FIRST, SECOND])
def test_a_night_that_is_made_again_makes_no_score_of_them(objected, tmp_path, day):
    """Neither features nor scores, and the store goes on to say that they object."""
    place, who = copied(objected[0], tmp_path / "home"), objected[1]
    run(place, day, now=NOW)
    assert who not in people(snapshot(place, day))
    for file in place.nights.rglob("scores.parquet"):
        assert who not in people(pq.read_table(file))
    assert who in objected_online(place.online_url)


def test_a_replay_leaves_them_out(objected, monkeypatch):
    """What published plans kept of them is not weighed again."""
    place, who = objected
    seen = []
    monkeypatch.setattr(replay, "replay", lambda days, *_: seen.extend(days))
    monkeypatch.setattr(replay, "_print", lambda *_: None)
    monkeypatch.setattr(replay, "_facts", lambda *_: {})
    words = ("--policy", place.policy, "--from", FIRST, "--to", SECOND)
    asked(place, "outreach", "replay", *words)
    with ledger_of(place) as ledger:
        whole = list(ledger.logged(FIRST, SECOND))
    for mine, all_of_it in zip(seen, whole, strict=True):
        kept = tuple(each for each in all_of_it.trails if each.customer_id != who)
        assert mine == replace(all_of_it, trails=kept)
        assert len(kept) == len(all_of_it.trails) - 1


def test_watching_and_judging_champions_leave_them_out(objected, monkeypatch):
    """Later snapshots are scored without them, and so are dates that a champion is judged on."""
    place, who = objected
    scored = spied(monkeypatch, watch, "score_table", KeyError("seen"))
    monkeypatch.setattr(watch, "drift_over", list)
    models = champions_of(place)
    tested = {"any": SimpleNamespace(tested_as_of=[FIRST])}
    monkeypatch.setattr(watch.Watching, "cards", tested)
    watching = watch.Watching(bank_in(place, place.bank), place.snapshots, CATALOG, models, {})
    with pytest.raises(KeyError, match="seen"):
        watch._look(watching, lambda _done, _total: None)  # noqa: SLF001 - what it scores
    monkeypatch.setattr(champions, "unknown_dates", lambda *_: [FIRST])
    scored += spied(monkeypatch, champions, "champion_scores", "judged")
    assert champions.scored_anew(place, "churn", 1) == "judged"
    judged = spied(monkeypatch, champions, "champion_scores")
    champions.scored_anew(place, "churn", 1)
    for table in (*scored, *judged):
        assert who not in people(table)
        assert len(table) > 0
    assert scored
    assert judged


def test_nothing_new_is_learned_from_them(objected, tmp_path, monkeypatch):
    """Training reads older snapshots without their rows, and keeps no held-out score of them."""
    place, who = copied(objected[0], tmp_path / "home"), objected[1]
    taught = spied(monkeypatch, learn, "train", TooFewRows("seen"))
    lot = pc.equal(snapshot(place, FIRST)["customer_id"], who)
    rows = snapshot(place, FIRST).filter(lot).select(["customer_id"])
    cohort = rows.append_column("as_of", [[date(2026, 6, 1)]])
    monkeypatch.setattr(learn, "lot_of", lambda _: None)
    monkeypatch.setattr(learn, "cohort_of", lambda _: cohort)
    labels = (default_labels()[0], EffectLabel("buys"))
    how = learn.Round(dates=(FIRST,), labels=labels, seed=1, trials=0, now=NOW)
    learn.learn(
        place, bank_in(place, place.bank), how, tell=lambda _: None, step=lambda _a, _b: None
    )
    assert len(taught) == 2
    assert [who in people(table) for table in taught] == [False, False]
    assert len(taught[0]) > 0


def test_an_objection_counts_from_its_moment_until_it_is_taken_back(objected, tmp_path):
    """The newest word stands: the bank's own, or what was said to Goodcall."""
    place, who = copied(objected[0], tmp_path / "home"), objected[1]
    bank = bank_in(place, place.bank)
    assert objecting(bank, NOW) == {who} == objectors_of(place)
    assert objecting(bank, datetime(2026, 6, 2, 9, 59, tzinfo=UTC)) == frozenset()
    words = ("--field", "profiling_opt_out", "--value", "false", "--by", "staff 4")
    asked(place, "rights", "correct", who, "--bank", place.bank, *words)
    assert objecting(bank_in(place, place.bank), datetime(2100, 1, 1, tzinfo=UTC)) == frozenset()


_SAID = (StaleSnapshot, StoreUnreachable, DamagedFile)
LOST = {
    "the file is gone": lambda place: place.online.unlink(),
    "nothing is published": lambda place: (place.online.unlink(), publish_nothing(place)),
    "a correction is cut short": lambda place: corrections_of(place).write_bytes(b"PAR1 and"),
    "it is no database": lambda place: place.online.write_bytes(b"no database, of many bytes" * 99),
}


def corrections_of(place):
    return place.corrections / "customers.parquet"


def publish_nothing(place):
    writing_engine(place.online_url).dispose()


@pytest.mark.parametrize("loss", LOST)
def test_objections_that_cannot_be_read_are_not_none(objected, tmp_path, loss):
    """Nothing is scored, and what to do is said; also where the address is of a server's kind."""
    place = copied(objected[0], tmp_path / "home")
    LOST[loss](place)
    for found in (place, replace(place, online_at=place.online_url)):
        with pytest.raises(_SAID, match=r"outreach plan|does not (answer|read)"):
            objectors_of(found)
    with pytest.raises(_SAID):
        asked(place, "score", "--as-of", SECOND, "--output", tmp_path / "scores.csv")
    assert not (tmp_path / "scores.csv").exists()


def test_a_workspace_that_never_planned_has_its_snapshots_alone(tmp_path):
    """Nothing was published that could be lost."""
    assert objectors_of(Workspace(tmp_path / "home")) == frozenset()
