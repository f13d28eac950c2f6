"""A world for the real jtop service: its own root, a TX2's tree, the group, service and clients.

Run as root in namespaces of its own:

    unshare --mount --pid --fork --mount-proc python3 tests/support/jtop_world.py SCRATCH OLD NEW

OLD and NEW are two unpacked releases of jetson-stats. Everything that is written goes into a
tmpfs laid over /, so that neither the group nor /run/jtop.sock is ever seen outside. Prints one
JSON object: for each scene, what the source `jtop` read and how it said it was.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Dict, Iterator, List, Sequence

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "daemon"), str(TOP / "tests")]

from plantd.telemetry.jetson_stats import JtopSource  # noqa: E402
from plantd.telemetry.readings_json import json_from_readings  # noqa: E402
from support import tx2_tree  # noqa: E402

GROUP_ID = 990
USER_ID = 1990
WAIT_S = 40.0
SERVICE = (
    "import sys; sys.argv = ['jtop', '--force']; from jtop.__main__ import main; sys.exit(main())"
)

# What jetson-stats wants beside what telemetry reads.
FREQUENCIES = {"scaling_governor": "schedutil", "scaling_min_freq": 345600}
FREQUENCIES.update(scaling_max_freq=2035200, cpuinfo_min_freq=345600)
FREQUENCIES.update(cpuinfo_max_freq=2035200, cpuinfo_cur_freq=1113600)
DEVFREQ = {"max_freq": 1300500000, "min_freq": 114750000, "governor": "nvhost_podgov"}
GPU_SWITCHES = {
    "railgate_enable": 1,
    "tpc_pg_mask": 0,
    "enable_3d_scaling": 1,
    "of_node/name": "gpu",
}
EMC = {"max_rate": 1866000000, "min_rate": 40800000, "mrq_rate_locked": 1}
LIMITS = ("in_voltage{}_input", "in_current{}_input")
CURRENT_LIMITS = ("warn_current_limit_{}", "crit_current_limit_{}")
MACHINE = "sys_vendor product_name product_version bios_vendor bios_version bios_date".split()


def call(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def lay_over_root(scratch: Path, needed: Sequence[str]) -> Path:
    """Mount a writable layer over / and return its root; `needed` folders are seen in it too."""
    call("mount", "--make-rprivate", "/")
    call("mount", "-t", "tmpfs", "tmpfs", str(scratch))
    for name in ("upper", "work", "root"):
        (scratch / name).mkdir()
    options = "lowerdir=/,upperdir={0}/upper,workdir={0}/work".format(scratch)
    root = scratch / "root"
    call("mount", "-t", "overlay", "overlay", "-o", options, str(root))
    for name in ("proc", "sys", "dev"):
        call("mount", "--rbind", "/" + name, str(root / name))
    call("mount", "-t", "tmpfs", "tmpfs", str(root / "run"))
    for folder in needed:
        # A folder on a mount of its own is not in the layer below.
        inside = root / folder.lstrip("/")
        inside.mkdir(parents=True, exist_ok=True)
        call("mount", "--rbind", folder, str(inside))
    with open(str(root / "etc/group"), "a") as groups:
        groups.write("jtop:x:{}:\n".format(GROUP_ID))
    return root


def build_tree(root: Path) -> None:
    """Build /fake_sys, where jetson-stats looks when it is being tested, and a machine's names."""
    built = tx2_tree.build(root / "tree")
    fake = root / "fake_sys"
    shutil.move(str(built / "sys"), str(fake))
    shutil.copyfile(str(built / "proc/stat"), str(fake / "stat"))
    gpu = "devices/17000000.gp10b"
    for path, value in more_files(gpu):
        tx2_tree.write(fake, path, "{}\n".format(value))
    tx2_tree.write(fake, gpu + "/of_node/name", "gpu")
    virtual = root / "virtual"
    for name in MACHINE:
        tx2_tree.write(virtual, "dmi/id/" + name, "imitation\n")
    shutil.copytree(str(fake / "class/thermal"), str(virtual / "thermal"))
    call("mount", "--bind", str(virtual), str(root / "sys/devices/virtual"))


def more_files(gpu: str) -> "Iterator[tuple[str, Any]]":
    for core in range(tx2_tree.CORES):
        for name, value in FREQUENCIES.items():
            yield "devices/system/cpu/cpu{}/cpufreq/{}".format(core, name), value
    for name, value in DEVFREQ.items():
        yield "{}/devfreq/17000000.gp10b/{}".format(gpu, name), value
    for name, value in GPU_SWITCHES.items():
        yield "{}/{}".format(gpu, name), value
    for name, value in EMC.items():
        yield "kernel/debug/bpmp/debug/clk/emc/" + name, value
    yield "class/hwmon/hwmon12/name", "none"
    for chip, (device, rails) in tx2_tree.RAILS.items():
        yield "bus/i2c/devices/{}/name".format(chip), "ina3221x"
        for channel, (_, milliwatts) in enumerate(rails):
            folder = "bus/i2c/devices/{}/iio:device{}/".format(chip, device)
            for name in LIMITS:
                yield folder + name.format(channel), 19000 if "volt" in name else milliwatts // 19
            for name in CURRENT_LIMITS:
                yield folder + name.format(channel), 32760


def enter(root: Path) -> None:
    """Make the new root this process's own."""
    os.chroot(str(root))
    os.chdir("/")


class Service:
    """The real jtop service of one release."""

    def __init__(self, release: str) -> None:
        environ = {**os.environ, "JTOP_SERVICE": "True", "JTOP_TESTING": "true"}
        environ.update(PYTHONPATH=release, PYTHONDONTWRITEBYTECODE="1")
        self._child = subprocess.Popen(
            [sys.executable, "-u", "-c", SERVICE],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self._ready = threading.Event()
        self._log: List[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._child.stdout is not None
        for line in self._child.stdout:
            self._log.append(line)
            if "ready" in line.lower():
                self._ready.set()
        self._ready.set()

    def __enter__(self) -> "Service":
        self._ready.wait(WAIT_S)
        if self._child.poll() is not None:
            raise SystemExit("the service ended:\n" + "".join(self._log))
        return self

    def kill(self) -> None:
        """End all of its processes, as systemd does."""
        os.killpg(self._child.pid, signal.SIGKILL)

    def __exit__(self, *_: object) -> None:
        self._child.terminate()
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
        self._reader.join(WAIT_S)


class Looking:
    """A client in a process of its own, which prints a line whenever its source has news."""

    def __init__(self, release: str, in_group: bool = True) -> None:
        environ = {**os.environ, "PYTHONPATH": release, "PYTHONDONTWRITEBYTECODE": "1"}
        self._child = subprocess.Popen(
            [sys.executable, "-W", "ignore", os.path.abspath(__file__), "client"],
            env={**environ, "HOME": "/tmp", "CLIENT_GROUP": str(GROUP_ID if in_group else USER_ID)},
            stdout=subprocess.PIPE,
            stdin=subprocess.PIPE,
            encoding="utf-8",
        )

    def next(self, state: str) -> Dict[str, Any]:
        """Return the first news with that state."""
        assert self._child.stdout is not None
        for line in self._child.stdout:
            news: Dict[str, Any] = json.loads(line)
            if news["source"]["state"] == state:
                return news
        raise SystemExit("the client ended before it was " + state)

    def __enter__(self) -> "Looking":
        return self

    def __exit__(self, *_: object) -> None:
        self._child.kill()
        self._child.communicate()


def client() -> None:
    """Follow the service as an ordinary user and print what the source says."""
    group = int(os.environ["CLIENT_GROUP"])
    os.setgroups([group])
    os.setgid(USER_ID)
    os.setuid(USER_ID)
    # Unpacked and not installed, jetson-stats prints a line of its own on import.
    answers, sys.stdout = sys.stdout, sys.stderr
    news = threading.Semaphore(0)
    with JtopSource(0.5, changed=news.release, retry_first_s=0.2) as source:
        while True:
            news.acquire()
            said = json_from_readings(source.read(), source.state())
            print(json.dumps(said), file=answers, flush=True)


def scenes(old: str, new: str) -> Dict[str, Any]:
    """Return what is seen in each scene."""
    seen: Dict[str, Any] = {}
    with Looking(new) as looking:
        seen["no_service"] = looking.next("degraded")
    for name, release in (("old", old), ("new", new)):
        with Service(release) as service, Looking(release) as looking:
            seen[name] = looking.next("ok")
            if release == new:
                service.kill()
                seen["killed"] = looking.next("degraded")
    with Service(new), Looking(old) as looking:
        seen["mismatch"] = looking.next("degraded")
    with Service(new), Looking(new, in_group=False) as looking:
        seen["outside_the_group"] = looking.next("degraded")
    return seen


def main(arguments: Sequence[str]) -> None:
    """Build the world, or be a client in it."""
    if arguments == ["client"]:
        client()
        return
    scratch, old, new = arguments
    root = lay_over_root(Path(scratch), [str(TOP), old, new])
    build_tree(root)
    enter(root)
    json.dump(scenes(old, new), sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
