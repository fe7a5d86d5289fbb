"""The list of pinned versions, to be looked up among published faults, is what the locks hold."""

import re
from datetime import date
from pathlib import Path

from packaging.requirements import Requirement

FOLDER = Path(__file__).parents[1] / "requirements"
LOCKS = ("all.txt", "serving.txt", "spark.txt", "uv.txt")


def pinned(lock):
    """Names and exact versions of a lock, each of which has a hash."""
    for block in re.split(r"\n(?=\S)", (FOLDER / lock).read_text("utf-8")):
        said = Requirement(block.partition("\\")[0].strip())
        (version,) = said.specifier
        assert version.operator == "=="
        assert "--hash=sha256:" in block, said
        yield f"{said.name}=={version.version}"


def test_the_list_of_pinned_versions_is_what_the_locks_hold():
    """Each package once, in order, under the day on which it was pinned."""
    head, *lines = (FOLDER / "pinned.txt").read_text("utf-8").splitlines()
    assert date.fromisoformat(head.removeprefix("# Pinned on ")) >= date(2026, 1, 1)
    assert lines == sorted({each for lock in LOCKS for each in pinned(lock)})
