"""A small client of the API: standard library only, for the command line and for scripts.

client = Client("/run/plantd/plantd.sock", timeout_s=10.0)
client.get("/v1/verdicts", newest=1, limit=5)["verdicts"]
client.post("/v1/capture")["verdict"]
"""

import http.client
import json
import os
import socket
import stat
from typing import Any, Dict, Iterator, Optional, Union
from urllib.parse import urlencode

from plantd.api.codes import error_from_code
from plantd.errors import AccessError, UnavailableError
from plantd.system.json_text import tree_from_json

Json = Dict[str, Any]
Parameter = Union[str, int]

MAX_LINE_BYTES = 1024 * 1024


class Client:
    """Asks the service on one Unix socket; every call has its own connection.

    Args:
        timeout_s: for the connection and for each wait on the answer.

    Every method raises UnavailableError when nobody answers, AccessError when the socket may not be
    opened, and the error that the service answered with (BusyError, CameraError, ...).
    """

    def __init__(self, socket_path: str, timeout_s: float = 10.0) -> None:
        self.socket_path = socket_path
        self.timeout_s = timeout_s

    def get(self, path: str, **parameters: Parameter) -> Json:
        """GET a JSON object."""
        return self._json("GET", _with(path, parameters), None, "")

    def get_bytes(self, path: str) -> bytes:
        """GET a picture."""
        return self._answer("GET", path, None, "")

    def health(self) -> Json:
        """GET /v1/health, whose checks come with 200 and with 503."""
        connection = self._connection()
        try:
            response = self._ask(connection, "GET", "/v1/health", None, "")
            body = self._read(response)
        finally:
            connection.close()
        answer = _object(body, self.socket_path)
        if "checks" not in answer:
            raise _error(response.status, body, self.socket_path)
        return answer

    def post(self, path: str, data: Optional[Json] = None) -> Json:
        """POST a JSON object, or nothing, and return the JSON answer."""
        body = b"" if data is None else json.dumps(data).encode("utf-8")
        return self._json("POST", path, body, "application/json")

    def post_bytes(self, path: str, data: bytes, content_type: str = "image/jpeg") -> Json:
        """POST a picture and return the JSON answer."""
        return self._json("POST", path, data, content_type)

    def events(self, **parameters: Parameter) -> Iterator[Json]:
        """Iterate over /v1/events, heartbeats included, until the service ends the stream.

        Parameters: types="verdict,state", after=SEQ. `timeout_s` must exceed the heartbeat.
        """
        connection = self._connection()
        try:
            response = self._ask(connection, "GET", _with("/v1/events", parameters), None, "")
            if response.status != 200:
                raise _error(response.status, self._read(response), self.socket_path)
            while True:
                event = _object(self._line(response), self.socket_path)
                if event.get("type") == "end":
                    return
                yield event
        finally:
            connection.close()

    def _json(self, method: str, path: str, body: Optional[bytes], kind: str) -> Json:
        return _object(self._answer(method, path, body, kind), self.socket_path)

    def _answer(self, method: str, path: str, body: Optional[bytes], kind: str) -> bytes:
        connection = self._connection()
        try:
            response = self._ask(connection, method, path, body, kind)
            answer = self._read(response)
        finally:
            connection.close()
        if response.status >= 400:
            raise _error(response.status, answer, self.socket_path)
        return answer

    def _connection(self) -> "_UnixConnection":
        return _UnixConnection(self.socket_path, self.timeout_s)

    def _ask(
        self,
        connection: "_UnixConnection",
        method: str,
        path: str,
        body: Optional[bytes],
        kind: str,
    ) -> http.client.HTTPResponse:
        headers = {"Connection": "close"}
        if kind:
            headers["Content-Type"] = kind
        try:
            connection.connect()
            try:
                connection.request(method, path, body, headers)
            except (BrokenPipeError, ConnectionResetError):
                # A body the service refuses is answered before it is read: the answer is there.
                pass
            return connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise _unreachable(self.socket_path, self.timeout_s, error) from error

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        try:
            return response.read()
        except (OSError, http.client.HTTPException) as error:
            raise _unreachable(self.socket_path, self.timeout_s, error) from error

    def _line(self, response: http.client.HTTPResponse) -> bytes:
        try:
            line = response.readline(MAX_LINE_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise _unreachable(self.socket_path, self.timeout_s, error) from error
        if not line:
            # A service that stops says "end"; this one died.
            raise _unreachable(self.socket_path, self.timeout_s, EOFError("no end was said"))
        return line


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        if self.sock is None:
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(self.timeout)
            self.sock.connect(self._path)


def _with(path: str, parameters: Dict[str, Parameter]) -> str:
    return path + "?" + urlencode(parameters) if parameters else path


def _object(data: bytes, path: str) -> Json:
    try:
        answer = tree_from_json(data)
    except ValueError as error:
        raise UnavailableError(
            "what answers on {} is not plantd: {}".format(path, error)
        ) from error
    if not isinstance(answer, dict):
        raise UnavailableError("what answers on {} is not plantd".format(path))
    return answer


def _error(status: int, body: bytes, path: str) -> Exception:
    answer = _object(body, path)
    error = answer.get("error")
    if not isinstance(error, dict):
        return UnavailableError("{} answered {} without a reason".format(path, status))
    return error_from_code(
        str(error.get("code", "")), status, str(error.get("message", "no reason given"))
    )


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)
    except OSError:
        # Gone meanwhile: whoever answered there has ended.
        return True


def _unreachable(path: str, timeout_s: float, error: Exception) -> Exception:
    if isinstance(error, FileNotFoundError):
        return UnavailableError(
            "there is no socket {}: the service is not running, or runs elsewhere (--socket); "
            "see: systemctl status plantd".format(path)
        )
    if isinstance(error, ConnectionRefusedError) and not _is_socket(path):
        return UnavailableError(
            "{} is not a socket; expected plantd.sock in the directory paths.run, which is "
            "/run/plantd unless it was moved".format(path)
        )
    if isinstance(error, ConnectionRefusedError):
        return UnavailableError(
            "nobody answers on {}: the service ended and left its socket; "
            "see: systemctl status plantd".format(path)
        )
    if isinstance(error, PermissionError):
        return AccessError(
            "the socket {} may not be opened: ask with sudo, or join the group it belongs to "
            "(plantd): sudo usermod -aG plantd $USER, then log in again".format(path)
        )
    if isinstance(error, socket.timeout):
        return UnavailableError(
            "the service on {} did not answer within {:g} s; see: systemctl status plantd, "
            "journalctl -u plantd".format(path, timeout_s)
        )
    return UnavailableError(
        "the service on {} broke off: {}; see: journalctl -u plantd".format(
            path, error or type(error).__name__
        )
    )
