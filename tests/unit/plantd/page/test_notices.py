"""What a browser is told as it happens, over a real connection, and how many may listen."""

import json
from typing import Iterator, Tuple

import pytest
from support.served_page import ServedPage
from support.verdict_json import verdict_json

from plantd.page.notices import LISTENERS_MAX
from plantd.system.lifetime import Closable


class Listening(Closable):
    """A browser that listens; its first notice was read."""

    def __init__(self, served: ServedPage) -> None:
        self._connection = served.connected()
        self._connection.request("GET", "/events")
        self.response = self._connection.getresponse()
        assert self.response.headers["Content-Type"] == "text/event-stream"
        assert self.next_notice()[0] == "hello"

    def next_notice(self) -> Tuple[str, object]:
        """Return kind and data of the next notice; heartbeats are none."""
        kind = ""
        while True:
            line = self.response.readline().decode("utf-8").rstrip("\n")
            if line.startswith("event: "):
                kind = line[len("event: ") :]
            elif line.startswith("data: "):
                return kind, json.loads(line[len("data: ") :])

    def close(self) -> None:
        self.response.close()
        self._connection.close()


@pytest.fixture
def served() -> Iterator[ServedPage]:
    with ServedPage(max_connections=LISTENERS_MAX + 4) as page:
        yield page


def test_a_verdict_is_noticed_with_its_number_alone(served: ServedPage) -> None:
    with Listening(served) as browser:
        served.stream.send(verdict_json(12, caution="\n\nevent: made-up\ndata: x\n\n"))
        assert browser.next_notice() == ("verdict", {"seq": 12})
        served.stream.send({"type": "state", "part": "camera", "state": "FAILED"})
        assert browser.next_notice() == ("state", {"seq": None})


def test_heartbeats_keep_a_quiet_stream_alive(served: ServedPage) -> None:
    with Listening(served) as browser:
        assert browser.response.readline() == b"\n"
        assert browser.response.readline() == b": here\n"


def test_one_listener_too_many_is_refused_and_a_place_is_given_free(served: ServedPage) -> None:
    browsers = [Listening(served) for _ in range(LISTENERS_MAX)]
    assert served.get("/events").status == 409
    assert served.get("/").status == 200
    browsers[0].close()
    while served.stream.listeners > LISTENERS_MAX:  # the page itself listens, too
        served.stream.send(verdict_json(1))
    with Listening(served):
        pass
    for browser in browsers:
        browser.close()


def test_the_stream_ends_with_the_page() -> None:
    with ServedPage() as served:
        browser = Listening(served)
    assert b"event" not in browser.response.read()
    browser.close()
