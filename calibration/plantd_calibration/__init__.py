"""Confidence, thresholds and INT8 from photographs."""

import plantd  # noqa: F401 - first: it tells libraries what they must know when they are imported
