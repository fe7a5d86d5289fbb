"""Reasons: the strongest concepts that raise a score, each told by its strongest feature."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from learned import NAMES, ACatalog

from goodcall.reason import LEAD_INS
from models import reasons_of
from models.explain import concept_sums

VALUES = np.array([[10.0, 20.0, 30.0, 40.0, 50.0]])


def reasons(shares, *, values=VALUES, **catalog):
    return reasons_of(np.array([shares]), values, NAMES, ACatalog(**catalog))[0]


def test_features_of_one_concept_are_one_reason():
    """Contributions add up within a concept, which is told by its strongest feature's value."""
    (cash,) = reasons([0.2, 0.5, -0.1, -0.3, 0.0])
    assert (cash.concept, cash.feature, cash.value) == ("cash", "cash_in_90d", 20.0)
    assert cash.contribution == 0.7
    assert cash.text.en == "cash_in_90d is 20.00"


def test_reasons_stand_strongest_first_and_are_three_at_most():
    """Four concepts raise the score; the three strongest are told, in order."""
    told = reasons([0.1, 0.1, 0.3, 0.4, 0.5])
    assert [reason.concept for reason in told] == ["noise", "age_years", "visits"]


def test_a_concept_that_lowers_the_score_is_no_reason():
    """A strong feature whose concept as a whole lowers the score is not told."""
    assert reasons([0.5, -0.6, 0.0, 0.0, 0.0]) == ()


def test_a_feature_without_words_gives_way():
    """Within a concept the next feature that raises it speaks; else the next concept does."""
    (cash, noise) = reasons([0.2, 0.5, 0.0, 0.0, 0.1], silent=("cash_in_90d",))
    assert (cash.feature, cash.contribution, noise.feature) == ("cash_in_30d", 0.7, "noise")
    (noise,) = reasons([-0.2, 0.5, 0.0, 0.0, 0.1], silent=("cash_in_90d",))
    assert noise.feature == "noise"


def test_a_missing_value_is_not_told():
    """A missing value has no words, and so is no reason by itself."""
    missing = VALUES.copy()
    missing[0, 4] = np.nan
    assert reasons([0.0, 0.0, 0.0, 0.0, 0.9], values=missing) == ()


@given(st.lists(st.floats(-2, 2), min_size=5, max_size=5))
def test_reasons_equal_a_naive_ranking(shares):
    """A dictionary of sums, sorted, says the same."""
    sums = {"cash": shares[0] + shares[1], "visits": shares[2]}
    sums |= {"age_years": shares[3], "noise": shares[4]}
    best = sorted((value for value in sums.values() if value > 0), reverse=True)[:3]
    told = reasons(shares)
    assert np.allclose([reason.contribution for reason in told], best)
    assert all(np.isclose(sums[reason.concept], reason.contribution) for reason in told)


def test_why_flagged_and_why_a_call_helps_are_told_apart():
    """Each reason knows which question it answers, and each question has its words."""
    shares = np.array([[0.2, 0.5, -0.1, -0.3, 0.0]])
    (flagged,) = reasons_of(shares, VALUES, NAMES, ACatalog())[0]
    (call,) = reasons_of(shares, VALUES, NAMES, ACatalog(), about="call")[0]
    assert (flagged.about, call.about) == ("flagged", "call")
    assert flagged.text == call.text
    assert LEAD_INS["flagged"].en == "Why this customer was flagged"
    assert LEAD_INS["call"].zh == "为何联系有帮助"


def test_a_rows_concepts_do_not_depend_on_its_neighbours():
    """Sums by concept are the same to the byte alone, in a table, and in any layout."""
    rng = np.random.default_rng(2)
    shares = rng.normal(size=(50, 5)) * 10.0 ** rng.integers(-8, 8, (50, 5))
    concepts, sums = concept_sums(shares, NAMES, ACatalog())
    assert concepts == ("age_years", "cash", "noise", "visits")
    assert concept_sums(np.asfortranarray(shares), NAMES, ACatalog())[1].tobytes() == sums.tobytes()
    assert concept_sums(shares[7:8], NAMES, ACatalog())[1].tobytes() == sums[7].tobytes()
    np.testing.assert_allclose(sums[:, 1], shares[:, 0] + shares[:, 1], rtol=1e-12)


def test_no_rows_have_no_reasons():
    """An empty list of customers is answered with an empty list."""
    assert reasons_of(np.empty((0, 5)), np.empty((0, 5)), NAMES, ACatalog()) == []
