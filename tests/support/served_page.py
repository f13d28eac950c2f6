"""A real PageServer on a real TCP port of this machine, in a thread with a loop of its own."""

import http.client
from contextlib import contextmanager
from typing import Any, Dict, Iterator, NamedTuple, Optional
from urllib.parse import urlencode

from plantd.config import ApiConfig
from plantd.config.forms.http_address import HttpAddress
from plantd.page.rendering import Renderer
from plantd.page.server import PageServer, PageSource
from plantd.sinks.stream import EventStream
from support import wire_samples
from support.fake_appliance import FakeAppliance
from support.loop_thread import LONG_ENOUGH_S, LoopThread

BUNDLE = b"a support bundle"


class Answer(NamedTuple):
    """What the page answered."""

    status: int
    headers: "http.client.HTTPMessage"
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


class ServedPage(LoopThread):
    """Serves a FakeAppliance while it is entered. `clock.now_s` is the page's time."""

    def __init__(
        self,
        max_connections: int = 16,
        address: HttpAddress = HttpAddress("127.0.0.1", 0),
        **api: Any,
    ) -> None:
        super().__init__()
        settings: Any = {"heartbeat_s": 0.05, "request_timeout_s": LONG_ENOUGH_S, **api}
        self.appliance = FakeAppliance()
        self.appliance.hello_json = {"model": None}
        self.appliance.status_json = wire_samples.status()
        self.stream = EventStream(8)
        self.now_s = 1000.0
        self.bundles_written = 0
        self.server = PageServer(
            PageSource(self.appliance, self.stream, self._write_bundle),
            address,
            Renderer(settings.get("language", "auto")),
            ApiConfig(**settings),
            lambda: self.now_s,
            max_connections,
        )
        self.complaint = ""

    def open(self) -> None:
        """Begin to serve."""
        super().open()
        self.complaint = self.call(self.server.start())

    def close(self) -> None:
        """End as the service does."""
        self.stream.close()
        self.call(self.server.stop())
        super().close()

    @property
    def port(self) -> int:
        return self.server.address.port

    def connected(self) -> http.client.HTTPConnection:
        """Return a connection of one's own."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONG_ENOUGH_S)

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a page; `headers` with _ for -."""
        return self._ask("GET", path, None, headers)

    def post(self, path: str, form: Optional[Dict[str, str]] = None, **headers: str) -> Answer:
        """Send a form, as a page of this very site does."""
        headers.setdefault("Content_Type", "application/x-www-form-urlencoded")
        headers.setdefault("Origin", "http://127.0.0.1:{}".format(self.port))
        return self._ask("POST", path, urlencode(form or {}).encode("ascii"), headers)

    @contextmanager
    def listening(self) -> Iterator[http.client.HTTPResponse]:
        """Listen to the notices."""
        connection = self.connected()
        connection.request("GET", "/events")
        with connection.getresponse() as response:
            yield response
        connection.close()

    def _ask(
        self, method: str, path: str, body: Optional[bytes], headers: Dict[str, str]
    ) -> Answer:
        connection = self.connected()
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def _write_bundle(self) -> bytes:
        self.bundles_written += 1
        return BUNDLE
