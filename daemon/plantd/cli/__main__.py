"""`python3 -m plantd.cli`: the same as plantd-cli."""

import sys

from plantd.cli.program import main

if __name__ == "__main__":
    sys.exit(main())
