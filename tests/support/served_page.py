"""A real PageServer on a real TCP port of this machine, in a thread with a loop of its own."""

import asyncio
import http.client
import threading
from contextlib import contextmanager
from typing import Any, Coroutine, Dict, Iterator, NamedTuple, Optional
from urllib.parse import urlencode

from plantd.config import ApiConfig
from plantd.config.http_address import HttpAddress
from plantd.page.rendering import Renderer
from plantd.page.server import PageServer, PageSource
from plantd.sinks.stream import EventStream
from plantd.system.lifetime import Openable
from support import wire_samples
from support.fake_appliance import FakeAppliance

LONG_ENOUGH_S = 20.0
BUNDLE = b"a support bundle"


class Answer(NamedTuple):
    """What the page answered."""

    status: int
    headers: "http.client.HTTPMessage"
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


class ServedPage(Openable):
    """Serves a FakeAppliance while it is entered. `clock.now_s` is the page's time."""

    def __init__(
        self,
        max_connections: int = 16,
        address: HttpAddress = HttpAddress("127.0.0.1", 0),
        **api: Any,
    ) -> None:
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
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def open(self) -> None:
        """Begin to serve."""
        self._thread.start()
        self.complaint = self.call(self.server.start())

    def close(self) -> None:
        """End as the service does."""
        self.stream.close()
        self.call(self.server.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(LONG_ENOUGH_S)

    def call(self, work: "Coroutine[Any, Any, Any]") -> Any:
        """Run a coroutine in the server's loop and return what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(LONG_ENOUGH_S)

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

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()
