"""Names of users and apps: one rule for both, so that the audit log reads the same for either."""

import re

from governance.errors import StoreError

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,58}[a-z0-9]")


def refuse_no_name(name: str, of: str) -> None:
    """StoreError where a name is none; `of` says whose it would be, such as `a user`."""
    if not _NAME.fullmatch(name):
        raise StoreError(
            f"{name!r} is no name of {of}; write 2 to 60 small letters, digits, dots, "
            "underscores and hyphens"
        )
