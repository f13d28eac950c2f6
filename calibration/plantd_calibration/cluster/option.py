"""--cluster of a command line: who else works."""

import argparse
import re

LOCAL = "local"


def add_cluster(command: argparse.ArgumentParser) -> None:
    """Add --cluster, which is None where nobody asks for one."""
    what = "share the work out: HOST:PORT of a Ray cluster's head, or local: this machine alone"
    command.add_argument("--cluster", type=address, metavar="HOST:PORT", help=what)


def address(text: str) -> str:
    """Return LOCAL or HOST:PORT: the type of an argument."""
    if text != LOCAL and not re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^\s:/]+):[0-9]{1,5}", text):
        raise argparse.ArgumentTypeError(
            "{!r} names nobody; expected HOST:PORT of a cluster's head, such as "
            "192.168.1.10:6379, or {}".format(text, LOCAL)
        )
    return text
