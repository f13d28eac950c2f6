"""Two machines on one: network namespaces joined by a cable, as far as the kernel lets us."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Sequence

import pytest
from support.processes import wait_ended

SUBNET = "10.213.77"


class Machine(NamedTuple):
    """A network namespace with one cable."""

    name: str
    address: str

    def begin(
        self, words: Sequence[str], environment: Dict[str, str], log: Path
    ) -> "subprocess.Popen[bytes]":
        """Start a program there; what it prints goes into `log`."""
        with log.open("ab") as told:
            return subprocess.Popen(
                ["ip", "netns", "exec", self.name, *words],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=subprocess.STDOUT,
            )

    def processes(self) -> List[int]:
        """Return what runs there."""
        told = subprocess.check_output(["ip", "netns", "pids", self.name])
        return [int(word) for word in told.split()]

    def lose_power(self) -> None:
        """End all that runs there at once, by SIGKILL."""
        ended = self.processes()
        for pid in ended:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in ended:
            wait_ended(pid)


@contextlib.contextmanager
def two_machines() -> Iterator[List[Machine]]:
    """Yield two machines that reach each other and nothing else; skip where none may be."""
    if os.getuid() != 0:
        pytest.skip("network namespaces need root")
    machines = [
        Machine("plantd{}{}".format(letter, os.getpid()), "{}.{}".format(SUBNET, place))
        for place, letter in enumerate("ab", 1)
    ]
    with contextlib.ExitStack() as left:
        for one in machines:
            _add(one)
            left.callback(_ip, "netns", "delete", one.name)
            left.callback(one.lose_power)
        ends = ["v" + one.name[-12:] for one in machines]
        _ip("link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
        for one, end in zip(machines, ends):
            _ip("link", "set", end, "netns", one.name)
            _ip("-n", one.name, "address", "add", one.address + "/24", "dev", end)
            _ip("-n", one.name, "link", "set", end, "up")
            _ip("-n", one.name, "link", "set", "lo", "up")
        yield machines


def _add(machine: Machine) -> None:
    try:
        _ip("netns", "add", machine.name)
    except subprocess.CalledProcessError as error:
        pytest.skip("no network namespaces here: {}".format(error.stderr.decode().strip()))


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
