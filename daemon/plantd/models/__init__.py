"""Installed models: the shelf they lie on, how one gets there, and how one becomes active."""

from plantd.models.store import Shelf

__all__ = ["Shelf"]
