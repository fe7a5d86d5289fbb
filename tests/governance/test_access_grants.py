"""Wider access, asked for and decided; the two-person rule: denied, approved, expired."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from governed import DAY, GOOD, NOW, a_person, a_store, a_user

from goodcall import Text
from goodcall.principal import Principal
from governance import (
    AccessRefused,
    Change,
    StoreError,
    Subject,
    Wish,
    default_access_text,
    last_approved,
    parse_access,
    people,
)
from governance.policy_approvals import Adopted
from governance.sign_on import SignedOn

ACCESS = parse_access(default_access_text())
HOUR = timedelta(hours=1)
WEI, HU = a_person(), a_person("compliance", 5, ())
LI = a_person("regional_manager", 6, (1, 2))
ADMIN = a_person("administrator", 7, ())
ABROAD = Subject(101, manager_id=9, branch_id=9)


def a_wish(**more):
    said = {
        "action": "view",
        "reach": "customer",
        "of": 101,
        "reason": "covers for a colleague",
        "until": NOW + 8 * HOUR,
    }
    return Wish(**(said | more))


def allowed(store, now, who=WEI, at=ABROAD):
    """Whether somebody may look at a customer, with what was granted."""
    try:
        permit = ACCESS.permit(who, "view", at, grants=store.grants_of(who.id, now), now=now)
    except AccessRefused:
        return None
    return permit.via


def test_what_was_asked_for_counts_when_another_approves_and_until_it_ends(store):
    """Pending, approved, expired: refused, allowed by the grant, refused; all of it is kept."""
    number = store.ask(ACCESS, WEI, a_wish(), now=NOW)
    assert allowed(store, NOW) is None
    store.decide(ACCESS, HU, number, approved=True, note="one day", now=NOW + HOUR)
    assert allowed(store, NOW + HOUR - timedelta(seconds=1)) is None
    assert allowed(store, NOW + HOUR) == f"grant {number}"
    assert allowed(store, NOW + HOUR, at=Subject(102, 9, 9)) is None
    assert allowed(store, NOW + HOUR, who=a_person(staff_id=44)) is None
    assert allowed(store, NOW + 8 * HOUR - timedelta(seconds=1)) == f"grant {number}"
    assert allowed(store, NOW + 8 * HOUR) is None
    (kept,) = store.requests()
    assert (kept.who, kept.wish, kept.asked_at) == ("staff 4", a_wish(), NOW)
    ((word),) = kept.words
    assert (word.word, word.by, word.note) == ("approved", "staff 5", "one day")
    assert kept.state(NOW + HOUR) == "approved"
    assert kept.state(NOW + 8 * HOUR) == "expired"


def test_what_was_denied_opens_nothing_and_is_not_decided_again(store):
    """A denial stands; whoever needs it asks anew."""
    number = store.ask(ACCESS, WEI, a_wish(), now=NOW)
    assert store.decide(ACCESS, HU, number, approved=False, now=NOW).state(NOW) == "denied"
    assert allowed(store, NOW) is None
    with pytest.raises(StoreError, match="denied already"):
        store.decide(ACCESS, LI, number, approved=True, now=NOW)
    assert allowed(store, NOW) is None


def test_nobody_decides_on_what_he_asked_for(store):
    """Nor does a person without the role, or a program."""
    number = store.ask(ACCESS, LI, a_wish(), now=NOW)
    with pytest.raises(AccessRefused, match=r"asked for request .* and does not decide on it"):
        store.decide(ACCESS, LI, number, approved=True, now=NOW)
    for other in (WEI, ADMIN, a_person("branch_manager", 8)):
        with pytest.raises(AccessRefused, match=r"may not do access\.approve"):
            store.decide(ACCESS, other, number, approved=True, now=NOW)
    with pytest.raises(AccessRefused, match="a program has none"):
        store.decide(
            ACCESS, Principal("app a", "app", "compliance"), number, approved=True, now=NOW
        )
    assert store.requests()[0].state(NOW) == "pending"


def test_a_request_that_nobody_decided_expires(store):
    """After its time it can be neither approved nor taken back."""
    number = store.ask(ACCESS, WEI, a_wish(), now=NOW)
    late = NOW + 8 * HOUR
    assert store.requests()[0].state(late) == "expired"
    with pytest.raises(StoreError, match="expired already"):
        store.decide(ACCESS, HU, number, approved=True, now=late)
    with pytest.raises(StoreError, match="nothing to end"):
        store.take_back(ACCESS, WEI, number, now=late)


def test_who_asked_may_withdraw_and_who_approves_may_end_early(store):
    """Withdrawn before, ended after; a stranger does neither."""
    first = store.ask(ACCESS, WEI, a_wish(), now=NOW)
    assert store.take_back(ACCESS, WEI, first, now=NOW).state(NOW) == "withdrawn"
    second = store.ask(ACCESS, WEI, a_wish(), now=NOW)
    store.decide(ACCESS, HU, second, approved=True, now=NOW)
    with pytest.raises(AccessRefused, match=r"access\.approve"):
        store.take_back(ACCESS, a_person(staff_id=44), second, now=NOW)
    assert allowed(store, NOW + HOUR) == f"grant {second}"
    store.take_back(ACCESS, LI, second, now=NOW + HOUR)
    assert allowed(store, NOW + HOUR) is None
    assert [word.word for word in store.requests()[1].words] == ["approved", "ended"]


def granted(store):
    """A request of a relationship manager's that a compliance officer approved, one that waits."""
    store.add_user(a_user(), GOOD, now=NOW)
    store.add_user(a_user("hu", "compliance", 5, ()), GOOD, now=NOW)
    number = store.ask(ACCESS, WEI, a_wish(), now=NOW)
    store.decide(ACCESS, HU, number, approved=True, now=NOW)
    assert allowed(store, NOW) == f"grant {number}"
    return number, store.ask(ACCESS, WEI, a_wish(of=102), now=NOW)


def ends(change):
    """How the two requests stand after a change of one of both persons."""
    return {
        "role of who got it": lambda store: store.change_user(
            ADMIN, "wei", role="teller", branches=[1], now=NOW
        ),
        "who got it is out": lambda store: store.disable_user(ADMIN, "wei", now=NOW),
        "role of who approved it": lambda store: store.change_user(
            ADMIN, "hu", role="teller", branches=[], now=NOW
        ),
        "who approved it is out": lambda store: store.disable_user(ADMIN, "hu", now=NOW),
    }[change]


@pytest.mark.parametrize(
    ("change", "states"),
    [
        ("role of who got it", ["ended", "withdrawn"]),
        ("who got it is out", ["ended", "withdrawn"]),
        ("role of who approved it", ["ended", "pending"]),
        ("who approved it is out", ["ended", "pending"]),
    ],
)
def test_a_grant_ends_with_the_role_of_who_got_it_and_of_who_approved_it(store, change, states):
    """It is kept who ended it and why; a role that comes back brings nothing back."""
    granted(store)
    ends(change)(store)
    assert allowed(store, NOW) is None
    assert [each.state(NOW) for each in store.requests()] == states
    word = store.requests()[0].words[-1]
    assert (word.word, word.by) == ("ended", "staff 7")
    assert word.note in {"relationship_manager no more", "compliance no more", "shut out"}
    for name, role in (("wei", "relationship_manager"), ("hu", "compliance")):
        store.disable_user(ADMIN, name, now=NOW, disabled=False)
        store.change_user(ADMIN, name, role=role, branches=[1], now=NOW)
    assert allowed(store, NOW) is None


def test_a_grant_outlives_another_branch_and_ends_with_a_role_that_the_sign_on_gives(store):
    """What was granted does not rest on the branch; the bank's own sign-on changes roles too."""
    store.add_user(a_user(subject="bank|4"), None, now=NOW)
    number = store.ask(ACCESS, WEI, a_wish(), now=NOW)
    store.decide(ACCESS, HU, number, approved=True, now=NOW)
    store.sign_on(
        SignedOn("bank|4", "relationship_manager", 4, frozenset({2})), now=NOW, note=lambda _: None
    )
    assert allowed(store, NOW) == f"grant {number}"
    store.sign_on(SignedOn("bank|4", "teller", 4, frozenset({2})), now=NOW, note=lambda _: None)
    assert allowed(store, NOW) is None
    assert store.requests()[0].words[-1].by == "the bank's sign-on"


BAD_WISHES = (
    (
        {"action": "access.manage"},
        "'access.manage' cannot be granted; what can be is: consent.read",
    ),
    ({"action": "peek"}, "'peek' is no action"),
    (
        {"reach": "planet"},
        "nothing reaches 'planet'; choose one of: customer, manager, branch, all",
    ),
    ({"of": None}, "needs the number of the customer"),
    ({"reach": "all"}, "reaches all needs no number"),
    ({"reason": "  "}, "says why"),
    ({"reason": "x" * 1001}, "1000 characters or fewer"),
    ({"until": NOW}, "ends after now"),
    ({"until": NOW + 31 * DAY}, "within 30 days"),
)


@pytest.mark.parametrize(("wrong", "message"), BAD_WISHES)
def test_a_wish_that_cannot_be_granted_is_refused_when_asked(tmp_path, wrong, message):
    """Every mistake says what can be asked for; nothing is kept of it."""
    with a_store(f"sqlite:///{tmp_path / 'g.db'}") as store:
        with pytest.raises(StoreError, match=re.escape(message)):
            store.ask(ACCESS, WEI, a_wish(**wrong), now=NOW)
        assert store.requests() == ()
        with pytest.raises(StoreError, match="there is no request 7"):
            store.decide(ACCESS, HU, 7, approved=True, now=NOW)


def test_a_file_that_became_narrower_is_heeded_at_the_approval(store):
    """What can no longer be granted is not approved, and earlier grants of it open nothing."""
    number = store.ask(ACCESS, WEI, a_wish(), now=NOW)
    later = store.ask(ACCESS, WEI, a_wish(of=102), now=NOW)
    store.decide(ACCESS, HU, number, approved=True, now=NOW)
    text = default_access_text().replace(
        '"score", "offers", "explain", "view", "next",\n    "contact.check", "contact.reserve", '
        '"contact.outcome",\n    "consent.read", "list.read"',
        '"score", "consent.read", "list.read"',
    )
    narrower = parse_access(text)
    assert "view" not in narrower.grantable
    with pytest.raises(StoreError, match="cannot be granted"):
        store.decide(narrower, HU, later, approved=True, now=NOW)
    with pytest.raises(AccessRefused):
        narrower.permit(WEI, "view", ABROAD, grants=store.grants_of("staff 4", NOW), now=NOW)


def a_change(version="v1", before="v0", loosens=(), reason="fewer complaints"):
    said = tuple(Text(each, each) for each in loosens)
    return Change(version, f"text of {version}", before, said, reason)


def test_one_person_puts_a_tightening_policy_in_force(store):
    """Nothing is looser, so whoever may change policies needs nobody."""
    found = store.propose(ACCESS, LI, a_change(), now=NOW)
    assert (found.state, found.words[0].by) == ("approved", "staff 6")
    assert last_approved(store.proposals()) == found


def test_a_loosening_policy_needs_a_second_person(store):
    """It waits; neither who proposed it nor who may not approve policies decides."""
    found = store.propose(ACCESS, LI, a_change(loosens=["cap rises"]), now=NOW)
    number = found.proposal_id
    assert (found.state, last_approved(store.proposals())) == ("pending", None)

    def decide(by, **more):
        how = {"in_force": "v0", "approved": True, "now": NOW} | more
        return store.decide_policy(ACCESS, by, number, **how)

    with pytest.raises(AccessRefused, match=r"may not do policy\.approve"):
        decide(LI)
    both = parse_access(
        default_access_text().replace(
            '"policy.change", "access.approve"]', '"policy.change", "policy.approve"]'
        )
    )
    with pytest.raises(AccessRefused, match="proposed 1 and does not decide on it"):
        store.decide_policy(both, LI, number, in_force="v0", approved=True, now=NOW)
    with pytest.raises(AccessRefused, match="a program has none"):
        decide(Principal("app a", "app", "compliance"))
    with pytest.raises(StoreError, match="compared with policy v0, and v9 is in force"):
        decide(HU, in_force="v9")
    done = decide(HU, note="agreed by the board")
    assert (done.state, done.by, done.words[0].by) == ("approved", "staff 6", "staff 5")
    assert last_approved(store.proposals()) == done
    with pytest.raises(StoreError, match="approved already"):
        decide(HU, approved=False)


def test_a_refused_policy_never_counts(store):
    """Whatever was refused stays out, and what was approved before stands."""
    first = store.propose(ACCESS, LI, a_change(), now=NOW)
    second = store.propose(ACCESS, LI, a_change("v2", "v1", ["hours"]), now=NOW)
    store.decide_policy(
        ACCESS, HU, second.proposal_id, in_force="v1", approved=False, now=NOW, note="no"
    )
    assert last_approved(store.proposals()).proposal_id == first.proposal_id


def test_the_policy_that_counts_is_the_one_approved_last_whatever_was_proposed_first(store):
    """A proposal that waited counts from its approval, not from when it was made."""
    waiting = store.propose(ACCESS, LI, a_change("v1", "v0", ["cap"]), now=NOW)
    store.propose(ACCESS, LI, a_change("v2", "v0"), now=NOW)
    store.propose(ACCESS, LI, a_change("v0", "v2"), now=NOW)
    assert last_approved(store.proposals()).change.version == "v0"
    store.decide_policy(ACCESS, HU, waiting.proposal_id, in_force="v0", approved=True, now=NOW)
    assert last_approved(store.proposals()).change.version == "v1"


BAD_CHANGES = (
    (WEI, a_change(), AccessRefused, "may not do policy.change"),
    (Principal("app a", "app", "regional_manager"), a_change(), AccessRefused, "is for people"),
    (LI, a_change(reason=" "), StoreError, "says why"),
    (LI, a_change("v0"), StoreError, "policy v0 is in force already"),
)


@pytest.mark.parametrize(("by", "change", "error", "message"), BAD_CHANGES)
def test_a_proposal_that_cannot_be_is_refused(tmp_path, by, change, error, message):
    """By role, by reason and by what it would change."""
    with a_store(f"sqlite:///{tmp_path / 'g.db'}") as store:
        with pytest.raises(error, match=message):
            store.propose(ACCESS, by, change, now=NOW)
        assert store.proposals() == ()


def test_setting_up_adopts_the_policy_once(store):
    """The first person and the policy in force come in one; a second set-up is refused."""
    adopted = Adopted("command line", "v0", "text")
    store.set_up(a_user(role="administrator"), GOOD, adopted, now=NOW)
    assert last_approved(store.proposals()).change.version == "v0"
    with pytest.raises(StoreError, match="set up already"):
        store.set_up(a_user(name="hu", staff_id=9), GOOD, adopted, now=NOW)
    assert [user.name for user in store.users()] == ["wei"]


def test_of_two_who_set_access_up_at_once_one_is_the_first(governance_url, monkeypatch):
    """The other is told that access is set up; there is one administrator and one policy."""
    adopted = Adopted("command line", "v0", "text")
    count = people.count_users

    def slowly(connection):
        found = count(connection)
        time.sleep(0.3)
        return found

    monkeypatch.setattr(people, "count_users", slowly)

    def set_up(store, user):
        try:
            store.set_up(user, GOOD, adopted, now=NOW)
        except StoreError as error:
            return str(error)
        return "first"

    with a_store(governance_url) as here, a_store(governance_url) as there:
        users = a_user(role="administrator"), a_user("hu", "administrator", 9)
        with ThreadPoolExecutor(2) as pool:
            said = sorted(pool.map(set_up, (here, there), users))
        assert said[0].startswith("access is set up already")
        assert said[1] == "first"
        assert len(here.users()) == len(here.proposals()) == 1


def test_two_who_decide_at_once_decide_one_after_the_other(governance_url):
    """Of an approval and a denial of one request, in two processes' stores, one is refused."""
    with a_store(governance_url) as here, a_store(governance_url) as there:
        for _ in range(5):
            number = here.ask(ACCESS, WEI, a_wish(), now=NOW)

            def say(store, by, number, approved):
                try:
                    store.decide(ACCESS, by, number, approved=approved, now=NOW)
                except StoreError:
                    return 0
                return 1

            with ThreadPoolExecutor(2) as pool:
                done = [
                    pool.submit(say, here, HU, number, True),  # noqa: FBT003 - approved
                    pool.submit(say, there, LI, number, False),  # noqa: FBT003 - denied
                ]
            assert sum(each.result() for each in done) == 1
            assert len(here.requests()[-1].words) == 1


def test_a_proposal_that_was_compared_with_an_older_policy_is_refused(store):
    """Even one that only tightened that one: what it loosens of the newer is unknown."""
    store.propose(ACCESS, LI, a_change("v1", "v0"), now=NOW)
    with pytest.raises(StoreError, match="compared with policy v0, and v1 is in force"):
        store.propose(ACCESS, LI, a_change("v2", "v0"), now=NOW)
    assert last_approved(store.proposals()).change.version == "v1"
