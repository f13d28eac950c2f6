"""What the checks look at: one machine, or a tree that a test has drawn, and who is asking."""

import os
import stat
import subprocess
import sys
from typing import Callable, FrozenSet, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Set

from plantd.api.appliance import Check
from plantd.camera.capture_process import environment
from plantd.camera.gstreamer_facts import GstreamerFacts, gstreamer_facts
from plantd.config import Config
from plantd.gpio.lines import Chip, chips
from plantd.telemetry import kernel_files

OK, WARNING, FAILED = "ok", "warning", "failed"
# Not a fault: this user may not look, or the program that tells is not there.
UNSEEN = "unseen"
STATES = (FAILED, WARNING, UNSEEN, OK)

# What helps who may not look.
AS_ROOT = "sudo plantd doctor sees it"

SERVICE_USER = "plantd"
RUN_TIMEOUT_S = 90.0
# How long the service may take to say that it runs.
SOCKET_TIMEOUT_S = 5.0


class Ran(NamedTuple):
    """What a program answered."""

    code: int
    out: str
    err: str


Run = Callable[[Sequence[str]], Optional[Ran]]
Checked = Iterator[Check]


def run(command: Sequence[str]) -> Optional[Ran]:
    """Run a program with a deadline; None when it is not installed or does not end."""
    try:
        done = subprocess.run(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=RUN_TIMEOUT_S,
            env=environment() if command[0] == sys.executable else None,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    out, err = (data.decode("utf-8", "replace").strip() for data in (done.stdout, done.stderr))
    return Ran(done.returncode, out, err)


class User(NamedTuple):
    """Whom the rights are checked for: the service's user where there is one."""

    name: str
    uid: int
    gids: FrozenSet[int]
    groups: FrozenSet[str]


class Probes(NamedTuple):
    """Everything a check may look at.

    Attributes:
        config: None where the configuration is broken; then `problems` says why.
        path: the configuration's file; empty where none was read.
        site: the site's file below it; empty where there is none.
        root: "/", or the tree of a test with its own /proc, /sys and /etc.
        run: runs a program and returns what it said; None when it is not installed.
        gpio_chips, gstreamer: see gpio_lines.chips and gstreamer_facts.
    """

    config: Optional[Config]
    problems: Sequence[str] = ()
    path: str = ""
    root: str = "/"
    environ: Mapping[str, str] = {}
    run: Run = run
    gpio_chips: Callable[[], List[Chip]] = list
    gstreamer: Callable[[], GstreamerFacts] = gstreamer_facts
    machine: str = ""
    site: str = ""

    @property
    def known(self) -> Config:
        """The configuration that holds, the defaults where it is broken."""
        return self.config or Config()

    def text(self, *parts: str) -> Optional[str]:
        """Return a small file's text below the root, None when it cannot be read."""
        return kernel_files.text(self.root, *parts)

    def at(self, path: str) -> str:
        """Return where an absolute path lies below the root."""
        return os.path.join(self.root, path.lstrip("/"))

    @property
    def is_jetson(self) -> bool:
        """Whether this is an NVIDIA Tegra board."""
        return self.text("etc", "nv_tegra_release") is not None

    @property
    def has_systemd(self) -> bool:
        """Whether systemd runs here."""
        return os.path.isdir(self.at("/run/systemd/system"))

    def user(self) -> User:
        """Return the service's user, or whoever asks where there is none."""
        for line in (self.text("etc", "passwd") or "").splitlines():
            fields = line.split(":")
            if fields[0] == SERVICE_USER and len(fields) > 3 and fields[2].isdigit():
                return self._with_groups(SERVICE_USER, int(fields[2]), {int(fields[3])})
        return self._with_groups("", os.getuid(), {os.getgid(), *os.getgroups()})

    def may(self, path: str, right: int) -> bool:
        """Return whether the service's user has a right (os.R_OK, os.W_OK, ...) to a path.

        Judged by owner, group and mode alone. Raises OSError when the path cannot be looked at.
        """
        user, seen = self.user(), os.stat(self.at(path))
        if user.uid == 0:
            return True
        shift = 6 if seen.st_uid == user.uid else 3 if seen.st_gid in user.gids else 0
        return (stat.S_IMODE(seen.st_mode) >> shift) & right == right

    def _with_groups(self, name: str, uid: int, gids: Set[int]) -> User:
        groups = set()
        for line in (self.text("etc", "group") or "").splitlines():
            fields = line.split(":")
            if len(fields) < 4 or not fields[2].isdigit():
                continue
            if int(fields[2]) in gids or (name and name in fields[3].split(",")):
                gids.add(int(fields[2]))
                groups.add(fields[0])
        return User(name, uid, frozenset(gids), frozenset(groups))


def this_machine(
    config: Optional[Config], problems: Sequence[str], path: str, site: str = ""
) -> Probes:
    """Return the machine we are on."""
    facts: List[GstreamerFacts] = []

    def once() -> GstreamerFacts:
        if not facts:
            facts.append(gstreamer_facts())
        return facts[0]

    machine = os.uname().machine
    return Probes(config, problems, path, "/", os.environ, run, chips, once, machine, site)


def last_line(text: str) -> str:
    """Return what a program said last: with Python, the error itself."""
    return text.splitlines()[-1] if text else "it said nothing"
