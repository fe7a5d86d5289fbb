"""Whose list a customer is on, and who stands in for a manager who is away."""

from collections import Counter

from outreach.roster import Staffing, roster_of

STAFFING = Staffing(minutes={7: 0, 8: 60, 9: 120, 20: 60}, branch_of={7: 1, 8: 1, 9: 1, 20: 2},
                    default_minutes=90)  # fmt: skip


def people(a, count=900, manager=7):
    return [a.customer(customer_id=who, manager_id=manager, branch_id=1) for who in range(count)]


def test_CP_40_an_absent_managers_customers_go_to_colleagues_of_the_branch_by_their_minutes(a):
    """A third to the one with 60 minutes, two thirds to the one with 120, none elsewhere."""
    roster = roster_of(people(a), STAFFING, by_manager=True)
    counts = Counter(roster.list_of.values())
    assert set(counts) == {8, 9}
    assert 250 < counts[8] < 350
    assert set(roster.covered.values()) == {7}
    assert roster.minutes == {8: 60, 9: 120}


def test_a_customer_keeps_the_colleague_whoever_else_comes_back(a):
    """When a third colleague joins, whoever changes goes to that one."""
    before = roster_of(people(a), STAFFING, by_manager=True).list_of
    more = Staffing(
        STAFFING.minutes | {10: 60}, {**STAFFING.branch_of, 10: 1}, STAFFING.default_minutes
    )
    after = roster_of(people(a), more, by_manager=True).list_of
    moved = {who for who in before if before[who] != after[who]}
    assert moved
    assert {after[who] for who in moved} == {10}


def test_without_a_colleague_the_list_stays_with_no_minutes(a):
    """Nobody else is in the branch: the customers stay on the absent manager's list, of 0."""
    alone = Staffing({7: 0}, {7: 1}, 90)
    roster = roster_of(people(a, 3), alone, by_manager=True)
    assert roster.list_of == {0: 7, 1: 7, 2: 7}
    assert roster.minutes == {7: 0}
    assert roster.covered == {}


def test_lists_by_branch_and_customers_without_a_list(a):
    """A branch's list has the default minutes; who has no manager is on no manager's list."""
    crowd = [*people(a, 2), a.customer(customer_id=5, manager_id=None, branch_id=4)]
    by_branch = roster_of(crowd, Staffing({}, {}, 90), by_manager=False)
    assert by_branch.list_of == {0: 1, 1: 1, 5: 4}
    assert by_branch.minutes == {1: 90, 4: 90}
    assert 5 not in roster_of(crowd, STAFFING, by_manager=True).list_of
