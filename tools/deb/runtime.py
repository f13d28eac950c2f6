"""Gathers the libraries of a package's private environment, for Pythons that are not this one.

usage: runtime.py FOLDER WHEELS ARCHITECTURE PYTHON...    such as: out wheels amd64 3.9 3.11

Writes FOLDER/lib/pythonX.Y/site-packages for each Python: what requirements/device.txt asks for, in
the versions of requirements/pins, with all that these need. numpy is among them only where the pins
name it: elsewhere the system's serves, beside its OpenCV. WHEELS keeps what was downloaded.

How this works: pip would read conditions such as python_version < "3.11" for the Python it runs on,
so each wheel is fetched alone, and its own list of what it needs is read for the Python it is for.
"""

import re
import subprocess
import sys
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Tuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

TOP = Path(__file__).resolve().parents[2]
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
# From newest to oldest, as many as some pinned wheel is named by.
GLIBCS = ("2_28", "2_27", "2_24", "2_17")
# ONNX Runtime asks for them, and loads them in its converters alone, which a device never runs.
LEFT_OUT = {"coloredlogs", "sympy"}
# Without a wheel, in Python alone; for Python 3.6.
SOURCES = {"idna-ssl"}


class Target(NamedTuple):
    """A Python of an architecture: ("3.9", "amd64")."""

    python: str
    architecture: str

    def environment(self) -> Dict[str, str]:
        """Return what conditions of requirements are read in."""
        return {
            "python_version": self.python,
            "python_full_version": self.python + ".9",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "platform_machine": MACHINES[self.architecture],
            "platform_system": "Linux",
            "sys_platform": "linux",
            "os_name": "posix",
            "extra": "",
        }

    def pip_options(self) -> List[str]:
        """Return how pip is told to look for this Python's wheels."""
        machine = MACHINES[self.architecture]
        digits = self.python.replace(".", "")
        abi = "cp36m" if self.python == "3.6" else "cp" + digits
        platforms = ["manylinux_{}_{}".format(glibc, machine) for glibc in GLIBCS]
        platforms += ["manylinux2014_" + machine, "manylinux1_" + machine]
        options = ["--python-version", self.python, "--implementation", "cp"]
        for name in (abi, "abi3", "none"):
            options += ["--abi", name]
        for name in platforms:
            options += ["--platform", name]
        return options


def pins_of(python: str) -> Dict[str, str]:
    """Return canonical name -> version of the pins. Raises SystemExit where there are none."""
    path = TOP / "requirements" / "pins" / "device-py{}.txt".format(python)
    if not path.exists():
        sys.exit("make deb: {} is missing; make pins VERSIONS={} writes it".format(path, python))
    lines = [line.partition("#")[0].strip() for line in path.read_text().splitlines()]
    pairs = [line.partition("==") for line in lines if "==" in line]
    return {canonicalize_name(name): version for name, _, version in pairs}


def roots() -> List[str]:
    """Return the names that requirements/device.txt asks for."""
    lines = (TOP / "requirements" / "device.txt").read_text().splitlines()
    named = [line.partition("#")[0].strip() for line in lines]
    return [canonicalize_name(Requirement(line).name) for line in named if line]


def closure(target: Target, store: Path) -> List[Path]:
    """Return the wheels that a Python needs, all below `store`."""
    pins = pins_of(target.python)
    system = set() if "numpy" in pins else {"numpy"}
    taken: Dict[str, Path] = {}
    wanted = set(roots()) - system
    while wanted:
        for name in wanted:
            if name not in pins:
                sys.exit(
                    "make deb: Python {0} needs {1}, and its pins do not name it; "
                    "make pins VERSIONS={0} resolves them anew".format(target.python, name)
                )
        taken.update(fetch({name: pins[name] for name in wanted}, target, store))
        needed = {name for path in taken.values() for name in needs(path, target)}
        wanted = needed - set(taken) - LEFT_OUT - system
    return sorted(taken.values())


def needs(wheel: Path, target: Target) -> Iterator[str]:
    """Yield the names that a wheel needs on a Python."""
    for line in metadata(wheel).get_all("Requires-Dist") or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(target.environment()):
            yield canonicalize_name(requirement.name)


def metadata(wheel: Path) -> Message:
    """Return the headers of a wheel's METADATA."""
    with zipfile.ZipFile(str(wheel)) as archive:
        (name,) = [n for n in archive.namelist() if re.match(r"[^/]+\.dist-info/METADATA$", n)]
        return Parser().parsestr(archive.read(name).decode("utf-8"))


def fetch(versions: Dict[str, str], target: Target, store: Path) -> Dict[str, Path]:
    """Download what the store lacks; return name -> wheel."""
    folder = store / target.architecture / target.python
    folder.mkdir(parents=True, exist_ok=True)
    here = held(folder)
    missing = {n: v for n, v in versions.items() if here.get(n, ("", None))[0] != Version(v)}
    binaries = ["{}=={}".format(n, v) for n, v in missing.items() if n not in SOURCES]
    if binaries:
        pip("download", "--only-binary=:all:", *target.pip_options(), folder=folder, names=binaries)
    for name in SOURCES & set(missing):
        pip("wheel", folder=folder, names=["{}=={}".format(name, missing[name])])
    return {name: path for name, (_, path) in held(folder).items() if name in versions}


def held(folder: Path) -> Dict[str, Tuple[Version, Path]]:
    """Return name -> version and path of the wheels in a folder."""
    found = {}
    for path in sorted(folder.glob("*.whl")):
        name, version, _build, _tags = parse_wheel_filename(path.name)
        found[str(name)] = (version, path)
    return found


def pip(command: str, *options: str, folder: Path, names: List[str]) -> None:
    """Let pip download or build wheels, without what they need."""
    where = "--dest" if command == "download" else "--wheel-dir"
    subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", command]
        + ["--no-deps", where, str(folder)]
        + list(options)
        + names,
        check=True,
    )


def unpack(wheels: List[Path], site_packages: Path) -> None:
    """Lay wheels out as an installation has them; all of these are plain files."""
    site_packages.mkdir(parents=True)
    for wheel in wheels:
        with zipfile.ZipFile(str(wheel)) as archive:
            left = (".data/", "__pycache__")
            members = [n for n in archive.namelist() if not any(part in n for part in left)]
            archive.extractall(str(site_packages), members)


def main(arguments: List[str]) -> int:
    """Gather for each Python; return the exit code."""
    folder, store, architecture = Path(arguments[0]), Path(arguments[1]), arguments[2]
    for python in arguments[3:]:
        wheels = closure(Target(python, architecture), store)
        unpack(wheels, folder / "lib" / ("python" + python) / "site-packages")
        size_mb = sum(path.stat().st_size for path in wheels) / 1e6
        told = "== deb: Python {} on {}: {} wheels, {:.1f} MB"
        print(told.format(python, architecture, len(wheels), size_mb))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
