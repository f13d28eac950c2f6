"""Where this checkout lies, wherever in it a test does."""

from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
