"""Puts this checkout on an environment's path, with a command for each of its programs.

usage: FOLDER/bin/python tools/rooms.py

A file plantd.pth in the environment names the folders, so that a change of the sources holds at
once. Every Python and every pip reads it alike; the editable installations of pip before 21.3 know
one folder only, and this project has four.
"""

import os
import sys
import sysconfig
from typing import List

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDERS = ("daemon", "engines", "calibration", "fleet")
COMMANDS = {
    "plantd": "plantd.__main__",
    "plantd-cli": "plantd.cli",
    "plantd-engine": "plantd_engines.__main__",
    "plantd-import": "plantd_import.__main__",
    "plantd-calibrate": "plantd_calibration.__main__",
    "plantd-train": "plantd_training.__main__",
    "plantd-fleet": "plantd_fleet.__main__",
}


def write_path(site_packages: str) -> List[str]:
    """Write plantd.pth; return the folders that it names."""
    folders = [os.path.join(TOP, name) for name in FOLDERS]
    with open(os.path.join(site_packages, "plantd.pth"), "w", encoding="utf-8") as target:
        target.write("\n".join(folders) + "\n")
    return folders


def write_commands(scripts: str) -> None:
    """Write a small program for each command; an absent room says so when it is called."""
    for name, module in COMMANDS.items():
        path = os.path.join(scripts, name)
        with open(path, "w", encoding="utf-8") as target:
            target.write('#!/bin/sh\nexec "{}" -m {} "$@"\n'.format(sys.executable, module))
        os.chmod(path, 0o755)


def main() -> int:
    """Write both, and say where."""
    if sys.prefix == sys.base_prefix:
        sys.stderr.write("rooms: {} is not an environment of its own\n".format(sys.executable))
        return 64
    folders = write_path(sysconfig.get_paths()["purelib"])
    write_commands(os.path.join(sys.prefix, "bin"))
    print("on the path: {}".format(", ".join(folders)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
