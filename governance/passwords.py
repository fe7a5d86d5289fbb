"""Passwords: which are good enough, and how they are kept and compared."""

import re

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from governance.errors import SignInRefused

LEAST_LENGTH = 12
MOST_LENGTH = 200
_LEAST_DISTINCT = 5
_LONGEST_RUN = 5
_SHORTEST_RUN = 3
# A name so short stands in many a good password.
_SHORT_NAME = 2
# Words with which the passwords that are tried first begin or end, in a bank of all places.
_COMMON = (
    *("password", "passwort", "passwd", "welcome", "admin", "administrator", "letmein", "login"),
    *("goodcall", "default", "changeme", "secret", "master", "dragon", "monkey", "football"),
    *("iloveyou", "sunshine", "princess", "superman", "batman", "trustno", "whatever", "shadow"),
    *("bank", "money", "branch", "manager", "summer", "winter", "spring", "autumn", "woaini"),
    *("mima", "yinhang", "correcthorsebatterystaple", "test", "guest", "user", "root", "qwerty"),
)
# What passwords are put together of in China's banks: love, luck, the bank and its desks.
_PIECES = (
    *("woaini", "woaiwojia", "wodemima", "nihao", "huanying", "zhongguo", "china", "beijing"),
    *("shanghai", "shenzhen", "guangzhou", "yinhang", "bank", "gongshang", "jianshe", "nongye"),
    *("jiaotong", "zhaoshang", "pudong", "pufa", "xingye", "minsheng", "guangda", "zhongxin"),
    *("huaxia", "pingan", "youzheng", "youchu", "zhonghang", "gonghang", "jianhang", "nonghang"),
    *("jiaohang", "zhaohang", "icbc", "bocom", "citic", "spdb", "cmbc", "psbc", "ccb", "boc"),
    *("cmb", "ceb", "cib", "abc", "fenhang", "zhihang", "kehu", "jingli", "guanli", "yuangong"),
    *("mima", "love", "admin", "goodcall", "password", "pass", "hello", "test", "user"),
    *("5201314", "1314", "520", "521", "888", "666", "168", "518"),
)
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    *("qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p"),
    *("zaq1xsw2cde3vfr4bgt5nhy6mju7", "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0"),
    *("zaq12wsxcde34rfvbgt5", "a1b2c3d4e5f6g7h8i9j0", "1a2b3c4d5e6f7g8h9i0j"),
    *("qawsedrftgyhujikolp", "147258369", "741852963", "159357"),
)
_LEET = str.maketrans("013457@$!", "oleastasi")
# Digits typed with the shift key held.
_SHIFTED = str.maketrans("!@#$%^&*()", "1234567890")
_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_DATE = re.compile(rf"(?:19|20)\d\d{_DAY}|\d\d{_DAY}|(?:19|20)\d\d")
# A name or a word beside somebody's date of birth is tried early.
_LEAST_BESIDE_DATE = 9


def refuse_weak(password: str, name: str) -> None:
    """SignInRefused for a password that is short, common, or made of the user's own name.

    Length and what is tried first count, not which sorts of characters there are (NIST SP 800-63B,
    5.1.1.2).
    """
    wrong = weakness(password, name)
    if wrong:
        raise SignInRefused(
            f"the password {wrong}; take {LEAST_LENGTH} characters or more that nobody guesses, "
            "such as four words that have nothing to do with each other"
        )


def weakness(password: str, name: str) -> str | None:
    """What is wrong with a user's password, such as `has 8 characters`; None of a good one."""
    plain = password.casefold()
    found = (
        (len(password) < LEAST_LENGTH, f"has {len(password)} characters"),
        (len(password) > MOST_LENGTH, f"has more than {MOST_LENGTH} characters"),
        (len(set(plain)) < _LEAST_DISTINCT, "repeats a few characters"),
        (len(name) > _SHORT_NAME and name.casefold() in plain, "holds the user's name"),
        (_is_common(plain[:MOST_LENGTH]), "is a common one with ornaments"),
        (
            _without_runs(plain[:MOST_LENGTH]) < _LEAST_DISTINCT,
            "runs along the alphabet, the digits or the keyboard",
        ),
        (plain.isdecimal(), "is digits alone, as telephones and document numbers are"),
        (
            _is_put_together(plain[:MOST_LENGTH], name.casefold()),
            "is put together of words, dates and runs that are tried first",
        ),
    )
    return next((wrong for is_so, wrong in found if is_so), None)


def hashed(hasher: PasswordHasher, password: str) -> str:
    """What is kept of a password: argon2id with its parameters and a salt of its own."""
    return hasher.hash(password)


def is_right(hasher: PasswordHasher, kept: str, password: str) -> bool:
    """Whether a password is the one of which something was kept."""
    try:
        return hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def _is_common(plain: str) -> bool:
    """Whether little is left of a password when a common word is taken out, digits read as letters.

    Such as `Passw0rd2026!` and `bankbankbank`.
    """
    for said in (plain, plain.translate(_LEET)):
        for word in _COMMON:
            rest = re.sub(r"[^a-z]", "", said.replace(word, ""))
            if word in said and len(rest) < _LEAST_DISTINCT:
                return True
    return False


def _without_runs(plain: str) -> int:
    """How many characters remain when runs along rows, forwards or backwards, are taken out."""
    return len(_runs_out(plain, _LONGEST_RUN - 1, ""))


def _runs_out(plain: str, least: int, instead: str) -> str:
    """A password without runs of so many characters at least, the longest taken out first."""
    rows = (*_ROWS, *(row[::-1] for row in _ROWS))
    for length in range(min(max(map(len, rows)), len(plain)), least - 1, -1):
        for row in rows:
            for start in range(len(row) - length + 1):
                plain = plain.replace(row[start : start + length], instead)
    return plain


def _is_put_together(plain: str, name: str) -> bool:
    """Whether little is left without dates, known pieces, parts of the name, repeats and runs.

    Such as `woaini1314520`, `icbc20260101!`, `zhangwei19900531` and `1q2w3e4r5t6y`.
    """
    parts = [each for each in re.split(r"[._-]|\d+", name) if len(each) > _SHORT_NAME]
    pieces = sorted((*_PIECES, *parts), key=len, reverse=True)
    undated = _DATE.sub(" ", plain)
    least = _LEAST_DISTINCT if undated == plain else _LEAST_BESIDE_DATE
    for said in (undated, undated.translate(_LEET), undated.translate(_SHIFTED)):
        rest = said
        for piece in pieces:
            rest = rest.replace(piece, " ")
        rest = re.sub(r"(.{1,6}?)\1+", r"\1", rest)
        rest = _runs_out(rest, _SHORTEST_RUN, " ")
        if sum(sign.isalnum() for sign in rest) < least:
            return True
    return False
