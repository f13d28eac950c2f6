"""The page's life: bounded, told what keeps it from listening, never in anybody's way."""

import errno
import socket
from pathlib import Path

import pytest
from support.fake_appliance import FakeAppliance
from support.served_page import ServedPage

from plantd.config import ApiConfig
from plantd.config.forms.http_address import HttpAddress, address_from_text
from plantd.page import server as page_server
from plantd.page.guard import own_names
from plantd.page.rendering import Renderer
from plantd.sinks.stream import EventStream


def test_connections_are_bounded_and_the_refusal_is_said() -> None:
    with ServedPage(max_connections=3) as served:
        held = [served.connected() for _ in range(3)]
        for connection in held:
            connection.request("GET", "/static/page.css")
            connection.getresponse().read()
        assert served.get("/").status == 503
        held[0].close()
        while served.get("/").status == 503:
            pass
        for connection in held:
            connection.close()


def test_looks_that_wait_for_a_disk_leave_the_others_their_threads() -> None:
    with ServedPage() as served:
        served.appliance.record(1)
        served.appliance.reads.clear()
        waiting = [served.connected() for _ in range(page_server.TURNS + 2)]
        for connection in waiting:
            connection.request("GET", "/pictures/1")
        for _ in range(page_server.TURNS):
            assert served.appliance.reads_begun.acquire(timeout=20.0)
        assert served.post("/press").status == 403
        with served.listening() as response:
            assert response.status == 200
        served.appliance.reads.set()
        assert [connection.getresponse().status for connection in waiting] == [200] * len(waiting)
        assert served.appliance.most_reads == page_server.TURNS
        for connection in waiting:
            connection.close()


def test_an_address_in_use_is_said_and_tried_again() -> None:
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen(1)
    port = taken.getsockname()[1]
    with ServedPage(address=HttpAddress("127.0.0.1", port)) as served:
        assert "another program listens" in served.complaint
        assert "another program listens" in served.call(served.server.keep_bound())
        taken.close()
        assert served.call(served.server.keep_bound()) == ""
        assert served.get("/").status == 200


def test_an_address_that_is_not_there_yet_is_waited_for() -> None:
    with ServedPage(address=HttpAddress("203.0.113.7", 8080)) as served:
        assert "waits for 203.0.113.7:8080" in served.complaint
        assert "docs/page.md" in served.complaint


def test_what_a_unit_forbids_is_said() -> None:
    error = OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
    said = page_server.why_not(error, HttpAddress("10.42.0.1", 8080))
    assert said == (
        "the page cannot listen at 10.42.0.1:8080: Address family not supported by protocol; "
        "docs/page.md says what the unit must allow"
    )


def test_it_may_be_stopped_twice_and_before_it_began() -> None:
    with ServedPage() as served:
        made = page_server.PageServer(
            page_server.PageSource(FakeAppliance(), EventStream(8), lambda: b""),
            HttpAddress("127.0.0.1", 0),
            Renderer("auto"),
            ApiConfig(),
        )
        served.call(made.stop())
        served.call(served.server.stop())


def test_a_body_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with ServedPage() as served:
        assert served.post("/press", {"word": "x" * 5000}).status == 413


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("10.42.0.1:8080", "http://10.42.0.1:8080/"),
        ("[fd00::1]:80", "http://[fd00::1]:80/"),
    ],
)
def test_an_address_is_an_ip_address_and_a_port(text: str, url: str) -> None:
    assert address_from_text(text).url == url


@pytest.mark.parametrize(
    "text", ["10.42.0.1", "8080", "box:8080", ":8080", "10.42.0.1:0", "10.42.0.1:70000", "::1:80"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # of ipaddress, in its own words
        address_from_text(text)


def test_a_box_is_called_by_its_name_on_its_network() -> None:
    assert own_names("Box.lan") == ("localhost", "box", "box.local")
    assert own_names("") == ("localhost",)
