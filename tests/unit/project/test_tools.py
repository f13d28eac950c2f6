"""The scripts in tools/: what they print and how they exit."""

import subprocess
import sys
from pathlib import Path
from typing import Tuple

import fitting_numpy
import left_out
import pytest
import rooms
from support.checkout import TOP

TOOLS = TOP / "tools"


def run(*command: str, **settings: str) -> Tuple[int, str]:
    """Exit code and output of a command whose environment holds only `settings`."""
    done = subprocess.run(
        list(command),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict({"PATH": "/usr/bin:/bin"}, **settings),
        timeout=60,
    )
    return done.returncode, done.stdout.decode()


def sum_of(*reports: Path) -> Tuple[int, str]:
    """What sum_junit.py makes of these reports."""
    return run(sys.executable, str(TOOLS / "sum_junit.py"), *[str(path) for path in reports])


def report(path: Path, tests: int, failures: int = 0, errors: int = 0, skipped: int = 0) -> Path:
    """Write a report as pytest writes it."""
    path.write_text(
        '<?xml version="1.0"?><testsuites><testsuite name="pytest" errors="%d" failures="%d" '
        'skipped="%d" tests="%d"/></testsuites>' % (errors, failures, skipped, tests)
    )
    return path


def test_reports_are_summed(tmp_path: Path) -> None:
    one = report(tmp_path / "one.xml", tests=10, skipped=2)
    two = report(tmp_path / "two.xml", tests=5)
    assert sum_of(one, two) == (0, "13 passed, 0 failed, 2 skipped\n")


def test_failures_and_errors_are_failures(tmp_path: Path) -> None:
    one = report(tmp_path / "one.xml", tests=10, failures=1, errors=2, skipped=3)
    assert sum_of(one) == (1, "4 passed, 3 failed, 3 skipped\n")


def test_what_failed_is_named(tmp_path: Path) -> None:
    one = tmp_path / "one.xml"
    one.write_text(
        '<testsuites><testsuite errors="1" failures="1" skipped="0" tests="3">'
        '<testcase classname="a" name="good"/>'
        '<testcase classname="a" name="bad"><failure message="no"/></testcase>'
        '<testcase classname="b" name="torn"><error message="no"/></testcase>'
        "</testsuite></testsuites>"
    )
    assert sum_of(one) == (
        1,
        "{0}: a.bad failed\n{0}: b.torn failed\n1 passed, 2 failed, 0 skipped\n".format(one),
    )


def test_a_report_without_tests_fails(tmp_path: Path) -> None:
    code, text = sum_of(
        report(tmp_path / "one.xml", tests=3), report(tmp_path / "two.xml", tests=0)
    )
    assert code == 1
    assert text.splitlines()[-1] == "3 passed, 0 failed, 0 skipped"
    assert "two.xml: no test was run" in text


@pytest.mark.parametrize("content", [None, "<testsuites>"])
def test_a_missing_or_broken_report_fails(content: "str | None", tmp_path: Path) -> None:
    path = tmp_path / "one.xml"
    if content is not None:
        path.write_text(content)
    code, text = sum_of(path)
    assert code == 1
    assert "the tests did not run to their end" in text


def test_no_report_fails() -> None:
    assert sum_of() == (1, "no report was named\n0 passed, 0 failed, 0 skipped\n")


def test_only_skipped_tests_are_no_success(tmp_path: Path) -> None:
    assert sum_of(report(tmp_path / "one.xml", tests=2, skipped=2))[0] == 1


@pytest.fixture
def stand_ins(tmp_path: Path) -> Path:
    """A folder of programs that stand in for dpkg and apt: only `present` is installed."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program(folder / "dpkg-query", 'if [ "${@: -1}" = present ]; then echo installed; fi')
    program(folder / "apt-get", 'echo "apt-get $*"')
    program(folder / "id", "echo 1000")
    program(folder / "find", "echo a list")
    return folder


def program(path: Path, body: str) -> None:
    """Write a small shell program."""
    path.write_text("#!/bin/bash\n%s\n" % body)
    path.chmod(0o755)


def packages(folder: Path, *names: str) -> Tuple[int, str]:
    """What system_packages.sh does about these packages."""
    paths = "%s:/usr/bin:/bin" % folder
    return run("/bin/bash", str(TOOLS / "system_packages.sh"), *names, PATH=paths)


def test_nothing_is_installed_when_nothing_is_missing(stand_ins: Path) -> None:
    assert packages(stand_ins, "present", "absent|present") == (0, "")


def test_only_what_is_missing_is_installed_and_with_sudo(stand_ins: Path) -> None:
    program(stand_ins / "sudo", 'echo "sudo"; exec "$@"')
    code, text = packages(stand_ins, "present", "absent|other", "lost")
    assert code == 0
    assert text.startswith("== system packages: installing absent lost (with sudo)\nsudo\n")
    assert "install -y --no-install-recommends absent lost\n" in text


def test_a_failed_installation_is_tried_again_with_fresh_lists(stand_ins: Path) -> None:
    program(stand_ins / "sudo", 'exec "$@"')
    program(stand_ins / "apt-get", 'echo "$*"; case "$*" in *install*) exit 100;; esac')
    code, text = packages(stand_ins, "absent")
    assert code == 100
    assert [line.split()[5] for line in text.splitlines() if line.startswith("-q")] == [
        "install",
        "update",
        "install",
    ]


@pytest.mark.gstreamer
def test_the_environment_has_gstreamer_and_a_fitting_numpy() -> None:
    code, text = run(sys.executable, str(TOOLS / "check_environment.py"))
    assert (code, text.partition(",")[0][:7]) == (0, "OpenCV ")


def test_an_environment_without_opencv_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cv2.py").write_text("raise ImportError('No module named cv2')\n")
    code, text = run(sys.executable, str(TOOLS / "check_environment.py"), PYTHONPATH=str(tmp_path))
    assert code == 69
    assert "sudo apt-get install python3-opencv" in text


def test_an_opencv_without_gstreamer_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cv2.py").write_text(
        "__version__ = '4.6'\n"
        "def getBuildInformation(): return '  Video I/O:\\n  GStreamer:  NO\\n'\n"
    )
    code, text = run(sys.executable, str(TOOLS / "check_environment.py"), PYTHONPATH=str(tmp_path))
    assert code == 69
    assert "has no GStreamer (NO)" in text


def test_a_sum_says_what_was_left_out(tmp_path: Path) -> None:
    one = report(tmp_path / "one.xml", tests=3)
    command = [sys.executable, str(TOOLS / "sum_junit.py"), "--left-out"]
    assert run(*command, "the moon: too far", str(one)) == (
        0,
        "3 passed, 0 failed, 0 skipped; left out: the moon: too far\n",
    )
    assert run(*command, "", str(one)) == (0, "3 passed, 0 failed, 0 skipped\n")


@pytest.mark.parametrize(
    ("installed", "requirement"),
    [
        ("1.13.3", "numpy>=1.13.3,<2"),
        ("1.26.4", "numpy>=1.13.3,<2"),
        ("2.2.4", "numpy>=2,<3"),
        ("", "numpy>=1.13.3,<2"),
    ],
)
def test_the_numpy_of_the_system_decides(installed: str, requirement: str) -> None:
    assert fitting_numpy.requirement(installed) == requirement


def test_what_tensorflow_is_not_made_for_is_left_out_in_one_sentence() -> None:
    assert left_out.sentence((3, 10)) == left_out.sentence((3, 13)) == ""
    assert left_out.sentence((3, 9)).endswith("exists for Python 3.10 to 3.13, and this is 3.9")
    assert "tests/host" in left_out.sentence((3, 14))


def test_the_rooms_are_on_an_environment_s_path_with_their_commands(tmp_path: Path) -> None:
    place = tmp_path / "venv"
    python = str(place / "bin" / "python")
    assert run(sys.executable, "-m", "venv", "--without-pip", str(place))[0] == 0
    code, text = run(python, str(TOOLS / "rooms.py"))
    assert code == 0, text
    where = "import plantd, plantd_engines, plantd_calibration; print(plantd.__file__)"
    assert run(python, "-c", where) == (0, str(TOOLS.parent / "daemon/plantd/__init__.py") + "\n")
    for command, module in rooms.COMMANDS.items():
        text = (place / "bin" / command).read_text()
        assert text == '#!/bin/sh\nexec "{}" -m {} "$@"\n'.format(python, module)


def test_rooms_are_put_into_an_environment_only(tmp_path: Path) -> None:
    base = str(Path(sys.base_prefix) / "bin" / Path(sys.executable).resolve().name)
    code, text = run(base, str(TOOLS / "rooms.py"))
    assert (code, text.startswith("rooms: ")) == (64, True)


def test_on_a_jetson_jetpack_s_opencv_is_wanted(stand_ins: Path, tmp_path: Path) -> None:
    program(stand_ins / "sudo", 'exec "$@"')
    release = tmp_path / "nv_tegra_release"
    release.write_text("# R32 (release)")
    code, text = run(
        "/bin/bash",
        str(TOOLS / "system_packages.sh"),
        "present|libopencv-python",
        PATH="%s:/usr/bin:/bin" % stand_ins,
        L4T=str(release),
    )
    assert code == 0
    assert "installing libopencv-python" in text


def test_the_costs_of_a_run_are_each_step_and_the_slowest_tests(tmp_path: Path) -> None:
    cases = "".join(
        '<testcase classname="tests.a" name="test_%d" time="%d.25"/>' % (n, n) for n in range(12)
    )
    (tmp_path / "a.xml").write_text("<testsuites><testsuite>%s</testsuite></testsuites>" % cases)
    tool = str(TOOLS / "costs_of_tests.py")
    code, text = run(sys.executable, tool, "device=40", "host=2", str(tmp_path / "a.xml"))
    lines = text.splitlines()
    assert code == 0
    assert lines[:3] == ["== what it cost: 42 s", "    40 s  device", "     2 s  host"]
    assert lines[3] == "the slowest of 12 tests:"
    assert lines[4] == "    11.2 s  tests.a::test_11"
    assert len(lines) == 4 + 10


def test_the_costs_of_a_run_that_left_no_report_are_its_steps(tmp_path: Path) -> None:
    tool = str(TOOLS / "costs_of_tests.py")
    code, text = run(sys.executable, tool, "device=3", str(tmp_path / "none.xml"))
    assert (code, text) == (0, "== what it cost: 3 s\n     3 s  device\n")
