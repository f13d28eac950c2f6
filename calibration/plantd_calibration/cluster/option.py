"""--cluster of a command line: who else works."""

import argparse
import re

from plantd.command_line import count

LOCAL = "local"


def add_cluster(command: argparse.ArgumentParser) -> None:
    """Add --cluster, which is None where nobody asks for one, and --cluster-threads."""
    what = "share the work out: HOST:PORT of a Ray cluster's head, or local: this machine alone"
    command.add_argument("--cluster", type=address, metavar="HOST:PORT", help=what)
    what = "threads of each task there (default 1; with more, results differ in their last digits)"
    command.add_argument("--cluster-threads", type=count, default=1, metavar="N", help=what)


def address(text: str) -> str:
    """Return LOCAL or HOST:PORT: the type of an argument."""
    if text != LOCAL and not re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^\s:/]+):[0-9]{1,5}", text):
        raise argparse.ArgumentTypeError(
            "{!r} names nobody; expected HOST:PORT of a cluster's head, such as "
            "192.168.1.10:6379, or {}".format(text, LOCAL)
        )
    return text
