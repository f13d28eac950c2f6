"""What is found out at most so often."""

from typing import List

from plantd.telemetry.remembered import Remembered


class World:
    """Counts how often it was asked."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.asked: List[float] = []

    def find(self) -> int:
        self.asked.append(self.now_s)
        return len(self.asked)

    def monotonic(self) -> float:
        return self.now_s


def test_an_answer_holds_for_its_time_and_is_then_found_anew() -> None:
    world = World()
    found = Remembered(world.find, 1.0, world.monotonic)
    assert (found.get(), found.get()) == (1, 1)
    world.now_s += 0.9
    assert found.get() == 1
    world.now_s += 0.1
    assert found.get() == 2


def test_an_answer_about_something_else_is_found_at_once() -> None:
    world = World()
    found = Remembered(world.find, 1.0, world.monotonic)
    assert (found.get((1, 2)), found.get((1, 3)), found.get((1, 3))) == (1, 2, 2)


def test_what_is_found_anew_holds_from_then_on() -> None:
    world = World()
    found = Remembered(world.find, 1.0, world.monotonic)
    assert (found.get(), found.renew()) == (1, 2)
    world.now_s += 0.9
    assert found.get() == 2
