"""Laws of a customer's course around a contact."""

import pytest

from reports import Course


@pytest.mark.parametrize(
    ("on", "after", "flow", "kept"),
    [
        (100, (90, 70), -30, True),
        (100, (90, 69), -31, False),
        (100, (90, None), None, None),
        (0, (0, 0), 0, None),
        (None, (0, 0), None, None),
    ],
)
def test_who_kept_the_share_stayed_and_who_had_nothing_says_nothing(on, after, flow, kept):
    """Assets of the last day against those of the contact's; neither before it is known."""
    course = Course(120, on, after)
    assert (course.flow, course.kept(0.7)) == (flow, kept)
