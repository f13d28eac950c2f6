"""The wheel that is installed on a device holds every module, and its commands lead somewhere."""

import configparser
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Dict, Set

import pytest
import rooms
from support.checkout import TOP

ROOTS = ("daemon", "engines", "calibration", "fleet")
# Command -> the room that it belongs to, and comes with.
ROOMS = {
    "plantd": "plantd",
    "plantd-cli": "plantd",
    "plantd-engine": "plantd_engines",
    "plantd-import": "plantd_import",
    "plantd-calibrate": "plantd_calibration",
    "plantd-train": "plantd_training",
    "plantd-fleet": "plantd_fleet",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from a copy, so that nothing is left in the tree."""
    copy = tmp_path_factory.mktemp("packaging") / "plantd"
    copy.mkdir()
    for folder in ROOTS:
        if not (TOP / folder).is_dir():
            continue
        leftovers = shutil.ignore_patterns("__pycache__", "bundles")
        shutil.copytree(str(TOP / folder), str(copy / folder), ignore=leftovers)
    for name in ("setup.py", "setup.cfg", "README.md", "LICENSE"):
        if (TOP / name).exists():
            shutil.copy(str(TOP / name), str(copy))
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            "out",
            ".",
        ],
        cwd=str(copy),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout.decode()
    (built,) = (copy / "out").glob("plantd-*.whl")
    return zipfile.ZipFile(str(built))


def text_of(wheel: zipfile.ZipFile, name: str) -> str:
    """Read a file of the wheel's metadata."""
    (found,) = [item for item in wheel.namelist() if item.endswith(".dist-info/" + name)]
    return wheel.read(found).decode()


def commands(wheel: zipfile.ZipFile) -> Dict[str, str]:
    """Return command -> module:function."""
    parser = configparser.ConfigParser()
    parser.read_string(text_of(wheel, "entry_points.txt"))
    return dict(parser["console_scripts"])


def modules_of(top: Path) -> Set[str]:
    """Return every module below the roots as it is named in a wheel."""
    return {
        str(path.relative_to(top / folder))
        for folder in ROOTS
        for path in (top / folder).glob("plantd*/**/*.py")
    }


def test_the_wheel_holds_every_module(wheel: zipfile.ZipFile) -> None:
    held = {name for name in wheel.namelist() if name.endswith(".py")}
    assert held == modules_of(TOP)


def test_the_wheel_asks_for_python36_and_no_opencv(wheel: zipfile.ZipFile) -> None:
    lines = text_of(wheel, "METADATA").splitlines()
    required = [line for line in lines if line.startswith("Requires-Dist:") and "extra" not in line]
    assert "Requires-Python: >=3.6" in lines
    assert sorted(line.split()[1].partition("<")[0].partition(">")[0] for line in required) == [
        "PyYAML",
        "aiohttp",
        "numpy",
    ]


def test_the_version_is_the_service_s_own(wheel: zipfile.ZipFile) -> None:
    import plantd

    assert "Version: %s" % plantd.__version__ in text_of(wheel, "METADATA").splitlines()


def test_a_checkout_has_the_same_commands(wheel: zipfile.ZipFile) -> None:
    assert {name: module + ":main" for name, module in rooms.COMMANDS.items()} == commands(wheel)


def test_every_command_leads_to_a_module(wheel: zipfile.ZipFile) -> None:
    found = commands(wheel)
    assert set(found) == {
        command for command, room in ROOMS.items() if room + "/__init__.py" in wheel.namelist()
    }
    assert {"plantd", "plantd-cli", "plantd-import", "plantd-train"} <= set(found)
    for target in found.values():
        module = target.partition(":")[0].replace(".", "/")
        assert {module + ".py", module + "/__init__.py"} & set(wheel.namelist()), target
