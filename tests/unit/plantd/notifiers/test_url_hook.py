"""A URL of the owner's: a real HTTP server."""

import http.server
import json
import socket
import threading
from typing import Any, Iterator, List, Tuple

import pytest
from support.verdict_json import verdict_json

from plantd.notifiers.queued import NotDelivered, Notice
from plantd.notifiers.url_hook import UrlHook
from plantd.sinks.ndjson import line_from_event


class Handler(http.server.BaseHTTPRequestHandler):
    """Keeps what is posted; the path says the status of the answer."""

    got: List[Tuple[str, Any]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.headers["Content-Type"], json.loads(body.decode())))
        self.send_response(int(self.path[1:4]))
        self.send_header("Location", "/200")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    Handler.got = []
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield "http://127.0.0.1:{}".format(server.server_address[1])
        server.shutdown()
        thread.join()


@pytest.fixture
def silent() -> Iterator[str]:
    """The URL of a server that takes a connection and says nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(5)
        yield "http://127.0.0.1:{}/secret".format(listening.getsockname()[1])


def deliver(url: str, timeout_s: float = 30.0) -> None:
    event = verdict_json(7)
    UrlHook(url, timeout_s).deliver(Notice(event, line_from_event(event)))


def test_it_gets_the_verdict_as_json(server: str) -> None:
    deliver(server + "/204")
    assert Handler.got == [("application/json", verdict_json(7))]


@pytest.mark.parametrize("status", [301, 404, 500])
def test_another_answer_is_a_failure_and_no_redirect_is_followed(server: str, status: int) -> None:
    with pytest.raises(NotDelivered, match="HTTP {}".format(status)):
        deliver("{}/{}".format(server, status))
    assert len(Handler.got) == 1


def test_who_says_nothing_is_given_up(silent: str) -> None:
    with pytest.raises(NotDelivered, match=r"no answer within 0.2 s") as told:
        deliver(silent, 0.2)
    assert "secret" not in str(told.value)


def test_where_nobody_is_is_told_without_the_address() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(NotDelivered, match="cannot be reached: Connect call failed") as told:
            deliver("http://127.0.0.1:{}/secret".format(port))
    assert "secret" not in str(told.value)


def test_closing_gives_up_a_post_that_waits(silent: str) -> None:
    with UrlHook(silent, 600.0) as hook:
        hook.send(verdict_json(1))
    assert hook.status().failed == 1
    assert "the service ends" in hook.status().detail
