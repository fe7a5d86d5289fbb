"""A source that fails or drags is left alone for a while, and found again when it is back."""

import pytest

from goodcall.breaker import Breaker, Resting


class Source:
    """Something that answers, fails or drags, as it is told; only dragging takes time."""

    def __init__(self):
        self.now, self.asked, self.broken, self.takes = 0.0, 0, False, 0.0
        self.breaker = Breaker(failures=3, slow=1.0, rest=5.0, ticks=lambda: self.now)

    def ask(self):
        def work():
            self.asked += 1
            self.now += self.takes
            if self.broken:
                raise OSError("gone")
            return "here"

        return self.breaker.call(work, (OSError,))

    def fail(self, times):
        for _ in range(times):
            with pytest.raises(OSError, match="gone"):
                self.ask()


def test_what_fails_three_times_in_a_row_is_left_alone():
    """Two failures change nothing; after the third nothing is asked for the rest."""
    source = Source()
    source.broken = True
    source.fail(3)
    source.now += 4.9
    for _ in range(10):
        with pytest.raises(Resting):
            source.ask()
    assert source.asked == 3
    assert source.breaker.open


def test_a_success_between_failures_starts_the_count_anew():
    """Only failures in a row count."""
    source = Source()
    for _ in range(5):
        source.broken = True
        source.fail(2)
        source.broken = False
        assert source.ask() == "here"
    assert not source.breaker.open


def test_one_trial_after_the_rest_decides():
    """It is asked once; failing, it rests again, and answering, it is in use again."""
    source = Source()
    source.broken = True
    source.fail(3)
    source.now += 5
    source.fail(1)
    with pytest.raises(Resting):
        source.ask()
    source.now += 5
    source.broken = False
    assert source.ask() == source.ask() == "here"
    assert not source.breaker.open


def test_while_one_tries_others_are_not_let_through():
    """A trial that drags holds up nobody but itself."""
    source = Source()
    source.broken = True
    source.fail(3)
    source.now += 5

    def trial():
        with pytest.raises(Resting):
            source.breaker.call(lambda: "second", (OSError,))
        return "first"

    assert source.breaker.call(trial, (OSError,)) == "first"


def test_what_drags_counts_as_failing():
    """An answer that takes longer than a second is given, and counted."""
    source = Source()
    source.takes = 1.5
    assert [source.ask() for _ in range(3)] == ["here"] * 3
    with pytest.raises(Resting):
        source.ask()


def test_other_errors_say_nothing_of_the_source():
    """A question that was wrong is no failure of whom it was put to."""
    source = Source()

    def wrong():
        raise KeyError("mine")

    for _ in range(10):
        with pytest.raises(KeyError):
            source.breaker.call(wrong, (OSError,))
    assert not source.breaker.open
