"""One spelling of a telephone number: equal ones meet, different ones never do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodcall.phones import e164, one_spelling
from goodcall.profile import Point

MOBILE = [
    *("13800138000", "138 0013 8000", "138-0013-8000", "(138) 0013.8000", "013800138000"),
    *("+8613800138000", "+86 138 0013 8000", "+86 (0)138-0013-8000", "+86013800138000"),
    *("0086 138 0013 8000", "0086-0138-0013-8000", "86 138 0013 8000", "86-013800138000"),
    *("１３８００１３８０００", "＋８６ １３８ ００１３ ８０００", "（１３８）００１３－８０００"),
    *("138\u20130013\u20138000", "138\u00a00013\u00a08000", "\u200e+86 138\u2060 0013 8000"),
]
LANDLINE = [
    *("(010) 6512 3456", "010-65123456", "01065123456", "10 6512 3456", "+86 10 6512 3456"),
    *("+86 (0)10 6512 3456", "+86 010 6512 3456", "0086 010 65123456", "86 10 65123456"),
    *("861065123456", "86 010-6512-3456", "（０１０）６５１２３４５６"),
]
# What the law of numbering gives to as many subscribers; no two of them are one.
DIFFERENT = [
    *("13800138000", "13800138001", "1380013800", "138001380000", "01065123456", "02165123456"),
    *("65123456", "8665123456", "86123456", "+8613800138", "4001234567", "95588", "10086"),
    *("+420777123456", "777123456", "+44 20 7946 0958", "+39 06 1234567", "+39 6 1234567"),
    *("+1 380 013 8000", "010-65123456 转 801", "010-65123456 ext. 802", "010-65123456#8010"),
]
NONE = [
    *("", "call me", "1234", "138****8000", "13800l38000", "138_0013_8000x", "user138@mail.cn"),
    *("13800138000/13900139000", "138001380+00", "++8613800138000", "1" * 30, "+", "86"),
    *("13800138000 13900139000", "+ext 12345", "010-65123456 ext"),
]


@pytest.mark.parametrize("written", MOBILE)
def test_a_mobile_number_has_one_spelling(written):
    """Spaces, dashes, brackets, 86, +86, 0086, a trunk 0, and full-width signs change nothing."""
    assert e164(written) == "+8613800138000"


@pytest.mark.parametrize("written", LANDLINE)
def test_a_landline_has_one_spelling(written):
    """The area code's trunk 0 falls away wherever the country's code stands."""
    assert e164(written) == "+861065123456"


def test_different_numbers_have_different_spellings():
    """No two of them meet, and each is a number."""
    found = {written: e164(written) for written in DIFFERENT}
    assert None not in found.values()
    assert len(set(found.values())) == len(DIFFERENT), found


@pytest.mark.parametrize("written", NONE)
def test_what_is_no_number_has_no_spelling(written):
    """A mask, two numbers, letters and mail are not taken for the digits that they hold."""
    assert e164(written) is None


def test_an_extension_is_kept_apart_from_the_number():
    """However it is marked, it belongs to the number, and its digits do not run into it."""
    marked = ("010-65123456 转801", "010-65123456 ext. 801", "01065123456x801", "01065123456#801")
    assert {e164(each) for each in marked} == {"+861065123456;ext=801"}
    assert e164("01065123456801") != "+861065123456;ext=801"


@given(
    st.integers(10**10 + 3 * 10**9, 2 * 10**10 - 1), st.integers(10**10 + 3 * 10**9, 2 * 10**10 - 1)
)
def test_two_mobile_numbers_meet_where_they_are_one(one, other):
    """Each of them in any of its spellings."""
    forms = ("{}", "0{}", "+86{}", "0086{}", "86{}", "+86 0{}")
    told = [{e164(form.format(number)) for form in forms} for number in (one, other)]
    assert [len(each) for each in told] == [1, 1]
    assert (told[0] == told[1]) == (one == other)


@pytest.mark.parametrize("spellings", [MOBILE, LANDLINE])
def test_a_point_has_one_number_however_it_was_typed(spellings):
    """What rings; an address of the same signs is kept as it is."""
    for channel in ("phone", "sms"):
        assert len({Point(1, channel, each, valid=True).number for each in spellings}) == 1
    assert len({Point(1, "email", each, valid=True).number for each in spellings}) == len(spellings)


def test_a_mobile_number_in_one_spelling_is_as_it_is_mostly_typed():
    """So rows from before there was one spelling fit; different numbers stay different."""
    assert one_spelling(MOBILE[0]) == MOBILE[0]
    assert len({one_spelling(each) for each in DIFFERENT}) == len(DIFFERENT)
    assert [one_spelling(each) for each in NONE] == NONE
