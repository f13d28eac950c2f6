"""Memory that is short: a whole service within a bound of the kernel's."""

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Dict

import numpy as np
import pytest
from support.checkout import TOP
from support.control_group import ControlGroup
from support.picture_bytes import drawn, jpeg

from campaigns.scene import Scene
from plantd.errors import PlantdError

BUNDLE = TOP / "engines" / "bundles" / "plants70"
# Left beside what the service takes: enough for a press and for a photograph of a phone, not for
# the largest pictures that are taken.
ROOM_MB = 160
PHONE_PX = (4000, 3000)
SIDES_PX = ((8000, 8000), (12500, 5000))
QUALITY = 32
_NEIGHBOUR = """
import sys
held = [b"x" * (1 << 20) for _ in range(int(sys.argv[1]))]
"""


def memory(chance: random.Random, _folder: Path) -> Dict[str, int]:
    """Send pictures that need more than there is, and press; then let a neighbour take it all."""
    with ControlGroup() as group:
        source = "fake://" if os.environ.get("WITHOUT_GSTREAMER") else "test://plant"
        sections = {"model": {"bundle": str(BUNDLE)}, "camera": {"source": source}}
        with Scene(sections, group.launcher) as scene:
            scene.press()
            scene.service.client.post_bytes("/v1/classify", jpeg(drawn(640, 480)))
            used_mb = group.used_mb()
            group.limit(used_mb + ROOM_MB)
            counts = _send_and_press(chance, scene, group)
            _starve(scene, group, used_mb)
            counts.update({"used_mb_max": used_mb, "services ended": 1})
            counts["presses recorded and there"] = len(scene.recorded())
    return counts


def _large(width_px: int, height_px: int) -> bytes:
    """Return a JPEG of noise: one of the largest has some 20 MB."""
    tile = np.random.RandomState(0).randint(0, 256, (500, 500, 3)).astype(np.uint8)
    tiles = np.tile(tile, (height_px // len(tile), width_px // len(tile), 1))
    return jpeg(tiles, QUALITY)


def _send_and_press(chance: random.Random, scene: Scene, group: ControlGroup) -> Dict[str, int]:
    """The one that decodes is ended, and nobody else."""
    pid = scene.service.pid
    scene.service.client.post_bytes("/v1/classify", _large(*PHONE_PX))
    assert not group.kills(), "there was no room for a photograph"
    with pytest.raises(PlantdError, match="ended the process that decodes"):
        scene.service.client.post_bytes("/v1/classify", _large(*chance.choice(SIDES_PX)))
    kills = group.kills()
    assert kills == 1, "the kernel ended {} processes".format(kills)
    scene.press()
    assert scene.service.pid == pid
    return {"decoders ended by the kernel": kills}


def _starve(scene: Scene, group: ControlGroup, used_mb: int) -> None:
    """The service is ended too; started again it has what it said was recorded."""
    before = scene.recorded()
    with open("/proc/{}/oom_score_adj".format(scene.service.pid), "w") as score:
        score.write("1000")
    taken = [sys.executable, "-c", _NEIGHBOUR, str(ROOM_MB + used_mb // 2)]
    subprocess.run(group.launcher + taken, check=True)
    assert scene.service.wait() == -9, "the service was not ended"
    scene.service.start()
    scene.press()
    client = scene.service.client
    for seq in before:
        assert client.get("/v1/verdicts/{}".format(seq))["seq"] == seq
    assert scene.recorded()[-1] > before[-1], "a number was given twice"
    assert scene.service.stop() == 0
