"""From the configuration to the light it names. Nothing is chosen by what happens to be there."""

from typing import Callable, Dict

from plantd.config import LightConfig, PathsConfig
from plantd.errors import ConfigError
from plantd.light.fake import FakeOutput
from plantd.light.gpiochip import GpiochipOutput
from plantd.light.interface import Light
from plantd.light.none import NoOutput
from plantd.light.output import LightOutput
from plantd.light.player import LightPlayer

BULBS: Dict[str, Callable[[LightConfig, PathsConfig], LightOutput]] = {
    "fake": FakeOutput.from_config,
    "gpiochip": GpiochipOutput.from_config,
    "none": NoOutput.from_config,
}


def light_from_config(config: LightConfig, paths: PathsConfig) -> Light:
    """Return the configured light, closed. Raises ConfigError for an unknown driver or pin."""
    bulbs_from = BULBS.get(config.driver)
    if bulbs_from is None:
        known = ", ".join(sorted(BULBS))
        raise ConfigError(
            ["light.driver: {!r} is not a light; expected one of {}".format(config.driver, known)]
        )
    return LightPlayer(bulbs_from(config, paths), config.answer_s)
