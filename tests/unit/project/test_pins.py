"""The pins of each environment name all that it asks for, in a version that it allows."""

import re
from typing import Dict, List

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from support.checkout import TOP

PINS = sorted((TOP / "requirements" / "pins").glob("*.txt"))
# Where its version will do, numpy is the system's.
OF_THE_SYSTEM = {"numpy"}


def read_requirements(name: str) -> List[Requirement]:
    """Return what a file of requirements/ asks for, and what it takes from others by -r."""
    lines = (TOP / "requirements" / name).read_text(encoding="utf-8").splitlines()
    said = [line.partition("#")[0].strip() for line in lines]
    found = [Requirement(line) for line in said if line and not line.startswith("-r ")]
    for line in said:
        if line.startswith("-r "):
            found += read_requirements(line[len("-r ") :])
    return found


@pytest.fixture(scope="module")
def asked() -> Dict[str, List[Requirement]]:
    """Name of an environment -> what tools/pins.sh has it resolve."""
    script = (TOP / "tools" / "pins.sh").read_text(encoding="utf-8").replace("\\\n", " ")
    calls = re.findall(r'^ *pin (\w+) "\$version" (.*)$', script, re.MULTILINE)
    files = {name: re.findall(r"requirements/(\S+)", words) for name, words in calls}
    return {
        name: [one for file in files[name] for one in read_requirements(file)] for name in files
    }


@pytest.mark.parametrize("path", PINS, ids=lambda path: str(path.stem))
def test_the_pins_name_all_that_is_asked_for(path, asked):
    name, _, python = path.stem.partition("-py")
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = [line.partition("==") for line in lines if "==" in line]
    pins = {canonicalize_name(left): version for left, _, version in pairs}
    here = {"python_version": python, "python_full_version": python + ".0"}
    wanted = [one for one in asked[name] if one.marker is None or one.marker.evaluate(here)]
    missing = [one.name for one in wanted if canonicalize_name(one.name) not in pins]
    assert set(missing) <= OF_THE_SYSTEM, "what helps: make pins VERSIONS=" + python
    held = [one for one in wanted if one.name not in missing]
    refused = [one for one in held if pins[canonicalize_name(one.name)] not in one.specifier]
    assert [str(one) for one in refused] == []
