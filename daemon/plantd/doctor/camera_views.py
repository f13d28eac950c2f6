"""Two ways to see through the camera: one's own, and the running service's, which holds it."""

import time
from abc import abstractmethod
from typing import Any, Dict, NamedTuple, Optional

import numpy as np

from plantd import picture
from plantd.api.client import Client
from plantd.camera.choice import camera_from_config
from plantd.camera.interface import CameraStatus
from plantd.config import CameraConfig, PathsConfig
from plantd.errors import PlantdError
from plantd.health.states import State
from plantd.system.lifetime import Openable

# A frame that takes longer is a gap to be told.
FRAME_TIMEOUT_S = 3.0


class View(NamedTuple):
    """One look: how the camera is, and what it sees.

    Attributes:
        pixels: (height, width, 3) uint8 BGR; None where no frame came, then `why` says so.
    """

    status: CameraStatus
    pixels: Optional[np.ndarray] = None
    why: str = ""


class CameraView(Openable):
    """Looks through a camera."""

    @abstractmethod
    def look(self) -> View:
        """Return a frame that is newer than the call, or why there is none; never raises."""


class OwnView(CameraView):
    """A camera that is opened for this look alone, as the service opens it."""

    def __init__(self, config: CameraConfig, paths: PathsConfig) -> None:
        """Raises ConfigError for a source that cannot be read."""
        self._camera = camera_from_config(config, paths, lambda _status: None)
        # The first frame waits for the process, its libraries and the source.
        self._timeout_s = config.open_timeout_s + FRAME_TIMEOUT_S

    def open(self) -> None:
        """Raises CameraError for what waiting cannot mend."""
        self._camera.open()

    def look(self) -> View:
        """See CameraView."""
        try:
            frame = self._camera.frame_after(time.monotonic(), self._timeout_s)
        except PlantdError as error:
            status = self._camera.status()
            return View(status, why=status.detail or str(error))
        finally:
            self._timeout_s = FRAME_TIMEOUT_S
        return View(self._camera.status(), frame.pixels)

    def close(self) -> None:
        """Give the camera back."""
        self._camera.close()


class ServedView(CameraView):
    """What the service's camera sees, asked over its socket."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._status = CameraStatus(State.RECOVERING, "")

    def open(self) -> None:
        """Nothing to take."""

    def look(self) -> View:
        """See CameraView."""
        try:
            self._status = camera_status(self._client.get("/v1/status")["camera"])
            pixels = picture.decode(self._client.get_bytes("/v1/frame"))
        except PlantdError as error:
            return View(self._status, why=self._status.detail or str(error))
        return View(self._status, pixels)

    def close(self) -> None:
        """Nothing to give back."""


def camera_status(told: Dict[str, Any]) -> CameraStatus:
    """Return the camera of a service's status; keys of other versions are left out."""
    known = {name: told[name] for name in CameraStatus._fields if name in told}
    return CameraStatus(**dict(known, state=State(told["state"])))
