"""Boxes asked over SSH, several at a time: how they are, and what they recorded.

What is called is the ssh of the system, with the configuration and the agent of who calls; it never
asks for a password, and a box that does not answer is one line.
"""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO, List, Sequence

from plantd.errors import UnavailableError
from plantd_fleet.facts import BoxFacts, facts_of_status, objects_in
from plantd_fleet.hosts import Host

AT_ONCE = 8
CONNECT_S = 10
STATUS_S = 60
EXPORT_S = 3600
# plantd-cli ends with 69 where no service answers; the last press may be known all the same.
ASK = "plantd-cli status --json; plantd-cli history -n 1 --json"
EXPORT = (
    'if [ "$(id -u)" != 0 ]; then as_root="sudo -n"; fi; '
    "$as_root plantd-cli export --format jsonl -"
)


def facts_of_hosts(hosts: Sequence[Host]) -> List[BoxFacts]:
    """Return how each host is, in their order; one that does not answer says why in `detail`."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(_facts, hosts))


def export_of_host(host: Host, target: BinaryIO) -> None:
    """Write a box's exported verdicts into a file. Raises UnavailableError."""
    command = [*_ssh(host), EXPORT]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=target,
            stderr=subprocess.PIPE,
            timeout=EXPORT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError("{}: {}".format(host.name, _sentence(error))) from error
    if done.returncode != 0:
        raise UnavailableError("{}: {}".format(host.name, _last_line(done.stderr)))


def _facts(host: Host) -> BoxFacts:
    try:
        done = subprocess.run(
            [*_ssh(host), ASK], stdin=subprocess.DEVNULL, capture_output=True, timeout=STATUS_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return BoxFacts(host.name, detail=_sentence(error))
    told = objects_in(done.stdout.decode("utf-8", "replace"))
    status = next((each for each in told if "service" in each), None)
    last = next((each for each in told if each.get("type") == "verdict"), None)
    if status is None:
        return BoxFacts(host.name, name=host.name, detail=_last_line(done.stderr))
    return facts_of_status(host.name, status, last)


def _ssh(host: Host) -> List[str]:
    command = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout={}".format(CONNECT_S)]
    if host.port:
        command += ["-p", str(host.port)]
    if host.user:
        command += ["-l", host.user]
    if host.key:
        command += ["-i", host.key]
    # What follows is no option, whatever the inventory calls the box.
    return [*command, *host.options, "--", host.address]


def _sentence(error: Exception) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return "it did not answer within {:g} s".format(error.timeout)
    return "ssh cannot be called: {}".format(error)


def _last_line(stderr: bytes) -> str:
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it does not answer"
