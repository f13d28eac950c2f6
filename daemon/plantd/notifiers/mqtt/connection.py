"""One connection to a broker, by paho-mqtt: 1.6, the last for Python 3.6, or 2.

How this works: whoever owns it calls everything from one thread; paho's own thread and its own
repeats are not used. A connection that was lost is thrown away, and what it had not delivered is
published again on the next one.
"""

import contextlib
import select
import socket
import ssl
import time
from typing import Any, Iterator, List, Optional, Set

from plantd.config import MqttConfig
from plantd.notifiers.mqtt.login import password_of, tls_of
from plantd.notifiers.mqtt.topics import OFFLINE, QOS, Message, Topics
from plantd.notifiers.queued import NotDelivered
from plantd.system import libraries
from plantd.system.lifetime import Closable

PORT, TLS_PORT = 1883, 8883
KEEPALIVE_S = 30
# TCP and TLS each; then the broker's word.
CONNECT_S = 10.0
_HELP = "look at mqtt.host, at the network, and whether the unit lets it out: docs/mqtt.md"
# Source: MQTT 3.1.1, table 3.1: return codes of CONNACK; paho-mqtt 2 tells those of MQTT 5.
_REFUSALS = {
    1: "it speaks another MQTT than 3.1.1",
    2: "it takes no client of that name; set mqtt.name",
    3: "it is not ready",
    4: "user or password is wrong; look at mqtt.username and mqtt.password_file",
    5: "it does not let this user in; look at mqtt.username and mqtt.password_file",
    132: "it speaks another MQTT than 3.1.1",
    133: "it takes no client of that name; set mqtt.name",
    134: "user or password is wrong; look at mqtt.username and mqtt.password_file",
    135: "it does not let this user in; look at mqtt.username and mqtt.password_file",
    136: "it is not ready",
}


class Connection(Closable):
    """A connection from its constructor's success on, until something raises NotDelivered."""

    def __init__(self, config: MqttConfig, topics: Topics, timeout_s: float = CONNECT_S) -> None:
        """Connect, and wait for the broker's word. Raises NotDelivered, one sentence."""
        self._acknowledged: Set[int] = set()
        self._refusal: Optional[int] = None
        self._lost = False
        self._client = _client(config, topics)
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_publish = self._published
        try:
            self._connect(config, timeout_s)
        except NotDelivered:
            self.close()
            raise

    def publish(self, message: Message) -> int:
        """Send one message; return its number for `acknowledged`. Raises NotDelivered."""
        with self._losing():
            told = self._client.publish(message.topic, message.payload, QOS, message.retained)
        if told.rc != 0:
            raise NotDelivered(_lost())
        # Numbers come round again: what was said of an earlier message says nothing of this one.
        self._acknowledged.discard(int(told.mid))
        return int(told.mid)

    def acknowledged(self, number: int) -> bool:
        """Whether the broker has taken a message; asked once it says yes, it forgets it."""
        if number not in self._acknowledged:
            return False
        self._acknowledged.remove(number)
        return True

    def step(self, timeout_s: float, wake: Optional[int] = None) -> None:
        """Read and write what there is, waiting for it up to `timeout_s`. Raises NotDelivered.

        Args:
            wake: a descriptor that ends the wait when it can be read.
        """
        sock = self._client.socket()
        if sock is None:
            raise NotDelivered(_lost())
        watched: List[Any] = [sock] if wake is None else [sock, wake]
        # TLS may hold bytes that select does not see.
        pending = getattr(sock, "pending", int)()
        writing = [sock] if self._client.want_write() else []
        readable, writable, _ = select.select(watched, writing, [], 0 if pending else timeout_s)
        with self._losing():
            if sock in readable or pending:
                self._client.loop_read()
            if sock in writable and not self._lost:
                self._client.loop_write()
            self._client.loop_misc()
        if self._lost:
            raise NotDelivered(_lost())

    def close(self) -> None:
        """Take leave of the broker; may be called twice."""
        self._lost = True
        with contextlib.suppress(OSError):  # it is lost already
            self._client.disconnect()
        sock = self._client.socket()
        if sock is not None:
            sock.close()

    def _connect(self, config: MqttConfig, timeout_s: float) -> None:
        try:
            self._client.connect(config.host, port_of(config), KEEPALIVE_S)
        except ssl.SSLError as error:
            raise NotDelivered(_tls(error)) from error
        except ssl.CertificateError as error:  # of Python 3.6: no SSLError
            raise NotDelivered(_tls(error)) from error
        except (OSError, ValueError) as error:
            tls = "does mqtt.port speak TLS?" if config.tls else ""
            reset = tls and isinstance(error, ConnectionResetError)
            raise NotDelivered(
                "{}; {}".format(_unreachable(error), tls if reset else _HELP)
            ) from error
        until = time.monotonic() + timeout_s
        while self._refusal is None:
            if self._lost or self._client.socket() is None:
                raise NotDelivered(_hung_up(config))
            if time.monotonic() > until:
                raise NotDelivered(
                    "the broker says nothing for {:g} s; {}".format(timeout_s, _HELP)
                )
            with contextlib.suppress(NotDelivered):  # told above, in other words
                self.step(timeout_s / 20)
        if self._refusal:
            raise NotDelivered(_refused(self._refusal))

    @contextlib.contextmanager
    def _losing(self) -> Iterator[None]:
        """Take an error of the socket's, which paho 1.6 lets through for TLS, as the loss it is."""
        try:
            yield
        except OSError as error:
            self._lost = True
            raise NotDelivered(_lost()) from error

    def _connected(self, _client: Any, _data: Any, _flags: Any, code: Any, *_: Any) -> None:
        self._refusal = int(getattr(code, "value", code))

    def _disconnected(self, *_: Any) -> None:
        if self._refusal is None or self._refusal == 0:
            self._lost = True

    def _published(self, _client: Any, _data: Any, number: int, *_: Any) -> None:
        self._acknowledged.add(number)


def port_of(config: MqttConfig) -> int:
    """Return the configured port, or the usual one."""
    return config.port or (TLS_PORT if config.tls else PORT)


def missing() -> str:
    """Return what helps where paho-mqtt cannot be imported; empty where it can."""
    try:
        import paho.mqtt.client  # noqa: F401
    except ImportError as error:
        return libraries.sentence(error, libraries.is_l4t())
    return ""


def _client(config: MqttConfig, topics: Topics) -> Any:
    """Return paho's client, not connected. Raises NotDelivered."""
    try:
        from paho.mqtt import client
    except ImportError as error:
        raise NotDelivered(libraries.sentence(error, libraries.is_l4t())) from error
    paho: Any = client  # two versions: their types differ
    versions = getattr(paho, "CallbackAPIVersion", None)
    first = () if versions is None else (versions.VERSION2,)
    made = paho.Client(*first, client_id="plantd-" + topics.name, protocol=paho.MQTTv311)
    made.will_set(topics.status, OFFLINE, QOS, retain=True)
    if config.username:
        made.username_pw_set(config.username, password_of(config) or None)
    if config.tls:
        made.tls_set_context(tls_of(config))
    made._connect_timeout = CONNECT_S  # 1.6 has no public name for it
    return made


def _lost() -> str:
    return "the connection to the broker was lost; it is made again"


def _hung_up(config: MqttConfig) -> str:
    if config.tls and not config.cert_file:
        why = "it may ask for a certificate of this box: mqtt.cert_file"
    elif config.tls:
        why = "it may not trust mqtt.cert_file"
    else:
        why = "does mqtt.port speak MQTT, and without TLS?"
    return "the broker hangs up before it says anything; {}".format(why)


def _refused(code: int) -> str:
    return "the broker refuses: {}".format(_REFUSALS.get(code, "its code is {}".format(code)))


def _tls(error: Exception) -> str:
    text = str(getattr(error, "verify_message", "") or getattr(error, "reason", "") or error)
    if "CERTIFICATE_VERIFY_FAILED" in str(error) or isinstance(error, ssl.CertificateError):
        return (
            "the broker's certificate is not trusted: {}; mqtt.ca_file must hold the authority "
            "that signed it, and mqtt.host the name in it".format(text)
        )
    return (
        "TLS with the broker fails: {}; does mqtt.port speak TLS, or want mqtt.cert_file?".format(
            text
        )
    )


def _unreachable(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return "the name in mqtt.host is not known here"
    if isinstance(error, socket.timeout):
        return "the broker does not answer"
    return "the broker cannot be reached: {}".format(getattr(error, "strerror", None) or error)
