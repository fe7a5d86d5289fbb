"""The terms on which online rows are served: how old they may be, how many are recorded."""

from collections.abc import Mapping
from dataclasses import dataclass

from features.online import MAX_AGE_DAYS
from features.online_served import SHARE
from serving.errors import BadSetting

_MOST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Terms:
    """A snapshot's greatest age in days, and the share of served rows that is recorded."""

    max_age_days: int = MAX_AGE_DAYS
    served_share: float = SHARE


def terms_of(environment: Mapping[str, str]) -> Terms:
    """What GOODCALL_MAX_AGE (days) and GOODCALL_SERVED_SHARE (0 to 1) say, else the defaults."""
    days = environment.get("GOODCALL_MAX_AGE") or str(MAX_AGE_DAYS)
    share = environment.get("GOODCALL_SERVED_SHARE") or str(SHARE)
    try:
        terms = Terms(int(days), float(share))
    except ValueError as error:
        raise _wrong(days, share) from error
    if not 0 <= terms.max_age_days <= _MOST_DAYS or not 0 <= terms.served_share <= 1:
        raise _wrong(days, share)
    return terms


def _wrong(days: str, share: str) -> BadSetting:
    return BadSetting(
        f"GOODCALL_MAX_AGE={days} or GOODCALL_SERVED_SHARE={share} does not read; "
        f"the first is whole days from 0 to {_MOST_DAYS:,}, such as 35, "
        "the second a share from 0 to 1, such as .01"
    )
