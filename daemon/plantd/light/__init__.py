"""The light that answers a press: one interface, one module a driver, one fake."""

from plantd.light.interface import Light, Pattern

__all__ = ["Light", "Pattern"]
