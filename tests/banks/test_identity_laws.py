"""Laws of identity on arbitrary records: order, repetition, numbers that stay, splits that last."""

import random
from datetime import date, timedelta
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st
from records import KNOWN, a_record, a_resident_id, groups, numbers, resolved

from banks.identity.hand import Word, parse_record, unlink

BIRTHS = (date(1990, 5, 31), date(1991, 6, 1))
NAMES = ("李安娜", "李佳娜", "Anna Li")
PHONES = ("13800138000", "13900139000")
few = settings(max_examples=40)


@st.composite
def some_records(draw, most=9):
    """Records of few people and fewer telephones, so that much is shared and much contradicts."""
    rows = []
    for number in range(draw(st.integers(1, most))):
        facts = {}
        if draw(st.booleans()):
            born, serial = draw(st.sampled_from(BIRTHS)), draw(st.integers(1, 2))
            facts["document_number"] = a_resident_id(born, serial)
        for name, values in (("name", NAMES), ("birth_date", BIRTHS), ("phone", PHONES)):
            if draw(st.booleans()):
                facts[name] = draw(st.sampled_from(values))
        facts["phone_verified"] = draw(st.booleans())
        known = KNOWN + timedelta(days=draw(st.integers(0, 2)))
        source = draw(st.sampled_from(("core", "cards", "online")))
        rows.append(a_record(source, str(number), **facts) | {"known_at": known})
    return rows


def born_of(row):
    number = row.get("document_number")
    return row.get("birth_date") or (
        None
        if number is None
        else date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
    )


def strong(a, b):
    """Whether two records share a strong key, read off the records themselves."""
    number = a.get("document_number")
    if number is not None and number == b.get("document_number"):
        return True
    facts = [(row.get("name"), born_of(row), row.get("phone")) for row in (a, b)]
    same = facts[0] == facts[1] and None not in facts[0]
    return same and a["phone_verified"] and b["phone_verified"]


def contradict(a, b):
    """Whether two records cannot be one person; a record may contradict itself."""
    births = {
        born
        for row in (a, b)
        for born in (row.get("birth_date"), born_of(row | {"birth_date": None}))
        if born
    }
    numbers_ = {r["document_number"] for r in (a, b) if r.get("document_number")}
    han = {r["name"] for r in (a, b) if r.get("name", "x")[0] > "z"}
    return len(births) > 1 or len(numbers_) > 1 or len(han) > 1


def oracle(rows):
    """Who is one customer, by looking at every pair: slow and plain."""
    parts = [{n} for n in range(len(rows))]
    for n, m in combinations(range(len(rows)), 2):
        if strong(rows[n], rows[m]):
            one, other = (next(p for p in parts if x in p) for x in (n, m))
            if one is not other:
                one |= other
                parts.remove(other)
    found = set()
    for part in parts:
        bad = len(part) > 1 and any(contradict(rows[n], rows[m]) for n in part for m in part)
        found |= {frozenset([n]) for n in part} if bad else {frozenset(part)}
    name = [f"{row['source']}:{row['source_key']}" for row in rows]
    return {frozenset(name[n] for n in part) for part in found}


@few
@given(some_records())
def test_links_are_what_looking_at_every_pair_gives(rows):
    """Strong keys joined, and no part joined in which any two records contradict."""
    assert groups(resolved(*rows)) == oracle(rows)


@few
@given(some_records(), st.randoms(use_true_random=False))
def test_the_order_of_records_never_matters(rows, rng):
    """Shuffled records give equal tables."""
    shuffled = rows.copy()
    rng.shuffle(shuffled)
    one, other = resolved(*rows), resolved(*shuffled)
    for part in ("links", "prints", "log"):
        assert getattr(one.identities, part).equals(getattr(other.identities, part))
    assert one.review.equals(other.review)


@few
@given(some_records(), st.booleans())
def test_a_run_without_news_changes_nothing(rows, again):
    """The same records later, or none at all, leave links, log and review as they are."""
    first = resolved(*rows)
    second = resolved(*(rows if again else ()), earlier=first.identities, days=5)
    for part in ("links", "prints", "log"):
        assert getattr(second.identities, part).equals(getattr(first.identities, part))
    assert second.review.equals(first.review)
    assert (second.new, second.merged) == (0, 0)


@few
@given(some_records(), st.integers(0, 9))
def test_a_number_once_given_stays_or_is_retired_by_a_logged_merge(rows, cut):
    """Later records change no number but through a merge in the log, and use none twice."""
    first = resolved(*rows[:cut]) if rows[:cut] else resolved(a_record("other", "1"))
    second = resolved(*rows[cut:], earlier=first.identities, days=1)
    retired = {
        e["from_customer_id"]: e["customer_id"]
        for e in second.identities.log.to_pylist()[first.identities.log.num_rows :]
        if e["from_customer_id"] is not None
    }
    before, after = numbers(first), numbers(second)
    for record, number in before.items():
        assert after[record] == retired.get(number, number)
    fresh = {after[record] for record in after.keys() - before.keys()}
    assert not fresh & retired.keys()
    assert all(number in before.values() or number > max(before.values()) for number in fresh)


@few
@given(some_records(), st.integers(0, 10**6))
def test_a_split_survives_every_later_run(rows, seed):
    """A record that a person took out is never put back, whatever arrives in whatever order."""
    first = resolved(*rows)
    shared = sorted(sorted(g) for g in groups(first) if len(g) > 1)
    if not shared:
        return
    rng = random.Random(seed)  # noqa: S311 - any choice will do
    members = rng.choice(shared)
    gone = rng.choice(members)
    parted = unlink(
        first.identities,
        [parse_record(gone)],
        Word("staff 7", "twins", KNOWN + timedelta(days=300)),
    )
    more = [row | {"source": "late"} for row in rows]
    later = resolved(*rows, *more, earlier=parted, days=400)
    after = numbers(later)
    assert all(after[gone] != after[other] for other in members if other != gone)
    assert {r: n for r, n in after.items() if r in numbers(parted)} == numbers(parted)


def some_families(rng, count):
    """(person, record): twins and parents who share telephone and surname, in three systems."""
    said = []
    for family in range(count):
        phone = f"138{family % (count // 2):08d}"
        twins_born = date(2000, 1, 1) + timedelta(days=rng.randrange(4000))
        born = [date(1970, 1, 1) + timedelta(days=rng.randrange(4000)) for _ in range(2)]
        surname = rng.choice("王李张刘")
        given = rng.sample(("伟", "芳", "娜", "敏", "静", "丽"), 4)
        for place, day in enumerate([*born, twins_born, twins_born]):
            person = (family, place)
            facts = {
                "name": surname + given[place],
                "birth_date": day,
                "phone": phone,
                "phone_verified": rng.random() < 0.7,
            }
            for source in ("core", "cards", "online"):
                document = (
                    {"document_number": a_resident_id(day, family % 100 * 4 + place)}
                    if source != "online" and rng.random() < 0.8
                    else {}
                )
                shown = {name: value for name, value in facts.items() if rng.random() < 0.8}
                said.append((person, a_record(source, f"{family}.{place}", **shown, **document)))
    return said


def test_no_customer_mixes_two_people_where_families_share_everything():
    """S06: precision 1.0 among twins and shared telephones, and who shows a document is found."""
    rng = random.Random(7)  # noqa: S311 - invented people
    said = some_families(rng, 90)
    found = resolved(*(row for _, row in said))
    number = numbers(found)
    people, documents = {}, {}
    for person, row in said:
        mine = number[f"{row['source']}:{row['source_key']}"]
        people.setdefault(mine, set()).add(person)
        if "document_number" in row:
            documents.setdefault(person, set()).add(mine)
    assert all(len(who) == 1 for who in people.values())
    assert all(len(mine) == 1 for mine in documents.values())
    assert found.merged > 90
    assert found.contradictory == 0
