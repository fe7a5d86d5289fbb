"""Effects from the command line's side: learned from the lot's own contacts, or said why not."""

from datetime import date

import numpy as np
import pyarrow as pa
from called import PEOPLE, a_bank_of, a_contact, a_lot_of_calls
from learned import NOW

from cli import learn as round_of
from cli.learn import Round, learn
from cli.planning import candidates
from features import CATALOG
from goodcall.effect import NO_CHANGES
from goodcall.profile import Profile
from goodcall.workspace import Workspace
from models.contact import Effects
from outreach.loading import default_policy_text, parse_policy
from training import EffectLabel


def a_round(bank, place):
    how = Round((date(2026, 3, 1),), (EffectLabel("buys"),), 1, 0, NOW)
    return learn(place, bank, how, tell=lambda _: None, step=lambda _done, _total: None)


def test_a_bank_without_a_lot_keeps_its_round_and_hears_why(tmp_path):
    """The effect is left out with its remedy, nothing is registered, and no month is computed."""
    bank = a_bank_of(tmp_path, a_lot_of_calls(randomised=False, probability=None))
    place = Workspace(tmp_path / "home")
    learned = a_round(bank, place)
    assert learned.registered == ()
    ((label, why),) = learned.left_out
    assert label == "effect:buys"
    assert "let a share of the capacity go at random" in why
    assert not place.snapshots.exists()


def test_an_effect_learns_from_features_of_the_lots_own_days(tmp_path, monkeypatch):
    """The cohort is each drawn customer on the day of the contact, and nobody else."""
    asked = []

    def computed(_bank, cohort, *_args, **_options):
        asked.append(cohort)
        zeros = np.zeros(cohort.num_rows)
        for name in CATALOG.names:
            cohort = cohort.append_column(name, [zeros])
        return cohort

    monkeypatch.setattr(round_of, "as_of", computed)
    monkeypatch.setattr(round_of, "_lacking", lambda *_: [])
    contacts = [*a_lot_of_calls()[:20], a_contact(999, 200, randomised=False, probability=None)]
    learned = a_round(a_bank_of(tmp_path, contacts), Workspace(tmp_path / "home"))
    assert asked[0].to_pydict() == {
        "customer_id": list(range(1, 21)),
        "as_of": [date(2026, 3, 10)] * 20,
    }
    assert len(learned.left_out) == 1


def test_who_objects_to_profiling_is_left_out_of_the_lot(tmp_path, monkeypatch):
    """Neither their features nor what came of their contacts are asked for; the rest teaches."""
    asked = []

    def computed(_bank, cohort, *_args, **_options):
        asked.extend(cohort["customer_id"].to_pylist())
        zeros = np.zeros(cohort.num_rows)
        for name in CATALOG.names:
            cohort = cohort.append_column(name, [zeros])
        return cohort

    monkeypatch.setattr(round_of, "as_of", computed)
    monkeypatch.setattr(round_of, "_lacking", lambda *_: [])
    monkeypatch.setattr(round_of, "objecting", lambda *_: frozenset({3, 8}))
    learned = a_round(a_bank_of(tmp_path, a_lot_of_calls()), Workspace(tmp_path / "home"))
    assert set(asked) == {*range(1, PEOPLE + 1)} - {3, 8}
    ((label, why),) = learned.left_out
    assert label == "effect:buys"
    assert "outcome" in why


def a_profile(who):
    return Profile(
        customer_id=who,
        known_before=NOW,
        kind="retail",
        status="active",
        zone="Asia/Shanghai",
        name=None,
        birth_date=None,
        branch_id=1,
        manager_id=1,
    )


def test_each_candidate_carries_its_own_changes():
    """Rows of scores and of effects are the same customers; one without a row has neither."""
    people = tuple(a_profile(who) for who in (3, 1, 2))
    scores = pa.table(
        {"customer_id": [1, 2], "as_of": [date(2026, 6, 1)] * 2, "buys:fund": [0.1, 0.2]}
    )
    effects = Effects(
        {"buys:fund:phone": scores["buys:fund"].to_numpy() / 10}, {"buys:fund:phone": "learned"}
    )
    policy = parse_policy(default_policy_text())
    found = {c.profile.customer_id: c for c in candidates(people, scores, scores, policy, effects)}
    assert found[1].changes.of("buys:fund:phone") == (0.01, "learned")
    assert found[2].changes.of("buys:fund:phone") == (0.02, "learned")
    assert found[3].changes == NO_CHANGES
