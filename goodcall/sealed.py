"""The mark by which an encrypted field is told from one that was never encrypted.

A sealed value is text, `gc1.<key id>.<base64>`, so that it fits wherever the plain value stood.
"""

PREFIX = "gc1."


def is_sealed(value: str) -> bool:
    """Whether a stored value is encrypted.

    >>> is_sealed("gc1.d1.AAAA"), is_sealed("13900001111")
    (True, False)
    """
    return value.startswith(PREFIX)


def key_of(value: str) -> str | None:
    """The id of the key that sealed a value, None of one that was never sealed.

    >>> key_of("gc1.d2.AAAA"), key_of("Zhang Wei")
    ('d2', None)
    """
    return value.split(".", 2)[1] if is_sealed(value) else None
