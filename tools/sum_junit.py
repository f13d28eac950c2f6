"""Sums several pytest reports (JUnit XML) into one line: N passed, N failed, N skipped.

usage: sum_junit.py [--left-out SENTENCE] REPORT...

Errors count as failed, and each that failed is named before the sum. Exits 1 when anything failed,
a report is missing or broken, or one of them holds no test at all. A sentence that is not empty
follows the sum: what was not run, and why.
"""

import sys
import xml.etree.ElementTree as ElementTree
from typing import List, NamedTuple


class Counts(NamedTuple):
    """How many tests ended how."""

    passed: int
    failed: int
    skipped: int


def counts_of(report: ElementTree.Element) -> Counts:
    """The counts of one report."""
    suites = list(report.iter("testsuite"))
    total, failures, errors, skipped = (
        sum(int(suite.get(name, "0")) for suite in suites)
        for name in ("tests", "failures", "errors", "skipped")
    )
    failed = failures + errors
    return Counts(max(total - failed - skipped, 0), failed, skipped)


def failures_in(path: str, report: ElementTree.Element) -> List[str]:
    """The tests of one report that failed, by file and name."""
    return [
        "{}: {}.{} failed".format(path, case.get("classname"), case.get("name"))
        for case in report.iter("testcase")
        if case.find("failure") is not None or case.find("error") is not None
    ]


def main(arguments: List[str]) -> int:
    """Print what is wrong with each report, then the sum; the exit code."""
    left_out, paths = "", arguments
    if arguments[:1] == ["--left-out"]:
        left_out, paths = arguments[1], arguments[2:]
    total = Counts(0, 0, 0)
    wrong = [] if paths else ["no report was named"]
    for path in paths:
        try:
            report = ElementTree.parse(path).getroot()
        except (OSError, ElementTree.ParseError) as error:
            wrong.append("%s: %s: the tests did not run to their end" % (path, error))
            continue
        counts = counts_of(report)
        if sum(counts) == 0:
            wrong.append("%s: no test was run" % path)
        wrong += failures_in(path, report)
        total = Counts(*(one + other for one, other in zip(total, counts)))
    for sentence in wrong:
        print(sentence)
    print("%d passed, %d failed, %d skipped" % total + ("; left out: " + left_out) * bool(left_out))
    return 1 if wrong or total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
