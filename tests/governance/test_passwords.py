"""Passwords that a bank's staff would choose first are refused; what nobody guesses is taken."""

import random
import string

import pytest
from governed import GOOD, OTHER

from governance import SignInRefused
from governance.passwords import refuse_weak

WEAK = (
    *("a1b2c3d4", "woaini1314", "5201314", "aa123456", "qwe123!@#"),
    *("a1b2c3d4e5f6", "woaini1314520", "5201314woaini", "aa1234567890", "qwe123!@#asd"),
    *("Aa123456789!", "abc123456789", "112233445566", "147258369000", "1q2w3e4r5t6y"),
    *("!QAZ2wsx#EDC", "zaq12wsxcde3", "qazwsxedcrfv", "1qaz@WSX3edc", "Qwer1234!@#$"),
    *("icbc20262026", "ICBC@20260101", "gongshangyinhang2026", "zhongguoyinhang", "goodcall2026!"),
    *("pinganyinhang888", "CCB20260701!!", "wodemima123456", "Woaiwojia@520", "jianhang@2026"),
    *("wangwei19900531", "19900531wangwei", "li19851212!!", "19900531900531", "199005311990"),
    *("zhangwei2026!!", "zhang.wei@2026", "13812345678901", "110101199003078", "888888666666"),
    *("ababababababab", "abcabcabcabc12", "P@ssw0rd1234", "Admin@123456", "987654321abcd"),
)


@pytest.mark.parametrize("password", WEAK)
def test_what_is_tried_first_is_refused(password):
    """The user is zhang.wei, born on some day, of some bank in China."""
    with pytest.raises(SignInRefused, match="take 12 characters or more that nobody guesses"):
        refuse_weak(password, "zhang.wei")


@pytest.mark.parametrize(
    "password",
    [
        *(
            GOOD,
            OTHER,
            "student burst kettle",
            "the bank of plums 1990",
            "春天 河边 四只 绿色的灯笼",
        ),
        "Tr8#kelp-Moss!vane",
    ],
)
def test_words_that_have_nothing_to_do_with_each_other_are_taken(password):
    """In any language, also with a year or a common word among them."""
    refuse_weak(password, "zhang.wei")


def test_what_is_drawn_at_random_is_taken():
    """A generator's passwords of sixteen signs pass."""
    drawn = random.Random(7)  # noqa: S311 - the same ones every time
    signs = string.ascii_letters + string.digits + "-_!#"
    for _ in range(2_000):
        refuse_weak("".join(drawn.choices(signs, k=16)), "zhang.wei")
