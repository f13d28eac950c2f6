"""Builds TensorRT plans on the device and proves them."""

import plantd  # noqa: F401 - first: it tells libraries what they must know when they are imported
