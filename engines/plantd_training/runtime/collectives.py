"""Where the other machines reach this one's part of a sum, on processors: gloo.

JAX lets gloo listen where the machine's own name leads, which on Debian is 127.0.1.1, where no
other machine gets to. So it is told the address from which the first machine is reached.
"""

import contextlib
import socket
from typing import Any


def address_towards(where: str) -> str:
    """Return this machine's address on the way to HOST:PORT; raise OSError where there is none."""
    host, _, port = where.rpartition(":")
    told = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_DGRAM)
    family, kind, protocol, _, target = told[0]
    with contextlib.closing(socket.socket(family, kind, protocol)) as asked:
        # Nothing is sent: the kernel only chooses the way.
        asked.connect(target)
        return str(asked.getsockname()[0])


def listen_at(address: str) -> None:
    """Let gloo listen there; call it after jax.distributed.initialize and before JAX computes."""
    from jax._src import distributed, xla_bridge
    from jax.extend import backend
    from jaxlib import _jax

    def client() -> Any:
        met = distributed.global_state.client
        return xla_bridge.make_cpu_client(
            _jax.make_gloo_tcp_collectives(distributed_client=met, hostname=address)
        )

    backend.register_backend_factory("cpu", client, fail_quietly=False)
