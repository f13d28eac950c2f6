"""Frozen graphs to one bundle."""

import plantd  # noqa: F401 - first: it tells libraries what they must know when they are imported
