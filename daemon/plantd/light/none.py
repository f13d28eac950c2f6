"""No light at all: what is shown is remembered and seen by nobody."""

from plantd.config import LightConfig, PathsConfig
from plantd.light.output import LightOutput, LightState


class NoOutput(LightOutput):
    """Nothing to switch."""

    @classmethod
    def from_config(cls, _config: LightConfig, _paths: PathsConfig) -> "NoOutput":
        """Return it; there is nothing to configure."""
        return cls()

    def open(self) -> None:
        """Nothing to take."""

    def switch(self, scene: LightState) -> None:
        """Nothing to switch."""

    def close(self) -> None:
        """Nothing to give back."""
