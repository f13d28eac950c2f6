"""python3 -m plantd_import.cli"""

import sys

from plantd_import.cli import main

sys.exit(main())
