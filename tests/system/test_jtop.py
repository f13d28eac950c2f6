"""The source `jtop` against the real jtop service, which runs on a tree that imitates a TX2.

Needs root (namespaces of its own) and two unpacked releases of jetson-stats:

    export PLANTD_JETSON_STATS=$(tests/system/fetch_jetson_stats.sh build/jetson-stats)
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict

import pytest

WORLD = Path(__file__).resolve().parents[1] / "support" / "jtop_world.py"
VARIABLE = "PLANTD_JETSON_STATS"
WAIT_S = 110.0

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="the jtop service needs root"),
    pytest.mark.skipif(
        VARIABLE not in os.environ,
        reason="no jetson-stats: tests/system/fetch_jetson_stats.sh says how to get it",
    ),
]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Dict[str, Any]:
    """What the source said in each scene of the world."""
    releases = [os.path.abspath(path) for path in os.environ[VARIABLE].split(":")]
    scratch = str(tmp_path_factory.mktemp("world"))
    done = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
        + [sys.executable, str(WORLD), scratch, *releases],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        timeout=WAIT_S,
    )
    assert done.returncode == 0, done.stderr
    found: Dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("release", ["old", "new"])
def test_client_and_service_of_one_release_give_readings(
    seen: Dict[str, Any], release: str
) -> None:
    said = seen[release]
    assert said["source"] == {"name": "jtop", "state": "ok", "detail": ""}
    assert said["read_by"] == "jtop"
    assert said["gpu"] == {"load_percent": 37.5, "frequency_mhz": 1134}
    assert said["emc"]["frequency_mhz"] == 1600
    assert len(said["cpu"]["cores"]) == 6
    assert said["temperatures_c"]["GPU"] == 35.0
    assert said["rails_mw"]["VDD_IN"]["now"] == 3056
    assert said["memory"]["total_mb"] > 0
    assert said["uptime_s"] > 0


@pytest.mark.parametrize(
    ("scene", "expected"),
    [
        ("no_service", "not active"),
        ("killed", "the jtop service"),
        ("mismatch", "Mismatch version"),
        ("outside_the_group", "can't access jtop.service"),
    ],
)
def test_what_is_wrong_with_the_service_is_a_state(
    seen: Dict[str, Any], scene: str, expected: str
) -> None:
    said = seen[scene]
    assert said["source"]["state"] == "degraded"
    assert expected in said["source"]["detail"]
    assert said["memory"] is None
