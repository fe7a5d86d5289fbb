"""Conditions in three values: against a truth table, a slow walk, and every row at once."""

from dataclasses import replace
from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.catalog import CATALOG
from goodcall.profile import Assessment, Holding
from goodcall.section import read_toml
from outreach import FactTable, PolicyError
from outreach.condition_file import needs_of, read_condition
from outreach.conditions import Comparison, Group, Not, answer, is_columnar, turning_days
from outreach.customer_facts import FACTS, PRICE_FACTS, Subject

DAY = date(2026, 6, 8)
NAMES = ("logins_7d", "cash_in_30d", "branch_visits_90d", "tenure_days", "days_overdue")
# NO, UNKNOWN and YES of Kleene's tables, worked by hand.
AND = {
    (True, True): True, (True, None): None, (True, False): False,
    (None, True): None, (None, None): None, (None, False): False,
    (False, True): False, (False, None): False, (False, False): False,
}  # fmt: skip
OR = {
    (True, True): True, (True, None): True, (True, False): True,
    (None, True): True, (None, None): None, (None, False): None,
    (False, True): True, (False, None): None, (False, False): False,
}  # fmt: skip
NOT = {True: False, None: None, False: True}


def said(toml, allowed=None):
    """The condition that `needs = ...` says."""
    return read_condition(
        read_toml(f"needs = {toml}", "p.toml", PolicyError).table("needs"), allowed
    )


def comparisons(name):
    bounds = st.integers(0, 4).map(float)
    return st.builds(
        lambda low, above: Comparison(FACTS[name], at_least=low, above=above - 2), bounds, bounds
    )


CONDITIONS = st.recursive(
    st.sampled_from(NAMES).flatmap(comparisons),
    lambda part: st.one_of(
        st.builds(Not, part),
        st.builds(
            Group,
            st.sampled_from(("all", "any")),
            st.lists(part, min_size=1, max_size=3).map(tuple),
        ),
    ),
    max_leaves=6,
)
KNOWN = st.dictionaries(st.sampled_from(NAMES[:3]), st.integers(0, 5).map(float))
TENURES = st.one_of(st.none(), st.integers(0, 5))


def customer(a, known, tenure):
    opened = None if tenure is None else DAY - timedelta(days=tenure)
    return Subject(a.customer(opened_on=opened), DAY, known)


def by_hand(condition, who):
    """A condition by the tables above, two parts at a time."""
    if isinstance(condition, Comparison):
        value = {"tenure_days": None, "days_overdue": 0.0}.get(
            condition.fact.name, who.row.get(condition.fact.name)
        )
        if condition.fact.name == "tenure_days" and who.profile.opened_on:
            value = (DAY - who.profile.opened_on).days
        if value is None:
            return None
        return value >= condition.at_least and value > condition.above
    if isinstance(condition, Not):
        return NOT[by_hand(condition.part, who)]
    table, start = (AND, True) if condition.how == "all" else (OR, False)
    for part in condition.parts:
        start = table[start, by_hand(part, who)]
    return start


@given(condition=CONDITIONS, known=KNOWN, tenure=TENURES)
def test_a_condition_is_what_the_truth_tables_say(a, condition, known, tenure):
    """Every nesting of all, any and not; unknown exactly where facts are said to be missing."""
    who = customer(a, known, tenure)
    found = answer(condition, who)
    assert found.holds is by_hand(condition, who)
    assert (found.holds is None) == bool(found.missing)
    assert all(name not in known for name in found.missing)


@given(condition=CONDITIONS, known=KNOWN, tenure=TENURES, more=KNOWN)
def test_learning_a_fact_never_changes_a_known_answer(a, condition, known, tenure, more):
    """Kleene's logic is monotone: only unknown may become something else."""
    before = answer(condition, customer(a, known, tenure)).holds
    after = answer(condition, customer(a, more | known, tenure)).holds
    assert before is None or after is before


@given(condition=CONDITIONS, rows=st.lists(KNOWN, min_size=1, max_size=5), tenure=TENURES)
def test_every_row_at_once_is_each_row_by_itself(a, condition, rows, tenure):
    """The answers over a table of columns equal the customers' own, missing facts and all."""
    table = FactTable(
        pa.table({name: pa.array([r.get(name) for r in rows], pa.float64()) for name in NAMES[:3]})
    )
    for place, known in enumerate(rows):
        alone = customer(a, known, tenure)
        assert answer(condition, replace(alone, row=table.row(place))) == answer(condition, alone)


def test_columns_are_answered_for_all_rows_at_once(a):
    """A condition over columns is worked out once; a profile's fact is not among columns."""
    both = said("{ all = [{ fact = 'logins_7d', above = 1 }, { fact = 'age', at_least = 18 }] }")
    assert not is_columnar(both)
    assert is_columnar(both.parts[0])
    table = FactTable(pa.table({"logins_7d": [0.0, 2.0, None]}))
    found = [answer(both, Subject(a.customer(), DAY, table.row(n))).holds for n in range(3)]
    assert found == [False, True, None]
    assert len(table.answers) == 1


@pytest.mark.parametrize(
    ("toml", "passing"),
    [
        ("{ fact = 'logins_7d', at_least = 2 }", (2, 3, 4)),
        ("{ fact = 'logins_7d', above = 2 }", (3, 4)),
        ("{ fact = 'logins_7d', at_most = 2 }", (0, 1, 2)),
        ("{ fact = 'logins_7d', below = 2 }", (0, 1)),
        ("{ fact = 'logins_7d', at_least = 1, below = 3 }", (1, 2)),
        ("{ fact = 'logins_7d', is = 3 }", (3,)),
        ("{ fact = 'logins_7d', one_of = [0, 4] }", (0, 4)),
        ("{ not = { fact = 'logins_7d', at_least = 1, below = 3 } }", (0, 3, 4)),
    ],
)
def test_bounds_include_and_exclude_as_they_say(a, toml, passing):
    """`at_least` and `at_most` include, `above` and `below` exclude; by row and by table."""
    condition = said(toml)
    table = FactTable(pa.table({"logins_7d": [0.0, 1.0, 2.0, 3.0, 4.0]}))
    for count in range(5):
        for row in ({"logins_7d": float(count)}, table.row(count)):
            assert answer(condition, Subject(a.customer(), DAY, row)).holds is (count in passing)


FUND = Holding(1, "fund", date(2020, 1, 1))


@pytest.mark.parametrize(
    ("facts", "name", "value"),
    [
        ({"birth_date": date(1990, 6, 9)}, "age", 35),
        ({"birth_date": None, "stated_age": 40}, "age", 40),
        ({"birth_date": None}, "age", None),
        ({"opened_on": date(2026, 6, 1)}, "tenure_days", 7),
        ({}, "tenure_days", None),
        ({"overdue_since": date(2026, 6, 1)}, "days_overdue", 7),
        ({}, "days_overdue", 0),
        ({"assessment": Assessment("C4", DAY)}, "risk_tolerance", 4),
        ({"assessment": Assessment("C4", date(2026, 6, 7))}, "risk_tolerance", None),
        ({}, "risk_tolerance", None),
        ({"kind": "private"}, "kind", "private"),
        ({"branch_id": None}, "branch", None),
        ({"manager_id": 7}, "manager", 7),
        ({"household_id": 3}, "in_household", 1),
        ({}, "in_household", 0),
        ({"holdings": (FUND,)}, "holds_fund", 1),
        ({"holdings": (replace(FUND, closed_on=DAY),)}, "holds_fund", 0),
        ({"holdings": (FUND,)}, "holds_wealth", 0),
    ],
)
def test_facts_of_the_profile(a, facts, name, value):
    """What the profile tells on a day; an assessment that is over tells nothing."""
    assert Subject(a.customer(**facts), DAY, {}).known(FACTS[name]) == value


def test_the_columns_are_those_of_the_catalogue():
    """Every feature may be asked for, by the name and in the range that its unit allows."""
    columns = {name for name, fact in FACTS.items() if fact.read is None}
    profiles = {name for name, fact in FACTS.items() if fact.read is not None}
    assert columns == set(CATALOG.names) - profiles
    for name in columns:
        fact, unit = FACTS[name], CATALOG.get(name).unit
        assert (fact.sort == "flag") == (unit == "flag")
        assert unit != "count" or fact.least == 0
    assert FACTS["days_since_login_180d"].most == 180


def test_no_fact_is_one_that_the_law_forbids():
    """Nothing asks for sex, ethnicity, religion or health."""
    for name in FACTS:
        assert not any(word in name for word in ("sex", "gender", "ethnic", "relig", "health"))
    assert set(PRICE_FACTS) <= set(FACTS)


LATER = st.integers(-30, 60)


@given(ahead=st.tuples(LATER, LATER, LATER), needed=st.integers(18, 22), days=st.integers(0, 40))
def test_an_answer_changes_with_time_alone_only_on_the_days_told(a, ahead, needed, days):
    """Against a walk over the next 90 days."""
    born, opened, closed = ahead
    condition = Group(
        "any",
        (
            Comparison(FACTS["age"], at_least=needed, below=needed + 1),
            Comparison(FACTS["tenure_days"], above=days, at_most=days + 10),
            Not(Comparison(FACTS["holds_fund"], numbers=frozenset({1.0}))),
        ),
    )
    who = Subject(
        a.customer(
            birth_date=date(2006, 6, 8) + timedelta(days=born),
            opened_on=DAY - timedelta(days=max(0, opened)),
            holdings=(replace(FUND, closed_on=DAY + timedelta(days=closed)),),
        ),
        DAY,
    )
    told = turning_days(condition, who)
    for walked in range(90):
        today, tomorrow = (DAY + timedelta(days=walked + n) for n in (0, 1))
        first, then = (answer(condition, replace(who, day=day)).holds for day in (today, tomorrow))
        assert first == then or tomorrow in told


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("{ fact = 'tenure_day', at_least = 1 }", "did you mean tenure_days"),
        ("{ fact = 'zzzz', at_least = 1 }", "fact 'zzzz' is unknown; known: kind, age, "),
        ("{ fact = 'age', at_least = 200 }", "write a number from 0 to 150"),
        ("{ fact = 'logins_7d', at_least = -1 }", "write a number of 0 or more"),
        ("{ fact = 'days_since_login_180d', above = 181 }", "write a number from 0 to 180"),
        ("{ fact = 'age' }", "age is compared with nothing; write one or more of: at_least"),
        ("{ fact = 'age', at_least = 30, at_most = 20 }", "no age is both from 30 and to 20"),
        ("{ fact = 'age', above = 30, below = 30 }", "no age is both from 30 and to 30"),
        ("{ fact = 'age', is = 30, at_most = 20 }", "both a value and another bound"),
        ("{ fact = 'age', is = 30, upto = 20 }", "key 'upto' is unknown here"),
        ("{ fact = 'age', one_of = [] }", "one_of is \\[\\]"),
        ("{ fact = 'kind', is = 'retial' }", "choose one of: retail, private"),
        ("{ fact = 'kind' }", "kind is compared with nothing"),
        ("{ fact = 'holds_fund', is = 1 }", "is is 1; write true or false"),
        ("{ }", "says nothing that can be asked; write one of"),
        ("{ fact = 'age', at_least = 1, not = {} }", "says fact and not; write one of"),
        ("{ all = [] }", "all is an empty list; name one condition or more"),
        ("{ any = [{ fact = 'age', at_least = 1 }], x = 1 }", "key 'x' is unknown here"),
    ],
)
def test_what_cannot_be_meant_is_refused(toml, message):
    """Each with what is wrong, what is allowed and what to do."""
    with pytest.raises(PolicyError, match=message):
        said(toml)


def test_a_fact_out_of_place_is_refused():
    """A list of allowed facts is kept to, and named."""
    with pytest.raises(PolicyError, match="'age' may not be asked for here; may be: kind, tenure"):
        said("{ fact = 'age', at_least = 1 }", PRICE_FACTS)


def test_all_that_is_needed_is_judged_part_by_part():
    """Only `all` splits."""
    part = "{ fact = 'age', at_least = 18 }"
    for toml, count in (
        (part, 1),
        (f"{{ all = [{part}, {part}] }}", 2),
        (f"{{ any = [{part}] }}", 1),
    ):
        assert len(needs_of(read_toml(f"needs = {toml}", "p", PolicyError))) == count
