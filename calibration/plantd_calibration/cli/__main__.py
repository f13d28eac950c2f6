"""python3 -m plantd_calibration.cli"""

import sys

from plantd_calibration.cli import main

sys.exit(main())
