"""The light that answers a press: one interface, one module a driver, one fake."""

from plantd.light.choice import light_from_config
from plantd.light.interface import Light, Pattern

__all__ = ["Light", "Pattern", "light_from_config"]
