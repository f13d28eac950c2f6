"""The how-tos' own commands: blocks marked sh are run, in order, in a copy of the checkout."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from support.checkout import TOP

COPIED = ("daemon", "engines/plantd_engines", "tests", "tools", "examples", "setup.cfg")
BLOCK = re.compile(r"^( *)```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
PAGES = ("add-a-language", "add-a-sink", "add-a-backend")


@pytest.fixture
def checkout(tmp_path):
    """What the commands need of a checkout, to change at will; its Python is this one."""
    for name in COPIED:
        source, target = TOP / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            unneeded = shutil.ignore_patterns("__pycache__", "corpus", "*.png")
            shutil.copytree(str(source), str(target), ignore=unneeded)
        else:
            shutil.copyfile(str(source), str(target))
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    python = programs / "python"
    python.write_text('#!/bin/sh\nexec "{}" "$@"\n'.format(sys.executable))
    python.chmod(0o755)
    return tmp_path


def commands(page: str) -> str:
    """Return the commands of a page that can be run as they stand."""
    text = (TOP / "docs" / (page + ".md")).read_text(encoding="utf-8")
    return "\n".join(re.sub("^ +", "", block, flags=re.M) for _, block in BLOCK.findall(text))


def ran(script, checkout):
    """Run commands in the copy; return their end."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COV_")}
    return subprocess.run(
        ["/bin/bash", "-e", "-c", script],
        cwd=str(checkout),
        env=dict(environ, PYTHONPATH=str(checkout / "daemon")),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        timeout=300,
    )


@pytest.mark.gstreamer
@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_how_to_hold(page, checkout):
    done = ran(commands(page), checkout)
    assert done.returncode == 0, done.stdout
    assert re.search(r"\d+ passed", done.stdout)


def test_a_language_that_lacks_a_text_is_told_so(checkout):
    lines = commands("add-a-language").splitlines()
    at = next(number for number, line in enumerate(lines) if "pytest" in line)
    spoilt = 'sed -i \'0,/^msgstr "Zielen"/s//msgstr ""/\' daemon/plantd/texts/fr.po'
    done = ran("\n".join([*lines[:at], spoilt, lines[at]]), checkout)
    assert done.returncode == 1
    assert "Aim" in done.stdout


def test_what_the_light_says_is_what_it_shows():
    rows = re.findall(
        r"^\| ([\w, ]+) \| (.*) \| ([\w-]+) \| ([^|]+) \|$",
        (TOP / "daemon" / "plantd" / "light" / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    page = (TOP / "docs" / "light.md").read_text(encoding="utf-8")
    shown = [row for row in rows if row[0] != "pattern"]
    assert len(shown) == 12
    for _, rhythm, colour, buzzer in shown:
        assert "| {} | {} | {} |".format(rhythm, colour, buzzer) in page
