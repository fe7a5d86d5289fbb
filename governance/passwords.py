"""Passwords: which are good enough, and how they are kept and compared."""

import re

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from governance.errors import SignInRefused

LEAST_LENGTH = 12
MOST_LENGTH = 200
_LEAST_DISTINCT = 5
_LONGEST_RUN = 5
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
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    *("qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn"),
)
_LEET = str.maketrans("013457@$!", "oleastasi")


def refuse_weak(password: str, name: str) -> None:
    """SignInRefused for a password that is short, common, or made of the user's own name."""
    wrong = _weakness(password, name)
    if wrong:
        raise SignInRefused(
            f"the password {wrong}; take {LEAST_LENGTH} characters or more that nobody guesses, "
            "such as four words that have nothing to do with each other"
        )


def hashed(hasher: PasswordHasher, password: str) -> str:
    """What is kept of a password: argon2id with its parameters and a salt of its own."""
    return hasher.hash(password)


def is_right(hasher: PasswordHasher, kept: str, password: str) -> bool:
    """Whether a password is the one of which something was kept."""
    try:
        return hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def _weakness(password: str, name: str) -> str | None:
    """What is wrong with a password; None of a good one."""
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
    )
    return next((wrong for is_so, wrong in found if is_so), None)


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
    for row in (*_ROWS, *(row[::-1] for row in _ROWS)):
        for length in range(min(len(row), len(plain)), _LONGEST_RUN - 2, -1):
            for start in range(len(row) - length + 1):
                plain = plain.replace(row[start : start + length], "")
    return len(plain)
