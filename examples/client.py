"""A client in twenty lines, of the standard library alone.

usage: client.py [PICTURE]      a press of the button, or a picture that is at hand
"""

import http.client
import json
import os
import socket
import sys


class Plantd(http.client.HTTPConnection):
    """HTTP over the Unix socket."""

    def connect(self) -> None:
        """Connect to the service."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(30.0)
        self.sock.connect(os.environ.get("PLANTD_SOCKET", "/run/plantd/plantd.sock"))


def main() -> int:
    """Print the verdict; return the exit code."""
    plantd = Plantd("plantd")
    if len(sys.argv) > 1:
        with open(sys.argv[1], "rb") as picture:
            plantd.request("POST", "/v1/classify", picture.read())
    else:
        plantd.request("POST", "/v1/capture")
    answer = json.loads(plantd.getresponse().read().decode("utf-8"))
    if "error" in answer:
        print(answer["error"]["message"], file=sys.stderr)
        return 1
    print(answer["verdict"], answer["rule"], ", ".join(answer["look_alikes"]))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except OSError as error:
        sys.exit("nobody answers, or no such picture: {}".format(error))
