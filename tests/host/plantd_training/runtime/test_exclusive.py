"""Processes that share the trainings of a recipe do not train the same network twice."""

import threading

from plantd_training.runtime import exclusive

WAIT_S = 20.0


def test_the_second_waits_until_the_first_has_ended(tmp_path):
    order, waits = [], threading.Event()

    class Told(threading.Thread):
        def run(self):
            waits.set()
            with exclusive.held(tmp_path / "fold0"):
                order.append("second")

    second = Told()
    with exclusive.held(tmp_path / "fold0"):
        second.start()
        assert waits.wait(WAIT_S)
        order.append("first")
    second.join(WAIT_S)
    assert order == ["first", "second"]


def test_other_folders_wait_for_nobody(tmp_path):
    with exclusive.held(tmp_path / "fold0"), exclusive.held(tmp_path / "fold1"):
        pass


def test_what_failed_holds_nothing(tmp_path):
    try:
        with exclusive.held(tmp_path):
            raise KeyError
    except KeyError:
        pass
    with exclusive.held(tmp_path):
        pass
