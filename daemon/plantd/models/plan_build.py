"""The plan of a bundle that is being installed, built by plantd-engine in a process of its own."""

import os
import subprocess
import sys
from typing import List

from plantd.config import Config
from plantd.errors import PlanError
from plantd.models.privileges import as_owner_of
from plantd.models.self_test_process import settings_of


class PlanBuild:
    """Calls `plantd-engine build`; the daemon itself imports nothing of it."""

    def __init__(self, config: Config, python: str = sys.executable) -> None:
        """Args: what says how the plan is to be built."""
        self._command = [python, "-m", "plantd_engines.cli", "build"] + settings_of(config)
        self._models = os.path.join(config.paths.state, "models")

    def command(self, bundle: str) -> List[str]:
        """Return the command line for the bundle in a directory."""
        return self._command + ["--bundle", bundle]

    def __call__(self, bundle: str) -> None:
        """Build and prove the plan, minutes to an hour; its words go to standard error.

        Raises PlanError.
        """
        code = subprocess.call(
            self.command(bundle),
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno(),
            preexec_fn=as_owner_of(self._models),
        )
        if code != 0:
            raise PlanError(
                "no plan could be built for this model (plantd-engine ended with code {}, its "
                "words stand above); the active model stays".format(code)
            )
