"""A password that another person gave: good once, for a day, and for no second person's word."""

from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from governed import DAY, GOOD, NOW, OTHER, a_person, a_store, a_user
from sqlalchemy import create_engine

import governance
from goodcall import Text
from governance import (
    AccessRefused,
    Change,
    SignInRefused,
    Wish,
    default_access_text,
    parse_access,
    resets,
)
from governance.errors import PasswordToChange
from governance.resets import APART_DAYS

ACCESS = parse_access(default_access_text())
ADA, HU = a_person("administrator", 1, ()), a_person("compliance", 5, ())
LI = a_person("regional_manager", 6, (1, 2))
SECOND = timedelta(seconds=1)


@pytest.fixture
def staffed(store):
    """An administrator, a compliance officer and a regional manager."""
    for name, who in (("ada", ADA), ("hu", HU), ("li", LI)):
        user = a_user(name, who.role, who.staff_id, who.branches)
        store.add_user(user, GOOD, now=NOW - DAY)
    return store


def a_request(store, who, now):
    wish = Wish("view", "all", None, "why", now + 8 * timedelta(hours=1))
    return store.ask(ACCESS, who, wish, now=now)


def test_a_given_password_signs_in_nobody_until_it_is_changed(staffed):
    """It is right, so it says what to do; sessions and the old password are over."""
    token = staffed.sign_in("hu", GOOD, now=NOW)
    given = staffed.reset_password(ADA, "hu", now=NOW)
    assert staffed.principal_of_session(token, NOW) is None
    with pytest.raises(SignInRefused, match="the name or the password is not right"):
        staffed.sign_in("hu", GOOD, now=NOW)
    with pytest.raises(PasswordToChange, match="given by another person"):
        staffed.sign_in("hu", given.password, now=NOW)
    assert staffed.proved("hu", given.password, now=NOW, may_be_one_time=True).name == "hu"
    staffed.set_password("hu", OTHER, now=NOW)
    assert staffed.principal_of_session(staffed.sign_in("hu", OTHER, now=NOW), NOW) == HU
    with pytest.raises(SignInRefused, match="the name or the password is not right"):
        staffed.proved("hu", given.password, now=NOW, may_be_one_time=True)


def test_a_given_password_is_good_for_a_day(staffed):
    """Afterwards it is as wrong as any other."""
    given = staffed.reset_password(ADA, "hu", now=NOW)
    how = {"may_be_one_time": True}
    assert staffed.proved("hu", given.password, now=NOW + DAY - SECOND, **how).name == "hu"
    with pytest.raises(SignInRefused, match="the name or the password is not right"):
        staffed.proved("hu", given.password, now=NOW + DAY, **how)


def test_a_drawn_password_that_holds_the_name_is_drawn_anew(staffed, monkeypatch):
    """Chance puts a name of three letters into one password of some thousands."""
    drawn = iter(["x7Qf-9LmHUz2_TkYadaB", "x7Qf-9LmAdaz2_TkYqRB", "x7Qf-9Lmruz2_TkYqRBv"])
    monkeypatch.setattr(resets.secrets, "token_urlsafe", lambda _: next(drawn))
    given = resets.draw_one_time("ada", NOW)
    assert given == resets.OneTime("x7Qf-9Lmruz2_TkYqRBv", NOW + DAY)
    staffed.set_password("ada", given.password, now=NOW)


def test_nobody_gives_himself_a_password(staffed):
    """One's own is changed, by who knows the old one."""
    with pytest.raises(AccessRefused, match="does not change what he may do himself"):
        staffed.reset_password(ADA, "ada", now=NOW)


@pytest.mark.parametrize("taken", ["hu", "li"])
def test_an_account_that_another_held_is_no_second_person_for_a_while(staffed, taken):
    """Whether who approves or who asks was taken over; after two weeks it is another again."""
    asks, decides, by = (ADA, HU, ADA) if taken == "hu" else (LI, HU, HU)
    staffed.reset_password(by, taken, now=NOW)
    soon, late = NOW + APART_DAYS * DAY - SECOND, NOW + APART_DAYS * DAY
    for approved in (True, False):
        with pytest.raises(AccessRefused, match="could have acted as either"):
            staffed.decide(
                ACCESS, decides, a_request(staffed, asks, soon), approved=approved, now=soon
            )
    number = a_request(staffed, asks, late)
    assert (
        staffed.decide(ACCESS, decides, number, approved=True, now=late).state(late) == "approved"
    )


def test_two_accounts_that_one_person_held_decide_on_nothing_of_each_other(staffed):
    """The administrator who reset both could have proposed and approved a policy."""
    loosens = (Text("cap", "上限"),)
    found = staffed.propose(ACCESS, LI, Change("v1", "t", "v0", loosens, "campaign"), now=NOW)
    how = {"in_force": "v0", "approved": True}
    staffed.reset_password(ADA, "hu", now=NOW)
    staffed.reset_password(ADA, "li", now=NOW)
    with pytest.raises(AccessRefused, match="staff 1 could have acted as either"):
        staffed.decide_policy(ACCESS, HU, found.proposal_id, now=NOW, **how)
    late = NOW + APART_DAYS * DAY
    assert staffed.decide_policy(ACCESS, HU, found.proposal_id, now=late, **how).state == "approved"


def refused(store, asks, decides, at):
    """Whether one person may have held both who asks and who decides."""
    number = a_request(store, asks, at)
    try:
        store.decide(ACCESS, decides, number, approved=True, now=at)
    except AccessRefused as error:
        return "could have acted as either" in str(error)
    return False


def test_a_further_reset_by_another_does_not_hide_the_first(staffed):
    """Each counts for its own two weeks."""
    staffed.reset_password(ADA, "hu", now=NOW)
    staffed.reset_password(LI, "hu", now=NOW + DAY)
    last = NOW + APART_DAYS * DAY
    assert refused(staffed, ADA, HU, last - SECOND)
    assert refused(staffed, LI, HU, last)
    assert not refused(staffed, ADA, HU, last)
    assert not refused(staffed, LI, HU, last + DAY)


def test_who_held_an_account_holds_those_that_it_gave_passwords_to(staffed):
    """For as long as the last password of the chain counts, however old the first is by then."""
    staffed.reset_password(ADA, "li", now=NOW)
    staffed.reset_password(LI, "hu", now=NOW + 13 * DAY)
    assert refused(staffed, ADA, HU, NOW + 13 * DAY)
    assert refused(staffed, ADA, HU, NOW + 26 * DAY)
    assert not refused(staffed, ADA, HU, NOW + 27 * DAY)


@pytest.mark.parametrize("first", [DAY, APART_DAYS * DAY])
def test_who_did_not_hold_an_account_then_has_nothing_by_what_it_gave(staffed, first):
    """Neither who came to it later nor whose time was over."""
    later = first == DAY
    given = [("li", ADA), ("hu", LI)][:: -1 if later else 1]
    for at, (name, by) in zip((NOW, NOW + first), given, strict=True):
        staffed.reset_password(by, name, now=at)
    assert not refused(staffed, ADA, HU, NOW + first + DAY)
    assert refused(staffed, LI, HU, NOW + first + DAY)


def test_two_who_gave_each_other_passwords_are_one(staffed):
    """In whatever order, also within one second."""
    staffed.reset_password(LI, "hu", now=NOW)
    staffed.reset_password(HU, "li", now=NOW)
    staffed.reset_password(ADA, "li", now=NOW)
    assert refused(staffed, LI, HU, NOW)
    assert refused(staffed, ADA, HU, NOW)


def test_a_reset_that_an_earlier_release_kept_still_counts(governance_url):
    """The store is brought up to date with it, and back without losing the last one."""
    with a_store(governance_url) as store:
        for name, who in (("hu", HU), ("li", LI)):
            store.add_user(a_user(name, who.role, who.staff_id, who.branches), GOOD, now=NOW)
        for by, at in ((LI, NOW), (ADA, NOW + DAY)):
            store.reset_password(by, "hu", now=at)
    brought_to("0004", governance_url)
    with a_store(governance_url) as store:
        assert refused(store, ADA, HU, NOW + DAY)
        assert not refused(store, LI, HU, NOW + DAY)
        assert not refused(store, ADA, LI, NOW + DAY)


def brought_to(shape, url):
    """A store in the shape of an earlier release."""
    engine = create_engine(url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option(
            "script_location", str(Path(governance.__file__).parent / "migrations")
        )
        config.attributes["connection"] = connection
        command.downgrade(config, shape)
    engine.dispose()


def test_a_person_who_was_reset_still_decides_on_what_others_asked(staffed):
    """Who has nothing to do with whoever gave the password is a second person as ever."""
    staffed.reset_password(ADA, "hu", now=NOW)
    number = a_request(staffed, LI, NOW)
    assert staffed.decide(ACCESS, HU, number, approved=True, now=NOW).state(NOW) == "approved"
