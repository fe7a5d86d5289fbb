"""S07: numbers that bounced, changed or were not verified for long, from raw rows to the plan."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from builders import EARLY, a_bank, a_customer
from hypothesis import given
from hypothesis import strategies as st

from features import profiles
from goodcall.profile import Point, profile_from_json, profile_to_json
from governance import PartialMasker
from outreach import (
    Candidate,
    History,
    ListedRow,
    PolicyError,
    Request,
    decide,
    default_policy_text,
    outreach_list,
    parse_policy,
    plan_day,
)
from outreach.points import usable_points
from outreach.request import facts_of

OLD, NEW = "13800138000", "13900139000"
CHANGED = datetime(2026, 6, 4, 3, 0, tzinfo=UTC)
POLICY = parse_policy(default_policy_text())
LIMITED = POLICY.text.replace(
    "doubtful_after_days = 365", "doubtful_after_days = 365\nmax_age_days = 730"
)


def a_point(point_id=11, value=OLD, happened=EARLY, **facts):
    plain = {"customer_id": 1, "happened_at": happened, "known_at": happened, "channel": "phone"}
    return {"point_id": point_id, "value": value, "valid": True} | plain | facts


def a_contact(outcome, at=CHANGED, channel="phone", **facts):
    plain = {"customer_id": 1, "happened_at": at, "known_at": at, "direction": "outbound"}
    known = {"contact_id": 5, "category": "service", "state": "failed", "channel": channel}
    return plain | known | {"outcome": outcome} | facts


def a_profile(tmp_path, day, points, contacts=()):
    """Customer 1 as the bank knew it before a day, from raw rows, with consent to be called."""
    granted = {
        "consent_id": 1, "customer_id": 1, "happened_at": EARLY, "known_at": EARLY,
        "action": "grant", "evidence_source": "branch form", "text_version": "v3",
    }  # fmt: skip
    tables = {"contact_points": list(points), "consents": [granted]}
    if contacts:
        tables["contacts"] = list(contacts)
    bank = a_bank(tmp_path / f"bank-{day}", customers=[a_customer(manager_id=7)], **tables)
    (profile,) = profiles(bank, day)
    return profile


def attempts(a, profile, day, policy=POLICY, history=None):
    """Every attempt on a customer's day by channel: the number it would go to, and why not."""
    plan = plan_day(
        [Candidate(profile, {"churn": 0.4, "buys:fund": 0.3}, 10**8)],
        offers=(a.offer(),),
        policy=policy,
        day=day,
        holdout_key=b"sixteen bytes and more",
        explainer=a.explainer(),
        capacities={},
        model_versions={},
        history={1: history} if history else None,
    )
    value = {point.point_id: point.value for point in profile.points}
    found = {}
    for attempt in plan.trail(1).attempts:
        check = next(c for c in attempt.decision.checks if c.rule == "identity")
        found.setdefault(attempt.channel, set()).add(
            (value.get(attempt.point_id), check.verdict.passes, check.verdict.because)
        )
    return found, plan


def test_after_a_change_of_number_nothing_goes_to_the_old_one(a, tmp_path):
    """Known on 4 June at 11:00: that day's plan still has the old number, the next only the new."""
    points = [
        a_point(verified_on=date(2026, 1, 5)),
        a_point(12, NEW, CHANGED, verified_on=date(2026, 6, 4)),
    ]
    for day, value in ((date(2026, 6, 4), OLD), (date(2026, 6, 5), NEW), (date(2026, 9, 1), NEW)):
        profile = a_profile(tmp_path, day, points)
        found, plan = attempts(a, profile, day)
        assert found["phone"] == found["sms"] == {(value, True, None)}
        assert found["branch"] == {(None, True, None)}
        assert plan.rows


@pytest.mark.parametrize("channel", ["phone", "sms"])
def test_a_request_for_the_replaced_number_is_blocked_with_its_reason(a, tmp_path, channel):
    """Whoever asks for the old number by its id is told that it was replaced."""
    points = [a_point(), a_point(12, NEW, CHANGED)]
    profile = a_profile(tmp_path, date(2026, 6, 5), points)
    asked = Request("r", 1, channel, category="service", point_id=11)
    decision = decide(asked, a.facts(profile), POLICY, a.moment("2026-06-05 10:00"))
    assert (decision.verdict, decision.until, decision.failing) == ("block", None, ("identity",))
    assert decision.checks[0].verdict.because == "replaced_contact_point"
    fresh = replace(asked, point_id=12)
    assert decide(fresh, a.facts(profile), POLICY, a.moment("2026-06-05 10:00")).verdict == "allow"


def test_the_old_number_does_not_come_back_when_the_new_one_bounces(a, tmp_path):
    """Nobody is reached at a number that was given up; verified again it counts."""
    bounce = a_contact("BOUNCE", CHANGED + timedelta(days=2), "sms", point_id=12)
    points = [a_point(), a_point(12, NEW, CHANGED)]
    day = date(2026, 6, 8)
    profile = a_profile(tmp_path, day, points, [bounce])
    found, _ = attempts(a, profile, day)
    assert found["phone"] == found["sms"] == {(None, False, "bounced_contact_point")}
    again = [*points, a_point(known_at=CHANGED, verified_on=date(2026, 6, 7))]
    later = a_profile(tmp_path / "again", day, again, [bounce])
    assert attempts(a, later, day)[0]["phone"] == {(OLD, True, None)}


@pytest.mark.parametrize(
    ("second", "usable"),
    [
        ({"valid": False}, {OLD}),
        ({"happened": EARLY}, {OLD, NEW}),
        ({"channel": "email"}, {OLD}),
        ({"value": OLD}, {OLD}),
    ],
)
def test_only_a_newer_valid_number_of_the_same_kind_replaces(a, tmp_path, second, usable):
    """An invalid one, one as old, an address or the same number once more replace nothing."""
    facts = {"value": NEW, "happened": CHANGED} | second
    happened = facts.pop("happened")
    points = [a_point(), a_point(12, facts.pop("value"), happened, **facts)]
    profile = a_profile(tmp_path, date(2026, 6, 8), points)
    found = usable_points(
        a.facts(profile), "phone", a.moment("2026-06-08 10:00"), POLICY.bank_terms
    )
    assert {point.value for point in found} == usable


def test_a_correction_of_the_old_number_does_not_make_it_the_newest(a, tmp_path):
    """A later version of the old row leaves the day on which the number began."""
    late = CHANGED + timedelta(days=1)
    points = [a_point(), a_point(12, NEW, CHANGED), a_point(happened=late)]
    profile = a_profile(tmp_path, date(2026, 6, 8), points)
    assert {p.point_id: p.since for p in profile.points} == {11: EARLY, 12: CHANGED}
    assert attempts(a, profile, date(2026, 6, 8))[0]["sms"] == {(NEW, True, None)}
    assert profile_from_json(profile_to_json(profile)) == profile


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("outcome", ["BOUNCE", "WRONG_NUMBER", "INVALID", "DISCONNECTED"])
def test_a_number_found_dead_is_not_used_until_it_is_verified(a, tmp_path, outcome, named):
    """From its second on, however long ago, and whether or not the contact log names the point."""
    heard = a_contact(outcome, **({"point_id": 11} if named else {}))
    because = "bounced_contact_point" if outcome == "BOUNCE" else "dead_contact_point"
    for day in (date(2026, 6, 5), date(2027, 12, 1)):
        profile = a_profile(tmp_path, day, [a_point()], [heard])
        found, plan = attempts(a, profile, day)
        assert found["phone"] == found["sms"] == {(None, False, because)}
        assert {row.channel for row in plan.rows} <= {"branch"}
    before = decide(
        Request("r", 1, "phone", category="service", point_id=11),
        a.facts(profile),
        POLICY,
        CHANGED.replace(second=0) - timedelta(seconds=1),
    )
    assert before.checks[0].verdict.passes
    verified = a_point(known_at=CHANGED, verified_on=date(2026, 6, 5))
    revived = a_profile(tmp_path / "revived", date(2026, 6, 8), [a_point(), verified], [heard])
    assert attempts(a, revived, date(2026, 6, 8))[0]["phone"] == {(OLD, True, None)}


def test_a_dead_number_stays_dead_under_another_id(a, tmp_path):
    """Entered once more without a verification, it is the same number."""
    heard = a_contact("WRONG_NUMBER", point_id=11)
    points = [a_point(), a_point(12, OLD, CHANGED + timedelta(days=1))]
    profile = a_profile(tmp_path, date(2026, 6, 8), points, [heard])
    found, _ = attempts(a, profile, date(2026, 6, 8))
    assert found["phone"] == {(None, False, "dead_contact_point")}


def test_a_dead_letter_box_says_nothing_about_the_telephone(a, tmp_path):
    """A contact that names no point speaks of the kind that its channel uses, as it stood then."""
    letter = a_contact("BOUNCE", channel="email")
    verified = a_point(verified_on=date(2026, 1, 5))
    assert attempts(
        a, a_profile(tmp_path, date(2026, 6, 8), [verified], [letter]), date(2026, 6, 8)
    )[0]["phone"] == {(OLD, True, None)}
    later = a_point(happened=CHANGED + timedelta(days=1))
    unnamed = a_profile(tmp_path / "2", date(2026, 6, 8), [later], [a_contact("WRONG_NUMBER")])
    assert attempts(a, unnamed, date(2026, 6, 8))[0]["phone"] == {(OLD, True, None)}


def test_a_bounce_in_the_ledger_counts_at_once(a, tmp_path):
    """What the ledger heard after the bank's tables were read is in the plan."""
    day = date(2026, 6, 8)
    profile = a_profile(tmp_path, day, [a_point()])
    heard = a.contact("2026-06-07 10:00", outcome="BOUNCE", state="failed", point_id=11)
    found, _ = attempts(a, profile, day, history=History(contacts=(heard,)))
    assert found["sms"] == {(None, False, "bounced_contact_point")}
    facts = facts_of(profile, {}, holdout=False, history=History(contacts=(heard,)))
    asked = Request("r", 1, "sms", category="service", point_id=11)
    moments = [a.moment("2026-06-07 09:59:59"), a.moment("2026-06-07 10:00:00")]
    said = [decide(asked, facts, POLICY, at).checks[0].verdict.passes for at in moments]
    assert said == [True, False]


@pytest.mark.parametrize(
    ("verified", "passes", "because"),
    [
        (date(2025, 6, 8), True, None),
        (date(2025, 6, 7), True, "doubtful_contact_point"),
        (date(2024, 6, 8), True, "doubtful_contact_point"),
        (date(2024, 6, 7), False, "unverified_contact_point"),
        (None, False, "unverified_contact_point"),
    ],
)
def test_a_number_grows_doubtful_and_then_too_old(a, tmp_path, verified, passes, because):
    """365 days after the last verification it is doubted, and past 730, where set, not used."""
    day = date(2026, 6, 8)
    profile = a_profile(tmp_path, day, [a_point(verified_on=verified)])
    found, _ = attempts(a, profile, day, parse_policy(LIMITED))
    assert found["phone"] == {(OLD if passes else None, passes, because)}
    shipped, _ = attempts(a, profile, day)
    doubtful = "doubtful_contact_point" if because else None
    assert shipped["phone"] == {(OLD, True, doubtful)}


def test_a_doubtful_number_is_shown_as_an_assumption(a, tmp_path):
    """The list says beside the row that the number is only assumed to be still theirs."""
    day, told = date(2026, 6, 8), {}
    for verified in (date(2026, 6, 1), None):
        profile = a_profile(tmp_path / str(verified), day, [a_point(verified_on=verified)])
        phone_only = parse_policy(
            POLICY.text.replace('id = "branch"\nminutes = 20', 'id = "branch"\nminutes = 5000')
        )
        _, plan = attempts(a, profile, day, phone_only)
        (row,) = outreach_list(
            [ListedRow(each, "planned", None) for each in plan.rows],
            {1: facts_of(profile, {}, holdout=False)},
            day=day,
            list_id=7,
            policy=POLICY,
            masker=PartialMasker(),
        ).rows
        told[verified] = [note.en for note in row.assumed]
    assert "that the number is still theirs" in told[None]
    assert told[date(2026, 6, 1)] == told[None][:-1]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 40), st.booleans(), st.integers(0, 2), st.none() | st.integers(0, 40)
        ),
        max_size=5,
    ),
    st.integers(0, 40),
)
def test_a_replaced_number_is_never_used(a, points, at):
    """A number stands where no other valid one began later, or where it was verified after all."""
    start = datetime(2026, 1, 1, 4, 0, tzinfo=UTC)
    known = tuple(
        Point(
            *(n, "phone", str(value), valid),
            None if day is None else date(2026, 1, 1) + timedelta(days=day),
            start + timedelta(days=began),
        )
        for n, (began, valid, value, day) in enumerate(points)
    )
    facts = a.facts(a.customer(points=known))
    now = start + timedelta(days=at)
    usable = usable_points(facts, "phone", now, POLICY.bank_terms)
    for point in known:
        others = [p for p in known if p.valid and p.value != point.value]
        later = [p for p in others if point.since < p.since <= now]
        stands = all(point.verified_on and point.verified_on > p.since.date() for p in later)
        assert (point in usable) == (point.valid and stands)


@pytest.mark.parametrize(
    "wrong", ["max_age_days = 0", 'doubtful_after_days = "a year"', "days = 3"]
)
def test_a_limit_that_does_not_read_is_refused(a, wrong):
    """No limit is ignored: a mistake names its line."""
    with pytest.raises(PolicyError, match=r"line \d+ \[identity\]"):
        parse_policy(a.head + f"[identity]\n{wrong}\n")
