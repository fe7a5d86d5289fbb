"""In which ways a policy is looser than another: whom it lets be contacted that the other did not.

All rules must allow a contact, so a rule more, or one that bites more, only tightens. What is not
known here to tighten counts as loosening: the list of what tightens is short, and safe.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from goodcall.language import Text
from outreach.hours import WEEKDAYS
from outreach.policy import Policy

_DAY = 24 * 60
_MODES = ("disabled", "non_restrictive", "restrictive")


def loosenings(old: Policy, new: Policy) -> tuple[Text, ...]:
    """What is looser in `new`, in words, by table and rule; none where it only tightens.

    Tables beside the rules (channels, values, offers, hold-out and the like) are not compared in
    detail: any change of them is among the words.
    """
    before, after = tomllib.loads(old.text), tomllib.loads(new.text)
    rules, others = _by_id(before.pop("rule", [])), _by_id(after.pop("rule", []))
    return (*_elsewhere(before, after), *_in_rules(rules, others))


def _by_id(rules: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {rule["id"]: rule for rule in rules}


def _elsewhere(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Text]:
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield Text(f"{name} is another", f"{name}有改动")


def _in_rules(
    before: Mapping[str, dict[str, Any]], after: Mapping[str, dict[str, Any]]
) -> Iterator[Text]:
    for name, rule in before.items():
        if name not in after:
            yield Text(f"rule {name} is gone", f"规则{name}已删除")
        elif after[name].get("kind") != rule["kind"]:
            yield Text(f"rule {name} is of another kind", f"规则{name}的类型有改动")
        else:
            yield from _in_rule(rule, after[name])


def _in_rule(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Text]:
    for key in sorted(old.keys() | new.keys()):
        was, becomes = old.get(key), new.get(key)
        if was != becomes and not _tightens(old, key, was, becomes):
            name, shown = old["id"], (_shown(was), _shown(becomes))
            yield Text(
                f"rule {name}: {key} {shown[0]} becomes {shown[1]}",
                f"规则{name}:{key}由{shown[0]}改为{shown[1]}",
            )


def _shown(value: object) -> str:
    return "(none)" if value is None else str(value)


def _tightens(rule: Mapping[str, Any], key: str, was: Any, becomes: Any) -> bool:  # noqa: ANN401 - TOML
    """Whether a key that changes makes the rule bite more, or says nothing about that."""
    if key in {"owner", "source"}:
        return True
    if key in {"channels", "expires"}:
        return _ANYWHERE[key](was, becomes)
    if "window" in rule or "period" in rule:
        return key == "at_most" and _less(was, becomes)
    judge = _KINDS.get(rule["kind"], {}).get(key)
    return judge is not None and judge(was, becomes)


def _more(was: Any, becomes: Any) -> bool:  # noqa: ANN401 - TOML
    return was is not None and becomes is not None and bool(becomes > was)


def _less(was: Any, becomes: Any) -> bool:  # noqa: ANN401 - TOML
    return was is not None and becomes is not None and bool(becomes < was)


def _wider(was: Any, becomes: Any) -> bool:  # noqa: ANN401 - TOML
    """A list that holds more; none is everything."""
    return becomes is None or (was is not None and set(was) < set(becomes))


def _narrower(was: Any, becomes: Any) -> bool:  # noqa: ANN401 - TOML
    """A list that holds less; none is nothing."""
    return set(becomes or ()) < set(was or ())


def _later(was: Any, becomes: Any) -> bool:  # noqa: ANN401 - TOML
    """A last day that is later; none is never."""
    return becomes is None or _more(was, becomes)


def _stricter(was: Any, becomes: Any) -> bool:  # noqa: ANN401 - TOML
    return _MODES.index(becomes) > _MODES.index(was)


def _shorter_hours(was: Any, becomes: Any) -> bool:  # noqa: ANN401 - TOML
    return _minutes(becomes) <= _minutes(was)


def _minutes(windows: list[dict[str, Any]]) -> set[int]:
    """The minutes of a week in which contacts may happen."""
    found = set()
    for window in windows:
        opens, closes = (_minute(window[key]) for key in ("from", "to"))
        length = (closes - opens) % _DAY or _DAY
        for day in window["days"]:
            first = WEEKDAYS.index(day) * _DAY + opens
            found |= {(first + minute) % (7 * _DAY) for minute in range(length)}
    return found


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


_Judge = Callable[[Any, Any], bool]
_ANYWHERE: Mapping[str, _Judge] = {"channels": _wider, "expires": _later}
_CAP = {"at_most": _less, "days": _more, "hours": _more, "minutes": _more}
_GAP = {"days": _more, "hours": _more, "minutes": _more}
_KINDS: Mapping[str, Mapping[str, _Judge]] = {
    "consent": {"mode": _stricter, "marketing_covers": _narrower},
    "complaint_cooloff": {"days": _more},
    "low_mood": {"days": _more},
    "quiet_hours": {"allowed": _shorter_hours},
    "outcome_suppression": {
        "codes": _wider,
        "days": _more,
        "at_least": _less,
        "within_days": _more,
    },
    "reject_cooloff": {
        "offer_days": _more,
        "family_rejects": _less,
        "family_within_days": _more,
        "family_days": _more,
    },
    "already_holds": {
        "families": _wider,
        "days_before_maturity": _less,
        "accepted_days": _more,
    },
    "frequency_cap": _CAP,
    "duplicate_offers": _CAP,
    "min_gap": _GAP,
    "days_gap": _GAP,
    "never_followed": {"days": _more},
    "only_after": {"within_days": _less},
    "volume": {"at_most": _less},
}
