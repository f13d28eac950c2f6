"""The button: one interface, one module a driver, one fake with a control socket."""

from plantd.button.choice import button_from_config
from plantd.button.interface import Button, ButtonStatus, Press

__all__ = ["Button", "ButtonStatus", "Press", "button_from_config"]
