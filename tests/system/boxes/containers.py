"""Three boxes as containers of systemd-nspawn on one bridge, and who reaches them by SSH."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional

import yaml
from support.checkout import TOP

ROOT = TOP / "build/machine/boxes"
LAYERS = Path("/run/boxes")
ADDRESSES = {"ridge-a": "10.77.0.11", "ridge-b": "10.77.0.12", "ridge-c": "10.77.0.13"}
WORKSTATION = "10.77.0.1"
BOOT_S = 120
PLAY_S = 900
# A busy machine takes a while to log in. Connections are kept, for this run alone.
SETTINGS = {
    "ANSIBLE_NOCOLOR": "1",
    "ANSIBLE_SSH_ARGS": "-C -o ControlMaster=auto -o ControlPersist=60s -o ServerAliveInterval=5",
    "ANSIBLE_SSH_CONTROL_PATH_DIR": str(LAYERS / "ssh"),
    "ANSIBLE_SSH_PIPELINING": "1",
    "ANSIBLE_TIMEOUT": "60",
    "LC_ALL": "C.UTF-8",
}
# What every box is: a drawn plant, and a hand and an eye through sockets.
CONFIG = {
    "camera": {"source": "test://plant"},
    # A box's own trial would race with the role's way back.
    "update": {"trial_presses": 0},
    "button": {"driver": "fake"},
    "light": {"driver": "fake"},
}
NETWORK = "[Match]\nName=host0\n[Network]\nAddress={}/24\nLinkLocalAddressing=no\n"
_RECAP = re.compile(
    r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE
)


class Recap(NamedTuple):
    """What Ansible counts of a box at a play's end."""

    ok: int
    changed: int
    unreachable: int
    failed: int


class Play(NamedTuple):
    """One run of the playbook: its exit code, all it said, and its count of each box."""

    code: int
    said: str
    recap: Dict[str, Recap]

    def changed(self) -> List[int]:
        """Return how much changed on each box."""
        return [each.changed for each in self.recap.values()]


class Box:
    """One container: bare Debian below, what was done to it in a layer that outlives a boot."""

    def __init__(self, name: str, address: str, key: str, stick: Path) -> None:
        self.name, self.address, self._stick = name, address, stick
        self._machine: Optional["subprocess.Popen[bytes]"] = None
        layer = LAYERS / name
        self.root, self.console = layer / "root", layer / "console.log"
        for part in ("upper", "work", "root"):
            (layer / part).mkdir(parents=True)
        options = f"lowerdir={ROOT},upperdir={layer}/upper,workdir={layer}/work"
        command = ["mount", "-t", "overlay", "overlay", "-o", options, str(self.root)]
        subprocess.run(command, check=True)
        self._settle(key)

    def _settle(self, key: str) -> None:
        """Give it a name, an address, and a user who may sudo."""
        (self.root / "etc/hostname").write_text(self.name + "\n")
        # sudo looks its own name up, and there is nobody to ask.
        (self.root / "etc/hosts").write_text(f"127.0.0.1 localhost\n127.0.1.1 {self.name}\n")
        network = self.root / "etc/systemd/network/10-host0.network"
        network.write_text(NETWORK.format(self.address))
        chroot = ["chroot", str(self.root)]
        subprocess.run([*chroot, "useradd", "-m", "-s", "/bin/bash", "field"], check=True)
        subprocess.run([*chroot, "systemctl", "-q", "enable", "systemd-networkd"], check=True)
        (self.root / "etc/sudoers.d/field").write_text("field ALL=(ALL) NOPASSWD:ALL\n")
        ssh = self.root / "home/field/.ssh"
        ssh.mkdir(mode=0o700)
        (ssh / "authorized_keys").write_text(key)
        subprocess.run([*chroot, "chown", "-R", "field:", "/home/field/.ssh"], check=True)

    def boot(self) -> None:
        """Start it; `Fleet.wait` says when it may be spoken to."""
        command = ["systemd-nspawn", "--quiet", "--directory", str(self.root)]
        command += ["--machine", self.name, "--register=no", "--keep-unit", "--boot"]
        command += ["--network-bridge=plantd", "--console=pipe"]
        command += [f"--bind-ro={self._stick}:/media/usb/plantd"]
        with open(self.console, "ab") as console:
            self._machine = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                preexec_fn=self._own_cgroup,
            )

    def _groups(self) -> List[str]:
        """Return the control groups of its own; systemd 252 has one hierarchy or two."""
        tops = ("/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd")
        found = [top for top in tops if os.path.exists(top + "/cgroup.procs")]
        return [f"{top}/plantd-{self.name}" for top in found]

    def _own_cgroup(self) -> None:
        """Each machine's systemd takes the group that it is started in."""
        for group in self._groups():
            os.makedirs(group, exist_ok=True)
            with open(group + "/cgroup.procs", "w") as procs:
                procs.write(str(os.getpid()))

    def cut(self) -> None:
        """Cut its power. Its processes end with their first one, which outlives systemd-nspawn."""
        if self._machine is not None:
            number = self._machine.pid
            first = Path(f"/proc/{number}/task/{number}/children").read_text().split()
            for each in first:
                os.kill(int(each), signal.SIGKILL)
            self._machine.kill()
            self._machine.wait()
            self._machine = None
        subprocess.run(["ip", "link", "delete", "vb-" + self.name], stderr=subprocess.DEVNULL)
        for group in self._groups():
            for folder, _, _ in os.walk(group, topdown=False):
                with contextlib.suppress(OSError):  # One that still empties goes with the next.
                    os.rmdir(folder)

    def read(self, path: str) -> str:
        return (self.root / path.lstrip("/")).read_text()


class Fleet:
    """The workstation: keys, inventory, a web server, and the boxes."""

    def __init__(self, work: Path, ansible: Path) -> None:
        self.work, self._ansible = work, ansible
        self._key = work / "ssh_key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self._key], check=True)
        public = self._key.with_suffix(".pub").read_text()
        self.boxes = {
            name: Box(name, address, public, work / "stick") for name, address in ADDRESSES.items()
        }
        host_key = (ROOT / "etc/ssh/ssh_host_ed25519_key.pub").read_text().split()[:2]
        (work / "known_hosts").write_text(
            "".join(f"{each} {' '.join(host_key)}\n" for each in ADDRESSES.values())
        )
        self.versions = [self._version(work / part) for part in ("debs", "next", "third")]
        self._write_inventory()
        web = [sys.executable, "-m", "http.server", "--bind", WORKSTATION, "8080"]
        self._web = subprocess.Popen(
            web, cwd=work / "stick", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def _version(self, folder: Path) -> str:
        (deb,) = folder.glob("plantd_*.deb")
        return deb.name.split("_")[1]

    def _write_inventory(self) -> None:
        """One box by the web, one by files, one by a stick: as three owners would."""
        folder = self.work / "inventory"
        for part in ("host_vars", "group_vars"):
            (folder / part).mkdir(parents=True)
        self.inventory = folder / "boxes.ini"
        lines = ["[boxes]"] + [f"{name} ansible_host={at}" for name, at in ADDRESSES.items()]
        lines += ["[boxes:vars]", "ansible_user=field", f"ansible_ssh_private_key_file={self._key}"]
        lines += ["ansible_python_interpreter=/usr/bin/python3"]
        lines += [f'ansible_ssh_common_args="-o UserKnownHostsFile={self.work}/known_hosts"']
        self.inventory.write_text("\n".join(lines) + "\n")
        shared: Dict[str, Any] = {"plantd_config": CONFIG, "plantd_readers": ["field"]}
        shared["plantd_repository_key"] = str(self.work / "stick/plantd-repository.gpg")
        (folder / "group_vars/boxes.yml").write_text(yaml.safe_dump(shared))
        self.offer(0)

    def offer(self, step: int) -> None:
        """Have the inventory ask for one of `versions` on every box."""
        version = self.versions[step]
        deb = next((self.work / ("debs", "next", "third")[step]).glob("plantd_*.deb"))
        model = next((self.work / "debs").glob("plantd-model-*.deb"))
        web = f"http://{WORKSTATION}:8080"
        self.tell("ridge-a", plantd_repository=web, plantd_version=version)
        self.tell("ridge-b", plantd_debs=[str(deb), str(model)])
        self.tell("ridge-c", plantd_repository="file:/media/usb/plantd", plantd_version=version)

    def tell(self, name: str, **variables: Any) -> None:
        """Add to what the inventory says of a box."""
        path = self.inventory.parent / "host_vars" / (name + ".yml")
        old = yaml.safe_load(path.read_text()) if path.exists() else {}
        path.write_text(yaml.safe_dump({**old, **variables}))

    def boot_all(self) -> None:
        for box in self.boxes.values():
            box.boot()
        for box in self.boxes.values():
            self.wait(box)

    def wait(self, box: Box) -> None:
        """Wait until it lets somebody in. Raises AssertionError with its console's end."""
        until = time.monotonic() + BOOT_S
        while self._ssh(box, "true").returncode != 0:
            console = box.console.read_text(errors="replace")
            assert time.monotonic() < until, console[-3000:]
            time.sleep(0.5)

    def run(self, name: str, command: str) -> str:
        """Return what a command says on a box; it must end well."""
        done = self._ssh(self.boxes[name], command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _ssh(self, box: Box, command: str) -> "subprocess.CompletedProcess[str]":
        words = ["ssh", "-i", str(self._key), "-o", "BatchMode=yes", "-o", "ConnectTimeout=5"]
        words += ["-o", f"UserKnownHostsFile={self.work}/known_hosts", "field@" + box.address]
        return subprocess.run(
            [*words, command], stdin=subprocess.DEVNULL, text=True, capture_output=True, timeout=60
        )

    def play(self, *words: str) -> Play:
        """Run the playbook that the documents show."""
        playbook = self._ansible / "bin/ansible-playbook"
        command = [playbook, "-i", self.inventory, *words, "boxes.yml"]
        done = subprocess.run(
            list(map(str, command)),
            cwd=TOP / "fleet/ansible",
            env=dict(os.environ, **SETTINGS),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PLAY_S,
        )
        print(done.stdout)
        recap = {name: Recap(*map(int, counts)) for name, *counts in _RECAP.findall(done.stdout)}
        return Play(done.returncode, done.stdout, recap)

    def ask(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run plantd-fleet on the same inventory, with the same Ansible."""
        rooms = ":".join(str(TOP / each) for each in ("daemon", "engines", "fleet"))
        return subprocess.run(
            [self._ansible / "bin/python", "-m", "plantd_fleet", *words, "-i", self.inventory],
            env=dict(os.environ, PYTHONPATH=rooms),
            text=True,
            capture_output=True,
            timeout=PLAY_S,
        )

    def close(self) -> None:
        self._web.kill()
        self._web.wait()
        for box in self.boxes.values():
            box.cut()
