"""Each part of the service fails at its first moment: which one is said, the others live."""

import os
import shutil

import pytest
from running import RunningService

pytestmark = pytest.mark.gstreamer

TIMEOUT_S = 30
NOBODY = 65534
NO_CHIP = {"driver": "gpiochip", "chip": "no-such-chip"}


def in_the_way(path):
    """A file where a directory should be: what lies below it can never be made."""
    with open(path, "w"):
        return path + "/below"


def of_somebody_else(path):
    """A directory that the service may read and not write to."""
    os.mkdir(path, 0o755)
    if os.getuid() == 0:
        os.chown(path, NOBODY, NOBODY)
    else:
        os.chmod(path, 0o555)
    return path


# part -> what keeps it from working, as a section of the configuration
BROKEN = {
    "a state directory that cannot be made": lambda d: {"paths": {"state": in_the_way(d + "/f")}},
    "somebody else's state directory": lambda d: {"paths": {"state": of_somebody_else(d + "/f")}},
    "a log directory that cannot be made": lambda d: {"paths": {"log": in_the_way(d + "/f")}},
    "a cache that cannot be made": lambda d: {"paths": {"cache": in_the_way(d + "/f")}},
    "no camera": lambda _: {"camera": {"source": "v4l2:///dev/video99"}},
    "no button": lambda _: {"button": NO_CHIP},
    "no telemetry": lambda _: {"telemetry": {"source": "jtop", "interval_s": 0.2}},
    "no model": lambda _: {"model": {"bundle": "/nowhere/at/all"}},
}
# part -> what it says from its first moment on, the light's pattern
SAID = {
    "a state directory that cannot be made": ("record", "DEGRADED", "ready"),
    "somebody else's state directory": ("record", "DEGRADED", "ready"),
    "a log directory that cannot be made": (None, "HEALTHY", "ready"),
    "a cache that cannot be made": (None, "HEALTHY", "ready"),
    "no camera": ("camera", "RECOVERING", "no_camera"),
    "no button": ("button", "DEGRADED", "ready"),
    "no telemetry": ("telemetry", "DEGRADED", "ready"),
    "no model": ("engine", "FAILED", "fault"),
}


def without_rights():
    """The service's rights are no more than its user's, also where root runs the tests."""
    setpriv = shutil.which("setpriv")
    if os.getuid() != 0 or setpriv is None:
        return []
    return [setpriv, "--bounding-set", "-all", "--inh-caps", "-all", "--"]


@pytest.fixture
def started(directory, sections):
    made = RunningService(directory, sections, without_rights())
    yield made
    made.close()


def with_part(sections, broken):
    return {
        name: dict(sections.get(name, {}), **broken.get(name, {}))
        for name in set(sections) | set(broken)
    }


@pytest.mark.parametrize("what", sorted(BROKEN))
def test_a_part_that_fails_at_once_is_said_and_breaks_no_other(started, directory, sections, what):
    part, state, pattern = SAID[what]
    started.configure(with_part(sections, BROKEN[what](directory)))
    started.start()
    said = "STATUS={}".format(state) if part is None else "; {}: ".format(part)
    if not any(said in message for message in started.notified):
        started.wait_for(said, TIMEOUT_S)
    status = started.client.get("/v1/status")
    assert (status["service"]["state"], status["light"]) == (state, pattern)
    assert started.stop() == 0
    assert "Traceback" not in started.journal()


def test_a_state_directory_that_is_lost_from_the_start_keeps_no_answer_back(
    started, directory, sections
):
    started.configure(with_part(sections, {"paths": {"state": in_the_way(directory + "/f")}}))
    started.start()
    verdict = started.client.post("/v1/capture")
    assert verdict["verdict"] == "edible"
    assert verdict["recorded"] is False
    assert verdict["seq"] == 1


def test_a_record_of_somebody_else_is_said_and_keeps_no_answer_back(started, directory):
    """As after one start by hand as root: the folder is the service's, the record is not."""
    if os.getuid() != 0:
        pytest.skip("only root can give a file away")
    started.start()
    started.client.post("/v1/capture")
    assert started.stop() == 0
    (folder,) = [path for path, _, names in os.walk(directory) if "record.db" in names]
    for name in os.listdir(folder):
        if name.startswith("record.db"):
            os.chown(os.path.join(folder, name), NOBODY, NOBODY)
            os.chmod(os.path.join(folder, name), 0o644)
    started.start()
    verdict = started.client.post("/v1/capture")
    status = started.client.get("/v1/status")
    assert (verdict["verdict"], verdict["recorded"]) == ("edible", False)
    assert (status["service"]["state"], status["record"]["state"]) == ("DEGRADED", "read_only")
    assert "cannot be written" in status["record"]["detail"]
    assert started.stop() == 0
    assert "Traceback" not in started.journal()


def test_a_light_that_cannot_be_driven_ends_the_start_in_one_sentence(started, sections):
    started.configure(with_part(sections, {"light": dict(NO_CHIP, red_pin=16)}))
    started.start(wait=False)
    assert started.wait() == 69
    assert "no-such-chip" in started.journal()
    assert "Traceback" not in started.journal()
