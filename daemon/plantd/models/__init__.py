"""Installed models: the store they lie in, how one gets there, and how one becomes active."""

from plantd.models.store import ModelStore

__all__ = ["ModelStore"]
