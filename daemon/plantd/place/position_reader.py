"""The last position that gpsd tells, read in a thread of its own that nobody waits for.

How this works: the thread connects, asks for reports and takes the TPV among them; when gpsd is
not there, hangs up or goes silent, it tries again a little later, for as long as the service lives.
The journal has one line when an outage begins, and one when it has ended.
A position becomes a spot at once and is forgotten: nothing else of it is kept, logged or told.

Source of the protocol: gpsd_json(5).
"""

import json
import logging
import socket
import threading
import time
from typing import Any, Callable, Dict, NamedTuple, Optional

from plantd.place.gpsd_address import GpsdAddress
from plantd.place.regions import Spot, spot_at

logger = logging.getLogger(__name__)

WATCH = b'?WATCH={"enable":true,"json":true};\n'
# The least `mode` of a TPV that holds a position: 2 is without a height.
MODE_2D = 2
# Today's gpsd sends at most 10240 characters a line.
LINE_MAX_BYTES = 65536
CONNECT_S = 5.0
# A gpsd with a receiver reports each second; one without says nothing at all.
SILENT_S = 300.0
AGAIN_S = 10.0
NO_POSITION = "gpsd tells no position; 'gpspipe -w -n 10' shows what it does tell"


class Fix(NamedTuple):
    """Where the box was, and when: monotonic seconds."""

    spot: Spot
    seen_at: float


class PositionReader:
    """Follows gpsd. `fix` and `trouble` may be read from any thread, and never wait."""

    def __init__(
        self,
        address: GpsdAddress,
        monotonic: Callable[[], float] = time.monotonic,
        again_s: float = AGAIN_S,
        silent_s: float = SILENT_S,
    ) -> None:
        """Args: where gpsd is; a clock; when it is tried again, and held for hung."""
        self.fix: Optional[Fix] = None
        #: Why there is no newer fix; empty while one comes after the other.
        self.trouble = NO_POSITION
        self._address = address
        self._monotonic = monotonic
        self._again_s = again_s
        self._silent_s = silent_s
        #: Since an outage began that the journal has been told of.
        self._is_out = False
        self._connected_at = 0.0
        self._stop = threading.Event()
        self._gate = threading.Lock()
        self._socket: Optional[socket.socket] = None
        self._thread = threading.Thread(target=self._run, name="gpsd", daemon=True)

    def start(self) -> None:
        """Begin to follow; return at once."""
        self._thread.start()

    def close(self, timeout_s: float = CONNECT_S + 1.0) -> None:
        """End the thread; may be called twice."""
        self._stop.set()
        with self._gate:
            if self._socket is not None:
                _hang_up(self._socket)
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow()
                self._is_troubled("gpsd hung up")
            except socket.timeout:
                self._is_troubled(NO_POSITION)
            except OSError as error:
                self._is_troubled("gpsd cannot be read: {}".format(error.strerror or error))
            except Exception:  # a bug here must not take the place from all presses to come
                logger.exception("reading gpsd met a bug")
                self._is_troubled("reading gpsd met a bug; the journal has it")
            self._stop.wait(self._again_s)

    def _follow(self) -> None:
        """Take reports until gpsd hangs up. Raises OSError."""
        with socket.create_connection(self._address, CONNECT_S) as connection:
            with self._gate:
                if self._stop.is_set():
                    return
                self._socket = connection
            self._connected_at = self._monotonic()
            try:
                connection.settimeout(self._silent_s)
                connection.sendall(WATCH)
                with connection.makefile("rb") as lines:
                    for line in iter(lambda: lines.readline(LINE_MAX_BYTES), b""):
                        self._take(line)
            finally:
                with self._gate:
                    self._socket = None

    def _take(self, line: bytes) -> None:
        report = report_of_line(line)
        if report.get("class") != "TPV":
            return
        self._is_back()
        spot = spot_of_report(report)
        if spot is None:
            self._is_troubled(NO_POSITION)
            return
        if self.fix is None:
            logger.info("gpsd tells where the box is")
        self.fix, self.trouble = Fix(spot, self._monotonic()), ""

    def _is_troubled(self, why: str) -> None:
        if self._stop.is_set():
            return
        self.trouble = why
        # Under trees a position comes and goes: that would fill the journal.
        if why != NO_POSITION and not self._is_out:
            self._is_out = True
            logger.warning("%s", why)

    def _is_back(self) -> None:
        """Take an outage for ended once a connection has outlived what came before it."""
        if self._is_out and self._monotonic() - self._connected_at >= self._again_s:
            self._is_out = False
            logger.info("gpsd is there again")


def greeting(address: GpsdAddress, timeout_s: float = CONNECT_S) -> str:
    """Return the version by which gpsd presents itself; it is asked for no position.

    Raises OSError where it is not reached or silent, ValueError where something else listens.
    """
    with socket.create_connection(address, timeout_s) as connection:
        connection.settimeout(timeout_s)
        with connection.makefile("rb") as lines:
            told = report_of_line(lines.readline(LINE_MAX_BYTES))
    if told.get("class") != "VERSION":
        raise ValueError("what listens there is no gpsd")
    return str(told.get("release", "of unknown version"))


def spot_of_report(report: Dict[str, Any]) -> Optional[Spot]:
    """Return the spot of a TPV; None where it tells no position, or one that is in no region.

    At sea, and at the 0, 0 of a receiver that has found nothing yet, the last position holds.
    """
    latitude, longitude = report.get("lat"), report.get("lon")  # type: Any, Any
    if not _is_within(report.get("mode"), MODE_2D, 3):
        return None
    if not (_is_within(latitude, -90, 90) and _is_within(longitude, -180, 180)):
        return None
    spot = spot_at(float(latitude), float(longitude))
    return spot if spot.regions else None


def report_of_line(line: bytes) -> Dict[str, Any]:
    """Return one line of gpsd's as its JSON; empty where it is none."""
    try:
        report = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return {}
    return report if isinstance(report, dict) else {}


def _is_within(value: Any, low: float, high: float) -> bool:
    """NaN lies within nothing."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # gpsd was faster
