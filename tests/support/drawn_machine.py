"""A machine for doctor's checks: a tree of files, programs that answer, and nothing of our own."""

import os
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

from plantd.camera.gstreamer_facts import ELEMENTS, GstreamerFacts
from plantd.config import Config, PathsConfig
from plantd.doctor.probes import Probes, Ran
from plantd.gpio.lines import Chip
from support import tx2_tree

PLANTD = 991
GROUPS = {"video": 44, "gpio": 990, "plantd": PLANTD, "jtop": 989, "input": 106}
FACTS = GstreamerFacts("4.1.1", "/usr/lib/cv2.so", "GStreamer 1.14.5", frozenset(ELEMENTS))
UNIT = """\
LoadState=loaded
ActiveState=active
SubState=running
UnitFileState=enabled
NRestarts=0
ExecMainStatus=0
PrivateNetwork=yes
"""


class Programs:
    """Answers by the first words of a command; the rest is not installed.

    Attributes:
        answers: "systemctl show" -> Ran.
        asked: every command, as one text.
    """

    def __init__(self) -> None:
        self.answers: Dict[str, Ran] = {
            "systemctl show": Ran(0, UNIT, ""),
            "systemctl is-active": Ran(0, "active", ""),
            "systemctl cat": Ran(0, "Environment=OPENBLAS_CORETYPE=ARMV8", ""),
            "python": Ran(0, "1.0", ""),
        }
        self.asked: List[str] = []

    def __call__(self, command: Sequence[str]) -> Optional[Ran]:
        words = ["python" if command[0] == sys.executable else command[0], *command[1:]]
        self.asked.append(" ".join(words))
        return self.answers.get(" ".join(words[:2]), self.answers.get(words[0]))


def draw(root: Path, members: Sequence[str] = ("video", "gpio")) -> Path:
    """Draw a Jetson TX2 on which plantd is installed; `members` are the groups of its user."""
    tx2_tree.build(root)
    tx2_tree.write(root, "etc/nv_tegra_release", "# R32 (release), REVISION: 7.1, GCID: 1")
    tx2_tree.write(root, "etc/passwd", "root:x:0:0::/root:/bin/sh\nplantd:x:991:991:::/bin/false\n")
    lines = [
        "{}:x:{}:{}".format(name, gid, "plantd" if name in members else "")
        for name, gid in GROUPS.items()
    ]
    tx2_tree.write(root, "etc/group", "\n".join(lines) + "\n")
    tx2_tree.write(root, "tmp/argus_socket", "")
    (root / "run/systemd/system").mkdir(parents=True)
    for path in PathsConfig():
        (root / path.lstrip("/")).mkdir(parents=True)
        os.chmod(str(root / path.lstrip("/")), 0o777)
    return root


def probes(root: Path, config: Optional[Config] = None, **changes: Any) -> Probes:
    """Return the drawn machine; `changes` are fields of World."""
    fields: Dict[str, Any] = {
        "config": config or Config(),
        "path": "/etc/plantd/plantd.yaml",
        "root": str(root),
        "run": Programs(),
        "gpio_chips": lambda: [Chip("/dev/gpiochip0", "tegra-gpio", 192)],
        "gstreamer": lambda: FACTS,
        "machine": "aarch64",
    }
    return Probes(**{**fields, **changes})
