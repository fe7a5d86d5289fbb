"""Who is one customer: strong keys merge, a shared telephone never, a contradiction is asked."""

from datetime import date, timedelta

import pytest
from records import KEY, KNOWN, a_record, a_resident_id, groups, numbers, resolved

from banks.errors import IdentityError
from banks.identity.hand import RecordKey, Word, link, parse_record, unlink
from banks.identity.prints import hash_document

BORN = date(1990, 5, 31)
PHONE = {"phone": "13800138000", "phone_verified": True}
WEI = {"name": "张伟", "birth_date": BORN}
LATER = KNOWN + timedelta(days=200)


def word(reason="seen at the branch"):
    return Word("staff 7", reason, LATER)


def one(*members):
    return frozenset(members)


def why(found):
    return [
        (r["kind"], r["why"], f"{r['source']}:{r['source_key']}") for r in found.review.to_pylist()
    ]


def test_three_sources_become_one_profile():
    """S01: core and cards share a document, the online channel name, birth date and a number."""
    found = resolved(
        a_record("core", "1", document_number=a_resident_id(), name="张伟"),
        a_record("cards", "9", document_number=a_resident_id().lower(), name="张 伟", **PHONE),
        a_record("online", "u1", **WEI, phone="+86 138-0013-8000", phone_verified=True),
    )
    assert groups(found) == {one("core:1", "cards:9", "online:u1")}
    assert (found.new, found.merged, found.review.num_rows) == (1, 2, 0)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"name": "张敏", **PHONE}, {"name": "张伟", **PHONE}),
        ({**PHONE}, {**PHONE}),
        ({"name": "张伟", **PHONE}, {"name": "张伟", **PHONE}),
        ({"name": "张伟", "birth_date": BORN, **PHONE}, {"birth_date": BORN, **PHONE}),
        ({"name": "王", "birth_date": BORN, **PHONE}, {"name": "王", "birth_date": BORN, **PHONE}),
        ({"name": "J Li", "birth_date": BORN, **PHONE},) * 2,
    ],
)
def test_a_shared_phone_without_full_name_and_birth_date_merges_nobody(first, second):
    """S06: families share telephones; initials and single signs tell nobody apart."""
    found = resolved(a_record("core", "1", **first), a_record("cards", "2", **second))
    assert groups(found) == {one("core:1"), one("cards:2")}
    assert found.review.num_rows == 0


def test_twins_stay_two():
    """S06: same surname, birth date, telephone and address; other given names and documents."""
    mail = {"email": "family@example.com", "email_verified": True}
    anna, jana = a_resident_id(serial=1), a_resident_id(serial=2)
    found = resolved(
        a_record(
            "core", "1", document_number=anna, name="李安娜", birth_date=BORN, **PHONE, **mail
        ),
        a_record(
            "core", "2", document_number=jana, name="李佳娜", birth_date=BORN, **PHONE, **mail
        ),
        a_record("online", "1", name="李安娜", birth_date=BORN, **PHONE, **mail),
        a_record("online", "2", name="李佳娜", birth_date=BORN, **PHONE, **mail),
    )
    assert groups(found) == {one("core:1", "online:1"), one("core:2", "online:2")}


def test_a_phone_that_only_one_source_verified_suggests_and_does_not_merge():
    """Whoever typed a number in may have typed anyone's: a person looks at it."""
    found = resolved(
        a_record("core", "1", **WEI, **PHONE), a_record("online", "u", **WEI, phone="13800138000")
    )
    assert len(groups(found)) == 2
    assert [kind for kind, *_ in why(found)] == ["probable", "probable"]
    assert found.suggested == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("11010519491231002X", "１１０１０５１９４９１２３１００２ｘ"),
        ("110105 19491231 002X", "110105-19491231-002x"),
        ("110105491231002", "11010519491231002X"),
    ],
)
def test_a_resident_id_has_one_form(first, second):
    """Full width, spaces and the old 15 digits name the same person."""
    assert first != second
    found = resolved(
        a_record("core", "1", document_number=first), a_record("cards", "2", document_number=second)
    )
    assert len(groups(found)) == 1


def test_a_resident_id_whose_check_sign_is_wrong_merges_nobody():
    """A mistyped number belongs to nobody; it is counted and compared with nothing."""
    wrong = a_resident_id()[:-1] + ("0" if a_resident_id()[-1] != "0" else "1")
    found = resolved(
        a_record("core", "1", document_number=wrong), a_record("cards", "2", document_number=wrong)
    )
    assert (len(groups(found)), found.unusable) == (2, 2)


def test_a_passport_needs_a_birth_date_behind_it():
    """Two states may issue one number: with the same birth date it merges, without it is told."""
    pass_ = {"document_type": "passport", "document_number": "E12345678"}
    born = resolved(
        a_record("core", "1", **pass_, birth_date=BORN),
        a_record("cards", "2", **pass_, birth_date=BORN),
    )
    assert len(groups(born)) == 1
    bare = resolved(
        a_record("core", "1", **pass_, birth_date=BORN), a_record("cards", "2", **pass_)
    )
    assert len(groups(bare)) == 2
    assert {reason for _, reason, _ in why(bare)} == {"same_document_without_birth_date"}


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (({"birth_date": BORN}, {"birth_date": date(1991, 5, 31)}), "birth_dates_differ"),
        (({"name": "张伟"}, {"name": "王芳"}), "names_differ"),
        (({"name": "Anna Nováková"}, {"name": "NOVAKOVA JANA"}), "names_differ"),
    ],
)
def test_one_document_with_other_facts_goes_to_a_person(facts, reason):
    """Same document, different birth dates or names: nobody merges, the review says why."""
    pass_ = {"document_type": "passport", "document_number": "E12345678"}
    known = [pass_ | {"birth_date": BORN} | said for said in facts]
    found = resolved(*(a_record("core", str(n), **said) for n, said in enumerate(known)))
    assert len(groups(found)) == 2
    assert why(found) == [("contradiction", reason, "core:0"), ("contradiction", reason, "core:1")]


def test_a_stated_birth_date_that_the_resident_id_denies_merges_nobody():
    """The number carries 31 May 1990; a record that says otherwise is doubtful by itself."""
    found = resolved(
        a_record("core", "1", document_number=a_resident_id()),
        a_record("cards", "2", document_number=a_resident_id(), birth_date=date(1990, 6, 1)),
    )
    assert len(groups(found)) == 2
    assert {reason for _, reason, _ in why(found)} == {"birth_dates_differ"}


def test_a_contradiction_at_the_end_of_a_chain_stops_the_whole_chain():
    """A = B by passport and B = C by name, birth date and number, while A's name denies C's."""
    pass_ = {"document_type": "passport", "document_number": "E12345678"}
    a = a_record("core", "a", **pass_, birth_date=BORN, name="Zhang Wei")
    b = a_record("cards", "b", **pass_, birth_date=BORN, name="Zhang Wei", **PHONE)
    c = a_record("online", "c", birth_date=BORN, name="Zhang Wei", **PHONE)
    assert len(groups(resolved(a, b, c))) == 1
    found = resolved(a | {"name": "Petr Svoboda"}, b, c)
    assert len(groups(found)) == 3
    assert {record for *_, record in why(found)} == {"core:a", "cards:b", "online:c"}


def test_a_contradiction_that_comes_later_leaves_what_was_linked():
    """A and B are one already; C fits B and contradicts A: C stays alone, the others together."""
    pass_ = {"document_type": "passport", "document_number": "E12345678"}
    a = a_record("core", "a", **pass_, birth_date=BORN, name="Zhang Wei")
    b = a_record("cards", "b", **pass_, birth_date=BORN, **PHONE)
    first = resolved(a, b)
    c = a_record("online", "c", **pass_, birth_date=BORN, name="Petr Svoboda")
    second = resolved(c, earlier=first.identities, days=1)
    assert groups(second) == {one("core:a", "cards:b"), one("online:c")}
    assert numbers(second)["core:a"] == numbers(first)["core:a"]
    assert second.contradictory == 1


def test_names_are_one_in_any_case_accent_width_and_order():
    """NFKC, accents, case, spacing and the order of words do not tell people apart."""
    names = (
        "Nováková, Jana",
        "JANA NOVAKOVA",
        "ｊａｎａ　ｎｏｖａｋｏｖａ",
        "Jana  Nova\u0301kova\u0301",
    )
    found = resolved(
        *(
            a_record("core", str(n), name=name, birth_date=BORN, **PHONE)
            for n, name in enumerate(names)
        )
    )
    assert len(groups(found)) == 1


def test_of_two_versions_of_a_record_the_later_known_counts():
    """A corrected document is what the record says from then on; a stale file changes nothing."""
    old = a_record("core", "1", document_number=a_resident_id(serial=1))
    new = a_record("core", "1", document_number=a_resident_id(serial=2)) | {"known_at": LATER}
    card = a_record("cards", "2", document_number=a_resident_id(serial=2))
    assert len(groups(resolved(old, new, card))) == 1
    first = resolved(new)
    assert len(groups(resolved(old, card, earlier=first.identities))) == 1


def test_a_source_may_hand_over_hashes_instead_of_numbers():
    """A document's keyed hash equals the number that another source gives in clear."""
    number = a_resident_id()
    found = resolved(
        a_record("core", "1", document_number=number),
        a_record(
            "partner", "2",
            document_type="resident_id", document_hash=hash_document("resident_id", number, KEY),
        ),
    )  # fmt: skip
    assert len(groups(found)) == 1


def test_a_merge_names_its_rule_and_masked_evidence():
    """The log says which record joined which, by what, when; no key stands in it in clear."""
    number = a_resident_id()
    found = resolved(
        a_record("core", "1", document_number=number, **PHONE),
        a_record("cards", "2", document_number=number, **PHONE),
    )
    (event,) = found.identities.log.to_pylist()
    assert (event["action"], event["rule"], event["customer_id"]) == ("merge", "document", 1)
    assert {event["source"], event["with_source"]} == {"core", "cards"}
    assert event["evidence"].startswith(f"document {number[:3]}")
    said = str([getattr(found.identities, part).to_pylist() for part in ("links", "prints", "log")])
    assert number not in said
    assert "13800138000" not in said


def test_a_record_that_bridges_two_customers_keeps_the_lower_number():
    """The higher number is retired by a logged merge and never given again."""
    first = resolved(
        a_record("core", "1", document_number=a_resident_id()),
        a_record("online", "u", **WEI, **PHONE),
    )
    assert sorted(numbers(first).values()) == [1, 2]
    bridge = a_record("cards", "9", document_number=a_resident_id(), **WEI, **PHONE)
    second = resolved(bridge, earlier=first.identities, days=1)
    assert set(numbers(second).values()) == {1}
    assert [e["from_customer_id"] for e in second.identities.log.to_pylist()].count(2) == 1
    third = resolved(a_record("core", "77"), earlier=second.identities, days=2)
    assert numbers(third)["core:77"] == 3


def test_a_split_gives_the_old_number_back_and_survives_later_runs():
    """What a person parted stays parted, though the key that merged it is still shared."""
    core = a_record("core", "1", document_number=a_resident_id())
    online = a_record("online", "u", **WEI, **PHONE)
    bridge = a_record("cards", "9", document_number=a_resident_id(), **WEI, **PHONE)
    first = resolved(core, online)
    before = numbers(first)
    merged = resolved(bridge, earlier=first.identities).identities
    gone = parse_record("online:u" if before["online:u"] == 2 else "core:1")
    parted = unlink(merged, [gone], word())
    assert numbers(parted)[str(gone)] == 2
    again = resolved(core, online, bridge, earlier=parted, days=9)
    assert numbers(again) == numbers(parted)
    assert again.identities.log.to_pylist()[-1]["reason"] == "seen at the branch"


def test_a_newcomer_that_fits_both_sides_of_a_split_goes_to_a_person():
    """It shares the document of two customers that a person keeps apart: nobody may guess."""
    pair = [a_record("core", str(n), document_number=a_resident_id()) for n in (1, 2)]
    parted = unlink(resolved(*pair).identities, [RecordKey("core", "2")], word())
    settled = resolved(earlier=parted)
    assert settled.review.num_rows == 0
    third = resolved(
        a_record("cards", "3", document_number=a_resident_id()), earlier=settled.identities
    )
    assert len(groups(third)) == 3
    assert {reason for _, reason, _ in why(third)} == {"kept_apart_by_hand"}


def test_a_person_may_join_what_contradicts_and_later_runs_keep_it():
    """A changed name: the review named it, a person put it together, and it is not asked again."""
    pair = [
        a_record("core", "1", document_number=a_resident_id(), name="Jana Nováková"),
        a_record("cards", "2", document_number=a_resident_id(), name="Jana Svobodová"),
    ]
    first = resolved(*pair)
    assert first.contradictory == 1
    joined = link(
        first.identities, RecordKey("core", "1"), RecordKey("cards", "2"), word("marriage")
    )
    again = resolved(*pair, earlier=joined, days=1)
    assert len(groups(again)) == 1
    assert again.review.num_rows == 0
    parted = unlink(again.identities, [RecordKey("core", "1")], word("no marriage"))
    assert len(groups(resolved(*pair, earlier=parted))) == 2


def test_a_suggestion_that_a_person_denied_is_not_made_again():
    """Kept apart by hand, two customers are not suggested any more."""
    first = resolved(
        a_record("core", "1", **WEI, **PHONE), a_record("online", "u", **WEI, phone="13800138000")
    )
    denied = unlink(
        first.identities,
        [RecordKey("online", "u")],
        word(),
        apart_from=RecordKey("core", "1"),
    )
    assert resolved(earlier=denied).suggested == 0
    assert numbers(denied) == numbers(first)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda i: unlink(i, [RecordKey("core", "7")], word()), "core:7 is not among the links"),
        (lambda i: unlink(i, [RecordKey("core", "1")], word()), "all records of customer 1"),
        (lambda i: unlink(i, [], word()), "belong to customers none"),
        (
            lambda i: unlink(i, [RecordKey("core", "1"), RecordKey("core", "2")], word()),
            "customers 1, 2",
        ),
        (
            lambda i: unlink(
                i, [RecordKey("core", "1")], word(), apart_from=RecordKey("core", "1")
            ),
            "cannot be kept apart from itself",
        ),
        (
            lambda i: link(i, RecordKey("core", "1"), RecordKey("core", "1"), word()),
            "one customer already",
        ),
        (lambda _: Word("staff 7", " ", LATER), "needs its reason"),
        (lambda _: Word("", "why", LATER), "needs its by"),
        (lambda _: parse_record("core"), "write source:key"),
        (lambda i: resolved(earlier=i, key=b"another key of some length"), "made with another key"),
        (lambda _: resolved(key=b"short"), "has 5 bytes"),
        (
            lambda _: resolved(a_record(document_number="1", document_type="library card")),
            "document_type library card is unknown; choose one of: resident_id",
        ),
        (
            lambda _: resolved(a_record(document_type="passport", document_hash="abc")),
            "64 hexadecimal",
        ),
        (lambda _: resolved(a_record(name="a"), a_record(name="b")), "comes twice"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_words(change, message):
    """Every refusal says what is wrong and what would be right."""
    identities = resolved(a_record("core", "1"), a_record("core", "2")).identities
    with pytest.raises(IdentityError, match=message):
        change(identities)
