"""A sink of one's own: each event is one datagram, for a display or a speaker beside the service.

usage: own_sink.py ADDRESS      a Unix datagram socket that somebody has bound

How this works: a sink may not wait and may not raise (plantd.sinks.interface). A datagram is sent
or it is not, so there is no queue and no thread: what the other side does not take is counted. It
keeps the contract of every sink, tests/contract/test_sink_contract.py. Here it is fed from the
event stream, as a program of its own; one that may take its time, or lives inside the service, is a
plantd.notifiers.queued.QueuedNotifier and a line in plantd.notifiers.choice.
"""

import os
import socket
import sys
import threading
from typing import List

from plantd.api.client import Client
from plantd.errors import EX_USAGE, UnavailableError
from plantd.sinks.interface import Event, Sink
from plantd.sinks.ndjson import line_from_event

SOCKET = os.environ.get("PLANTD_SOCKET", "/run/plantd/plantd.sock")
TIMEOUT_S = 60.0


class DatagramSink(Sink):
    """Sends each event as one line of JSON to a Unix datagram socket."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._lock = threading.Lock()
        self._dropped = 0

    def send(self, event: Event) -> None:
        """Send one event; see Sink."""
        try:
            self._socket.sendto(line_from_event(event), self._address)
        except (OSError, TypeError, ValueError):
            # Nobody there, nobody reading, closed, or not JSON.
            with self._lock:
                self._dropped += 1

    @property
    def dropped(self) -> int:
        """How many events were dropped so far."""
        return self._dropped

    def close(self) -> None:
        """See Sink."""
        self._socket.close()


def main(arguments: List[str]) -> int:
    """Send every event of the running service on; return the exit code."""
    if len(arguments) != 1:
        print("usage: own_sink.py ADDRESS", file=sys.stderr)
        return EX_USAGE
    with DatagramSink(arguments[0]) as sink:
        try:
            for event in Client(SOCKET, TIMEOUT_S).events():
                if event["type"] != "heartbeat":
                    sink.send(event)
        except UnavailableError as error:
            print(error, file=sys.stderr)
            return error.exit_code
        print("dropped: {}".format(sink.dropped))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
