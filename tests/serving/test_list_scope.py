"""Whose rows a list tells: its holder's on its own day, and later those of whose customers are."""

import tomllib
from dataclasses import replace
from datetime import timedelta

import pytest
from asked_by import Keys, Lines, a_gate
from busy import AT, MANAGER, busy_workspace, person
from served import DAY, talking_to

from features.catalog import CATALOG
from features.online_publish import publish
from features.profiles import profiles
from governance.access_file import default_access_text

LIST = f"/v1/lists/{DAY}/{MANAGER}"
PEOPLE = {
    "holder": person("relationship_manager"),
    "heir": person("relationship_manager", staff_id=8, branches=(2,)),
    "here": person("branch_manager", staff_id=21, branches=(1,)),
    "there": person("branch_manager", staff_id=22, branches=(2,)),
    "elsewhere": person("branch_manager", staff_id=23, branches=(3,)),
    "region": person("regional_manager", staff_id=24, branches=(1, 2)),
    "teller": person("teller"),
    "app": person("app"),
}
PEOPLE = {name: replace(who, id=name) for name, who in PEOPLE.items()}


def moved(customer_id):
    """Whether a customer went to manager 8 of branch 2 after the list was made."""
    return customer_id % 2 == 0


@pytest.fixture(scope="module")
def place(tmp_path_factory, finished, bank, computed):
    """A day's list of manager 7, half of whose customers have since gone to another."""
    place = busy_workspace(tmp_path_factory.mktemp("moved") / "var", finished, bank, computed)
    people = tuple(
        replace(each, manager_id=8, branch_id=2) if moved(each.customer_id) else each
        for each in profiles(bank, DAY)
    )
    publish(place.online_url, computed, people, bank=bank, as_of=DAY, now=AT, catalog=CATALOG)
    return place


def asking(place, lines, now):
    return talking_to(place, now=now, gate=a_gate(Keys(PEOPLE), lines, now=now))


@pytest.fixture(scope="module")
def days(place):
    """Asks on the list's own day and on the day after; yields the two ways and the audit lines."""
    lines = Lines()
    with (
        asking(place, lines, AT) as (today, _),
        asking(place, lines, AT + timedelta(days=1)) as (tomorrow, _),
    ):

        def way(client):
            def ask(who, path=LIST, method="GET", body=None):
                lines.clear()
                proof = {"authorization": f"Bearer {who}"}
                return client.request(method, path, headers=proof, json=body)

            return ask

        yield way(today), way(tomorrow), lines


def told(answer):
    """The customers whose rows an answer tells."""
    assert answer.status_code == 200, answer.text
    return {each["customer_id"] for each in answer.json()["rows"]}


@pytest.fixture(scope="module")
def everybody(days):
    """Everybody on the list, as an app is told, who may ask about all."""
    today, _, _ = days
    found = told(today("app"))
    assert {moved(who) for who in found} == {True, False}
    return found


def test_on_its_own_day_a_list_is_its_holders(days, everybody):
    """All of it, whoever's the customers are by now; and it is no colleague's."""
    today, _, _ = days
    assert told(today("holder")) == everybody
    assert today("heir").status_code == 403


def test_a_list_of_an_earlier_day_gives_nobody_what_moved(days, everybody):
    """The former holder keeps the rows of those who stayed; the rest are their new manager's."""
    _, tomorrow, lines = days
    assert told(tomorrow("holder")) == {who for who in everybody if not moved(who)}
    ((who, did, _, facts),) = lines
    assert (who, did) == ("holder", "list.read")
    assert set(facts["refused"]) == {who for who in everybody if moved(who)}
    assert (facts["day"], facts["list"]) == (str(DAY), MANAGER)
    assert told(tomorrow("heir")) == {who for who in everybody if moved(who)}


@pytest.mark.parametrize(
    ("step", "body"), [("open", None), ("reserve", {}), ("skip", {"code": "ALREADY_HANDLED"})]
)
def test_a_row_of_an_earlier_day_is_worked_by_whose_customer_it_is(days, everybody, step, body):
    """What moved is refused to the former holder by every step, and what stayed to the heir."""
    today, tomorrow, _ = days
    ranks = {each["customer_id"]: each["rank"] for each in today("app").json()["rows"]}
    gone = next(who for who in everybody if moved(who))
    stayed = next(who for who in everybody if not moved(who))
    for who, customer in (("holder", gone), ("heir", stayed)):
        path = f"{LIST}/{ranks[customer]}/{step}"
        assert tomorrow(who, path, "POST", body).status_code == 403
    for who, customer in (("holder", stayed), ("heir", gone)):
        assert tomorrow(who, f"{LIST}/{ranks[customer]}/open", "POST").status_code == 200
    assert today("holder", f"{LIST}/{ranks[gone]}/open", "POST").status_code == 200


@pytest.mark.parametrize("which", [0, 1])
def test_a_branch_manager_gets_the_rows_of_the_own_branch(days, everybody, which):
    """Of any list, the own day's too; a region gets those of all its branches."""
    ask = days[which]
    assert told(ask("here")) == {who for who in everybody if not moved(who)}
    assert told(ask("there")) == {who for who in everybody if moved(who)}
    assert told(ask("region")) == everybody
    assert ask("elsewhere").status_code == 403
    assert ask("teller").status_code == 403


@pytest.mark.parametrize(
    ("who", "role"), [("here", "branch_manager"), ("region", "regional_manager")]
)
def test_a_branch_managers_list_holds_the_fields_of_the_role(days, who, role):
    """Field by field: every row has what the role sees, no more and no less."""
    today, _, _ = days
    answer = today(who).json()
    said = tomllib.loads(default_access_text())
    may = {
        name for each in said["role"][role]["sees"] for name in said["fields"]["list"].get(each, [])
    }
    above = {name.partition(".")[0] for name in may}
    assert set(answer) == above
    for row in answer["rows"]:
        assert {f"rows.{name}" for name in row} == {name for name in may if "rows." in name}


def test_nobody_learns_which_lists_there_are(days):
    """A list of somebody else's and one that is not there are refused in the same words."""
    today, _, lines = days
    for who in ("heir", "elsewhere", "teller"):
        for there, missing in (
            (LIST, f"/v1/lists/{DAY}/77"),
            (LIST, f"/v1/lists/2025-01-01/{MANAGER}"),
        ):
            answers = [today(who, path) for path in (there, missing)]
            assert [each.status_code for each in answers] == [403, 403]
            assert answers[0].json() == answers[1].json()
            assert len(lines) == 1
        answers = [today(who, f"{LIST}/{rank}/open", "POST") for rank in (1, 9_999)]
        assert [each.status_code for each in answers] == [403, 403]
        assert answers[0].json() == answers[1].json()
    assert today("holder", f"{LIST}/9999/open", "POST").status_code == 404
    assert today("holder", f"/v1/lists/2025-01-01/{MANAGER}").status_code == 404
    assert len(lines) == 1
