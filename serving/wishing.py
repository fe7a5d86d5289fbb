"""Wishes at the service's counter: how customers want to be contacted, and what they say now."""

from collections.abc import Iterable
from typing import TypeVar

from goodcall.profile import Pause, Preference
from outreach.counter import Counter
from outreach.errors import RequestError
from outreach.wishes import Wish, subject_of, words_of
from serving.schemas.shared import Words
from serving.schemas.wishes import Wished, WishesAnswer, WishRequest

T = TypeVar("T")


def wishes(counter: Counter, customer_id: int) -> WishesAnswer:
    """What stands of a customer's wishes, by the ledger."""
    return _answer(counter, customer_id, counter.wishes(customer_id))


def say(counter: Counter, asked: WishRequest, agent: int) -> WishesAnswer:
    """Take note of what a customer wishes; the next decision heeds it."""
    wish = Wish(
        only=tuple(asked.only_channels),
        prefers=tuple(asked.prefers_channels),
        hours=_both("prefers_from and prefers_to", asked.prefers_from, asked.prefers_to),
        staff=asked.prefers_staff,
        at_most=_both("at_most and days", asked.at_most, asked.days),
        pause=_both("pause_from and pause_to", asked.pause_from, asked.pause_to),
        pause_channel=asked.pause_channel,
        ended=tuple(asked.take_back),
    )
    return _answer(counter, asked.customer_id, counter.wish(asked.customer_id, wish, agent))


def wished(found: Iterable[Preference | Pause]) -> tuple[Wished, ...]:
    """Wishes as they go over the wire."""
    return tuple(
        Wished(about=subject_of(each) or "preference", text=Words.of(words_of(each)))
        for each in found
    )


def _answer(
    counter: Counter, customer_id: int, found: Iterable[Preference | Pause]
) -> WishesAnswer:
    return WishesAnswer(customer_id=customer_id, at=counter.now, wishes=wished(found))


def _both(names: str, first: T | None, last: T | None) -> tuple[T, T] | None:
    if first is None and last is None:
        return None
    if first is None or last is None:
        raise RequestError(f"{names} belong together; give both, or neither")
    return first, last
