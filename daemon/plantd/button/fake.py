"""A button without hardware: a hand reaches it through a Unix datagram socket.

The messages move the raw level and nothing else; what is a press is decided by the same
debouncing as for real lines. `fake_client.py` is the hand.
"""

from typing import Dict, List, Optional

from plantd.button.line import Line, LineReading
from plantd.config import ButtonConfig, PathsConfig
from plantd.errors import ButtonError, ButtonInUseError, InUseError, UnavailableError
from plantd.system.control_socket import ControlSocket

# Levels after each message. A bounce ends on the level it began on; a floating line makes more
# changes than any finger and ends released.
BOUNCES = 12
FLOATS = 240


class FakeLine(Line):
    """A line whose levels come from a socket."""

    driver = "fake"

    def __init__(self, path: str) -> None:
        self._path = path
        self._pressed = False
        self._socket: Optional[ControlSocket] = None

    @classmethod
    def from_config(cls, config: ButtonConfig, paths: PathsConfig) -> "FakeLine":
        """Return the fake at the configured socket, or `button.sock` in the run directory."""
        return cls(config.control_socket or paths.run + "/button.sock")

    @property
    def name(self) -> str:
        """The socket's path."""
        return self._path

    def open(self) -> bool:
        """Bind the socket; the level is what the hand left it at."""
        try:
            self._socket = ControlSocket(self._path)
        except InUseError as error:
            raise ButtonInUseError("button.driver fake: {}".format(error)) from error
        except UnavailableError as error:
            raise ButtonError("button.driver fake: {}".format(error)) from error
        return self._pressed

    def fileno(self) -> Optional[int]:
        """The socket."""
        return None if self._socket is None else self._socket.fileno()

    def look(self) -> LineReading:
        """Take every message that has arrived."""
        levels: List[bool] = []
        request = self._socket.receive() if self._socket is not None else None
        while request is not None and self._socket is not None:
            moved = self._levels(request.text)
            if moved:
                self._pressed = moved[-1]
                levels += moved
                request.answer("ok")
            else:
                request.answer("error: unknown message {!r}".format(request.text[:40]))
            request = self._socket.receive()
        return LineReading(levels)

    def close(self) -> None:
        """Remove the socket."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def _levels(self, message: str) -> List[bool]:
        moves: Dict[str, List[bool]] = {
            "press": [True],
            "release": [False],
            "bounce": [not self._pressed, self._pressed] * (BOUNCES // 2),
            "float": [True, False] * (FLOATS // 2),
        }
        return moves.get(message, [])
