"""What answers in a thread is right while the loop answers too, and while the shelf is swapped."""

import sys
import threading
from dataclasses import replace

import pytest
from served import CUSTOMERS, NOW

from features.catalog import CATALOG
from features.online import OnlineStore
from serving.many import score_many
from serving.schemas.scores import ManyRequest
from serving.shelf import Desk, Reading, sources_of

KNOWN, UNKNOWN = list(CUSTOMERS[:5]), [998, 999]
ASKED = ManyRequest(customer_ids=KNOWN + UNKNOWN)


@pytest.fixture
def desk(workspace):
    found = Desk(sources_of(workspace, None))
    yield found
    found.shelf.close()


def said(answer):
    """Each one's probabilities, or the code of the problem in their place."""
    return [each.probabilities or each.problem.error for each in answer.scores]


def in_a_thread(work):
    """A thread that does some work, and where its result or error will be."""
    found = []

    def run():
        try:
            found.append(work())
        except Exception as error:  # noqa: BLE001 - told by the test
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, found


def test_an_answer_that_a_swap_overtakes_is_the_one_it_began_as(desk, workspace, monkeypatch):
    """The old store is let go of while a thread is between two questions to it."""
    wanted = said(score_many(desk.shelf, ASKED, {}, NOW))
    assert wanted[-2:] == ["unknown_customer"] * 2
    reached, go = threading.Event(), threading.Event()
    rows_at = OnlineStore.rows_at

    def slowly(store, *given):
        found = rows_at(store, *given)
        reached.set()
        assert go.wait(30)
        return found

    monkeypatch.setattr(OnlineStore, "rows_at", slowly)
    old = desk.shelf
    thread, found = in_a_thread(lambda: score_many(old, ASKED, {}, NOW))
    assert reached.wait(30)
    new = OnlineStore(workspace.online_url, CATALOG)
    desk.adopt(replace(old, snapshot=Reading(new, None, ("another",)), models=Reading({})))
    go.set()
    thread.join(30)
    assert said(found[0]) == wanted


def test_a_thread_and_the_loop_do_not_read_each_others_rows(desk):
    """Whoever asks for many, of whom some are not known, never gets into a single one's answer."""
    store, stop = desk.shelf.snapshot.value, threading.Event()
    alone = {who: store.row_at(who, NOW).values.tobytes() for who in KNOWN}
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def asking():
        wrong = 0
        while not stop.is_set():
            wrong += said(score_many(desk.shelf, ASKED, {}, NOW))[-2:] != ["unknown_customer"] * 2
        return wrong

    thread, found = in_a_thread(asking)
    try:
        for turn in range(4000):
            who = KNOWN[turn % len(KNOWN)]
            assert store.row_at(who, NOW).values.tobytes() == alone[who]
            assert store.profile(who, named=False).customer_id == who
    finally:
        stop.set()
        thread.join(30)
        sys.setswitchinterval(before)
    assert found == [0]
