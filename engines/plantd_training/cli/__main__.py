"""python3 -m plantd_training.cli"""

import sys

from plantd_training.cli import main

sys.exit(main())
