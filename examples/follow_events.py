"""Prints each verdict as it happens; none is lost while the service restarts.

usage: follow_events.py

How this works: each verdict has a number. Whoever comes again says the last one it has seen, and
the service first sends the later ones from its record.
"""

import os
import sys
import time
from typing import Any, Dict, Iterator

from plantd.api.client import Client
from plantd.errors import UnavailableError

SOCKET = os.environ.get("PLANTD_SOCKET", "/run/plantd/plantd.sock")
# Longer than api.heartbeat_s: a service that lives says something within that time.
TIMEOUT_S = 60.0
AGAIN_S = 1.0


def newest(client: Client) -> int:
    """Return the number of the last verdict, 0 before the first."""
    verdicts = client.get("/v1/verdicts", newest=1, limit=1)["verdicts"]
    return int(verdicts[-1]["seq"]) if verdicts else 0


def verdicts_after(client: Client, seq: int) -> Iterator[Dict[str, Any]]:
    """Yield every verdict after number `seq`, for ever, over restarts of the service."""
    while True:
        try:
            for event in client.events(types="verdict", after=seq):
                if event["type"] == "verdict":
                    seq = int(event["seq"])
                    yield event
                elif event["type"] == "gap":
                    print("lost: {}".format(event["dropped"]), file=sys.stderr)
        except UnavailableError as error:
            print(error, file=sys.stderr)
        time.sleep(AGAIN_S)


def main() -> int:
    """Follow until Ctrl-C; return the exit code."""
    client = Client(SOCKET, TIMEOUT_S)
    try:
        seq = newest(client)
        print("after", seq, flush=True)
        for event in verdicts_after(client, seq):
            print(event["seq"], event["verdict"], event["rule"], flush=True)
    except UnavailableError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
