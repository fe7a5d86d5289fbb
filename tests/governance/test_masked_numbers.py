"""However a number is written among words, an audit line does not take it; ours stay readable."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.facts import masked

WIDE = {ord(sign): chr(ord(sign) + 0xFEE0) for sign in "0123456789+-()./X"} | {32: "\u3000"}
GROUPS = ((11,), (3, 4, 4), (3, 3, 5), (3, 2, 2, 2, 2))
BEFORE = (
    "",
    "call ",
    "电话:",
    "电话",
    "Tel.",
    "on 2026-07-01 ",
    "(",
    "\n",
    "customer 7, ",
    "手机-",
)
AFTER = ("", " now", ",请回电", ".", ")", " 12:30", "\n", "。", "/")
PREFIXES = ("", "+86", "+86 ", "+86-", "0086", "0086 ", "86 ", "86-", "(+86)", "(86) ", "(0086)")

digits = st.text(string.digits, min_size=9, max_size=9)


def grouped(number, groups, sign):
    parts, place = [], 0
    for size in groups:
        parts.append(number[place : place + size])
        place += size
    return sign.join(parts)


@given(
    second=st.sampled_from("3456789"),
    rest=digits,
    groups=st.sampled_from(GROUPS),
    sign=st.sampled_from((" ", "-", ".", "/", "  ", " - ", "·")),
    prefix=st.sampled_from(PREFIXES),
    around=st.tuples(st.sampled_from(BEFORE), st.sampled_from(AFTER)),
    wide=st.booleans(),
)
def test_a_mobile_number_is_kept_out_however_it_is_written(
    *, second, rest, groups, sign, prefix, around, wide
):
    """With dots, slashes, spaces, brackets, prefixes and full-width digits, among words."""
    before, after = around
    number = prefix + grouped(f"1{second}{rest}", groups, sign)
    said = masked(before + (number.translate(WIDE) if wide else number) + after)
    # With 0086 before it, it may as well be a card's.
    assert "[phone]" in said or "[card]" in said
    assert rest[-4:] not in said.replace("2026-07-01", "").replace("12:30", "")


@given(
    area=st.sampled_from(("010", "021", "0755", "0571")),
    rest=st.text("23456789", min_size=8, max_size=8),
    form=st.sampled_from(
        ("{a}-{n}", "({a}){n}", "({a}) {m} {e}", "{a}.{n}", "{a}/{n}", "{a} {m}-{e}")
    ),
    around=st.tuples(st.sampled_from(BEFORE), st.sampled_from(AFTER)),
    wide=st.booleans(),
)
def test_a_landline_is_kept_out_however_it_is_written(area, rest, form, around, wide):
    """The area's code in brackets or parted from the rest."""
    number = form.format(a=area, n=rest, m=rest[:4], e=rest[4:])
    said = masked(around[0] + (number.translate(WIDE) if wide else number) + around[1])
    assert "[phone]" in said
    assert rest[-4:] not in said


@given(
    born=st.dates(),
    area=st.sampled_from(("110101", "310104", "440305")),
    serial=st.text(string.digits, min_size=3, max_size=3),
    last=st.sampled_from("0123456789Xx"),
    sign=st.sampled_from(("", " ", "-")),
    around=st.tuples(st.sampled_from(BEFORE), st.sampled_from(AFTER)),
    wide=st.booleans(),
)
def test_a_resident_id_is_kept_out_however_it_is_written(
    *, born, area, serial, last, sign, around, wide
):
    """In one piece, or its area, birth date and serial number apart."""
    number = sign.join((area, born.strftime("%Y%m%d").zfill(8), serial + last))
    said = masked(around[0] + (number.translate(WIDE) if wide else number) + around[1])
    assert area not in said
    assert "[" in said


@pytest.mark.parametrize(
    "number", ["E12345678", "EA1234567", "G12345678", "H12345678", "6222.0212.3456.7890123"]
)
def test_passports_permits_and_cards_are_kept_out(number):
    """As mainland China writes them."""
    assert number not in masked(f"证件 {number},已核对")


@pytest.mark.parametrize(
    "said",
    [
        "2026-07-01/101548/phone", "2026-07-01 09:30:15", "2026-07-01T02:10:07.114+00:00",
        "01/07/2026 to 31/07/2026", "1,234,567.89 yuan", "1391234.5678", "1391234567.25 yuan",
        "amount 12345678", "0.13912345678", "13,912,345,678.00", "version 1.2.3.4", "10.0.13.7",
        "customer 13912345678", "contact 139123456789", "lines 1 to 1000000", "2,000/3,000/4,000",
        "5f13912345678e0" * 4, "e12345678", "job 2026.07.01/3", "100000 (5%)",
    ],
)  # fmt: skip
def test_amounts_dates_and_our_own_ids_stay_readable(said):
    """What proves who did what is not masked away."""
    assert masked(said) == said
