"""Orders of plans, as `plantd-engine build` gives them."""

import os

from plantd.bundle import Bundle
from plantd_engines.building import BuildRequest
from plantd_engines.calibration import calibration_set


def order_of(model: Bundle, folder: str, precision: str, workspace_mb: int = 512) -> BuildRequest:
    """Order the bundle's plan, with its store and its cache below `folder`."""
    return BuildRequest(
        bundle=model.path,
        title=model.manifest.title,
        graph=model.manifest.files["model.onnx"],
        precision=precision,
        workspace_mb=workspace_mb,
        engines_path=os.path.join(folder, "engines"),
        cache_path=os.path.join(folder, "cache"),
    )


def naming(order: BuildRequest, folder: str) -> BuildRequest:
    """Name the calibration set in `folder`, as its list is now."""
    digest = calibration_set.digest_of(folder)
    return order._replace(calibration=folder, calibration_digest=digest)
