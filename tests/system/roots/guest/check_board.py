"""Inside a root for a Jetson's processor: what is emulated, and the model in a TX2's power modes.

nvpmodel switches cores off, and what ONNX Runtime looks at when it is imported changes with them.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import tx2_processor
from support.checkout import TOP

BUNDLE = TOP / "engines" / "bundles" / "plants70"
# Whoever may sudo sees the drawn processor; nobody else does, and it is gone with the command.
SEEN = """\
mount --bind "$1/proc/cpuinfo" /proc/cpuinfo
mount --bind "$1/sys/devices/system/cpu" /sys/devices/system/cpu
shift
exec "$@"
"""


def test_the_processor_is_a_jetsons_and_openblas_is_told_so() -> None:
    told = subprocess.check_output(
        [sys.executable, "-c", "import os, plantd; print(os.environ['OPENBLAS_CORETYPE'])"],
        universal_newlines=True,
    )
    assert os.uname().machine == "aarch64"
    assert told == "ARMV8\n"


@pytest.mark.parametrize("power_mode", sorted(tx2_processor.POWER_MODES))
def test_the_model_proves_itself_in_every_power_mode(tmp_path: Path, power_mode: str) -> None:
    tx2_processor.draw(tmp_path, power_mode)
    proof = [sys.executable, "-m", "plantd.models.self_test_child", "prove", str(BUNDLE)]
    cores = [sys.executable, "-c", "import os; print(os.cpu_count())"]
    on = ["sudo", "unshare", "--mount", "env", "QEMU_CPU=" + os.environ["QEMU_CPU"]]
    seen = on + ["sh", "-ec", SEEN, "sh", str(tmp_path)]
    assert int(subprocess.check_output(seen + cores)) == len(tx2_processor.POWER_MODES[power_mode])
    done = subprocess.run(
        seen + proof, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True
    )
    print(done.stdout)
    assert done.returncode == 0
    assert json.loads(done.stdout.splitlines()[-1])["engine"]["backend"] == "onnxruntime"
