"""`python3 -m campaigns`: runs campaigns, prints and writes their summaries; 1 for a finding."""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import List

import pytest

from campaigns.campaign import Budget, Summary, run
from campaigns.harm import ALL


def main() -> int:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(prog="campaigns", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*sorted(ALL), []], metavar="NAME")
    parser.add_argument("--count", type=int, default=200, help="rounds of each campaign")
    parser.add_argument("--hours", type=float, default=0.0, help="for so long, all together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("build/campaigns"))
    options = parser.parse_args()
    names = options.names or list(ALL)
    options.out.mkdir(parents=True, exist_ok=True)

    def write(summary: Summary) -> None:
        summary.write(options.out)

    budget = Budget(options.count, options.hours * 3600 / len(names))
    findings = 0
    lines: List[str] = []
    for name in names:
        with tempfile.TemporaryDirectory(prefix="plantd-") as folder:
            try:
                summary = run(name, ALL[name], budget, Path(folder), options.seed, write)
            except pytest.skip.Exception as why:
                told = ["{}: left out: {}".format(name, why)]
            else:
                write(summary)
                told = [summary.line(), *summary.findings[:20]]
                findings += len(summary.findings)
        sys.stdout.write("\n".join(told) + "\n")
        sys.stdout.flush()
        lines += told
        (options.out / "summary.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
