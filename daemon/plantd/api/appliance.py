"""What the API needs of the service. The service implements it; the API's tests fake it.

Everything returned is ready for JSON ("schema": 1, snake_case). Coroutines run in the main loop
and never block it; plain methods return at once, but for `status`.
"""

from abc import ABC, abstractmethod
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from plantd.api.stick_news import StickNews

Json = Dict[str, Any]


class Check(NamedTuple):
    """One line of /v1/health: `state` is ok, warning or failed; `remedy` says what helps."""

    id: str
    state: str
    detail: str
    remedy: str = ""


class View(NamedTuple):
    """What the camera sees: a small JPEG, and what is wrong with it as a picture to answer from.

    Attributes:
        faults: names of `plantd.quality.faults`, by the limits of the model that answers.
    """

    jpeg: bytes
    faults: Tuple[str, ...]


class Appliance(ABC):
    """The service as its clients see it."""

    @abstractmethod
    def hello(self) -> Json:
        """Return model, labels, input, thresholds, backend and versions."""

    @abstractmethod
    def status(self) -> Json:
        """Return everything `plantd-cli status` prints.

        It reads files of the kernel, which are long for a process with CUDA: the API calls it in
        another thread.
        """

    @abstractmethod
    def health(self) -> List[Check]:
        """Return every check; the API answers 503 when one has failed."""

    @abstractmethod
    def is_answering_press(self) -> bool:
        """Whether a press, by finger or API, is being answered or waits to be."""

    @abstractmethod
    async def capture(self) -> Json:
        """Do what a press does and return the verdict.

        Raises BusyError (409), CameraError or EngineError (503).
        """

    @abstractmethod
    async def classify(self, data: bytes) -> Json:
        """Return the verdict on a JPEG or PNG, recorded like a press with trigger "api".

        Raises PictureError (400; 413 is the API's own limit), BusyError (409), EngineError (503).
        """

    @abstractmethod
    async def frame_jpeg(self) -> bytes:
        """Return a fresh frame as JPEG. Raises CameraError (503)."""

    @abstractmethod
    async def view(self) -> View:
        """Return what the camera sees, to aim by. Raises CameraError (503) or BusyError (409)."""

    @abstractmethod
    async def verdicts(self, after: int, limit: int, newest: bool = False) -> List[Json]:
        """Return recorded verdicts with seq > after, ascending, at most `limit`.

        With `newest` the last `limit` of them. Raises RecordError (503).
        """

    @abstractmethod
    async def older(self, before: int, limit: int, answer: str = "") -> List[Json]:
        """Return recorded verdicts with seq < before, the newest first, at most `limit`.

        With `answer` only those that gave it. Raises RecordError (503).
        """

    @abstractmethod
    async def review(self, before: int, limit: int, again: bool = False) -> List[Json]:
        """Return recorded verdicts with seq < before whose pictures are kept, the newest first.

        Each has `label`, what a person said last (null: nobody did), and `picture_path`. Without
        `again` only those of which nobody said anything. Raises RecordError (503).
        """

    @abstractmethod
    async def label(self, seq: int, label: str, by: str) -> Json:
        """Keep what a person says that a verdict's picture shows; return it as `label` has it.

        Raises UsageError (400) for a label that the model does not have, NotFoundError (404),
        EngineError (503) without a model, RecordError (503).
        """

    @abstractmethod
    async def verdict(self, seq: int) -> Json:
        """Return one recorded verdict with its `label`.

        Raises NotFoundError (404) or RecordError (503).
        """

    @abstractmethod
    async def picture(self, seq: int) -> bytes:
        """Return the JPEG of one verdict. Raises NotFoundError (404) or RecordError (503)."""

    @abstractmethod
    async def thumbnail(self, seq: int) -> bytes:
        """Return a small JPEG of what the network saw. Raises as `picture`."""

    @abstractmethod
    async def overlay(self, seq: int) -> bytes:
        """Return a JPEG of what the network saw, with what spoke for its answer tinted.

        Raises NotFoundError (404) for all but the newest answer, and where no engine or bundle
        shows it.
        """

    @abstractmethod
    def overlaid(self) -> Optional[int]:
        """Return the number of the answer that `overlay` shows; None where there is none."""

    @abstractmethod
    async def tensor_picture(self, seq: int) -> bytes:
        """Return the PNG of the network input of one verdict, lossless. Raises as `picture`."""

    @abstractmethod
    def stick(self, told: StickNews) -> Json:
        """Take what is told of a stick and return how it is with it now: `agreed` after a press.

        Raises BusyError (409) while another stick is offered, UnavailableError (503) where no press
        is long.
        """

    @abstractmethod
    async def model(self, action: str, name: Optional[str]) -> Json:
        """Activate or roll back a model; the API has already checked the caller's rights."""
