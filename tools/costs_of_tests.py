"""Prints what a run of the tests cost: each step's time, and the slowest tests.

usage: costs_of_tests.py STEP=SECONDS... REPORT...

A step is what make did and how many seconds of the clock it took; a report is pytest's JUnit XML.
A test's time is its own and that of what it alone set up. What cannot be read is left out: whether
the tests ran is for sum_junit.py to say.
"""

import sys
import xml.etree.ElementTree as ElementTree
from typing import List, NamedTuple

SLOWEST = 10


class Timed(NamedTuple):
    """One test and its time."""

    seconds: float
    name: str


def tests_of(path: str) -> List[Timed]:
    """Return the tests of a report; none when it cannot be read."""
    try:
        cases = list(ElementTree.parse(path).getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError):
        return []
    return [
        Timed(float(case.get("time", "0")), "%s::%s" % (case.get("classname"), case.get("name")))
        for case in cases
    ]


def lines_of(steps: List[str], tests: List[Timed]) -> List[str]:
    """Return what is printed of steps, "NAME=SECONDS" each, and tests."""
    named = [step.partition("=") for step in steps]
    lines = ["== what it cost: %d s" % sum(int(seconds) for _, _, seconds in named)]
    lines += ["%6d s  %s" % (int(seconds), name) for name, _, seconds in named]
    if tests:
        lines.append("the slowest of %d tests:" % len(tests))
    return lines + ["%8.1f s  %s" % test for test in sorted(tests, reverse=True)[:SLOWEST]]


def main(arguments: List[str]) -> int:
    """Print; the exit code."""
    steps = [each for each in arguments if "=" in each]
    reports = [each for each in arguments if "=" not in each]
    print("\n".join(lines_of(steps, [test for path in reports for test in tests_of(path)])))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
