"""The engine: one interface, one module a backend, chosen by name and never by fall-back."""

from plantd.engine.interface import Engine, EngineInfo

__all__ = ["Engine", "EngineInfo"]
