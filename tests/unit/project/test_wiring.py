"""docs/wiring.md and its drawing are what the pin tables say."""

import subprocess
import sys

from support.checkout import TOP


def run(*arguments):
    """Run Python in the folder of the daemon's packages, as the checkout has them."""
    return subprocess.run(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=str(TOP / "daemon"),
    )


def test_the_drawing_and_the_tables_are_not_stale():
    done = run(str(TOP / "tools/draw_wiring.py"), "--check")
    assert done.returncode == 0, done.stdout.decode()


def test_every_pin_that_the_page_names_in_yaml_does(tmp_path):
    page = (TOP / "docs/wiring.md").read_text(encoding="utf-8")
    path = tmp_path / "plantd.yaml"
    path.write_text(page.split("```yaml\n")[1].split("```")[0])
    command = [sys.executable, "-m", "plantd", "check-config", "--config", str(path)]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=str(TOP / "daemon")
    )
    assert done.returncode == 0, done.stdout.decode()
