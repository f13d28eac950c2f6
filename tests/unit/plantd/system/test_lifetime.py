"""With `with`, what was taken is given back, however the block ends."""

from typing import List

import pytest

from plantd.system.lifetime import Closable, Openable


class Lamp(Openable):
    def __init__(self) -> None:
        self.calls: List[str] = []

    def open(self) -> None:
        self.calls.append("open")

    def close(self) -> None:
        self.calls.append("close")


class Held(Closable):
    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


def test_an_openable_is_opened_and_closed() -> None:
    with Lamp() as lamp:
        assert lamp.calls == ["open"]
    assert lamp.calls == ["open", "close"]


def test_an_error_closes_it_and_goes_on() -> None:
    lamp = Lamp()
    with pytest.raises(ZeroDivisionError), lamp:
        raise ZeroDivisionError
    assert lamp.calls == ["open", "close"]


def test_a_closable_is_only_closed() -> None:
    with Held() as held:
        assert not held.closed
    assert held.closed
