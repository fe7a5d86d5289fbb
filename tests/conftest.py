"""How several workers share the suite, so that neither work nor waiting is for nothing."""

import os

import pytest

# What takes long to build and serves many files; the files that share it are one worker's.
SHARED = ("worked",)


def pytest_configure(config):
    """A worker leaves the other cores to the other workers.

    LightGBM's threads wait for one another by spinning: two workers' threads on two cores take
    twice as long as each worker's one.
    """
    if hasattr(config, "workerinput"):
        os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """A file is one worker's, and those with slow tests begin first: none is left for the end."""
    if not hasattr(config, "workerinput"):
        return
    groups = {item.location[0]: item.location[0] for item in items}
    groups |= {
        item.location[0]: name for item in items for name in SHARED if name in item.fixturenames
    }
    slow = {groups[item.location[0]] for item in items if item.get_closest_marker("slow")}
    first = slow | set(SHARED)
    for item in items:
        item.add_marker(pytest.mark.xdist_group(groups[item.location[0]]))
    items.sort(key=lambda item: groups[item.location[0]] not in first)
