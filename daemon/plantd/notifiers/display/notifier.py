"""Shows the newest answer, and between answers how the box is, on a small display.

How this works: two threads, and nobody who sends an event waits for either. The notifier's own one
(see `queued`) shows each verdict; the second shows all else and turns the pages. A lock gives the
screen to one of them at a time. A screen that fails is closed, and opened again later: what is due
then is shown. Pillow and luma are loaded by the second thread, and only where a display is asked
for.
"""

import logging
import threading
import time
from typing import TYPE_CHECKING, Callable, Optional, Sequence

from plantd.config import DisplayConfig
from plantd.notifiers.display.scene import NOTHING, PART, Scene
from plantd.notifiers.display.schedule import CLASSIFY, Schedule
from plantd.notifiers.queued import NotDelivered, Notice, NotifierStatus, QueuedNotifier
from plantd.sinks.interface import Event
from plantd.system import libraries
from plantd.texts.catalogue import english, texts_of

if TYPE_CHECKING:
    from plantd.notifiers.display.screen import Screen

logger = logging.getLogger(__name__)

RETRY_S = (1.0, 2.0, 5.0)
THREAD = "display pages"
LEAVE_S = 1.0


class Display(QueuedNotifier):
    """The newest verdict of a press; while nothing happens, how the parts are."""

    def __init__(
        self,
        config: DisplayConfig,
        screen_from: "Callable[[], Screen]",
        retry_s: Sequence[float] = RETRY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take what is shown where.

        Args:
            config: language and times.
            screen_from: makes the screen, closed; may raise ImportError.
            retry_s: waits between attempts to open it; the last repeats.
            clock: monotonic seconds.
        """
        super().__init__(PART, 1)
        self._config = config
        self._screen_from = screen_from
        self._retry_s = retry_s
        self._clock = clock
        self._schedule = Schedule(english(), config.answer_s, config.dark_after_s)
        self._due = threading.Condition()
        self._is_due = False
        self._ended = False
        self._screen_lock = threading.Lock()
        self._screen: "Optional[Screen]" = None
        self._trouble = ""
        self._lacks = ""
        self._pages: Optional[threading.Thread] = None

    def wants(self, event: Event) -> bool:
        """See QueuedNotifier; pictures that were sent in are not shown."""
        return super().wants(event) and event.get("trigger") != CLASSIFY

    def open(self) -> None:
        """See QueuedNotifier."""
        super().open()
        self._pages = threading.Thread(target=self._turn_pages, name=THREAD, daemon=True)
        self._pages.start()

    def send(self, event: Event) -> None:
        """See Sink; beside verdicts it takes states of parts, and what the light shows."""
        if not self.wants(event):
            with self._due:
                if self._schedule.take(event, self._clock()):
                    self._poke()
        super().send(event)

    def deliver(self, notice: Notice) -> None:
        """Show one verdict. Raises NotDelivered; it is shown later where it still stands then."""
        with self._due:
            self._schedule.take(notice.event, self._clock())
            self._poke()
        self._show()

    def abort(self) -> None:
        """A device that hangs cannot be interrupted; its thread ends with the process."""

    def status(self) -> NotifierStatus:
        """Return how it is doing: what failed and was shown later is no trouble any more."""
        told = self._trouble or self._lacks
        return super().status()._replace(ok=not told, detail=told)

    def close(self) -> None:
        """Show what is queued, then nothing; may be called twice."""
        super().close()
        with self._due:
            self._ended = True
            self._due.notify_all()
        pages, self._pages = self._pages, None
        if pages is None:
            return
        pages.join(LEAVE_S)
        if self._screen_lock.acquire(timeout=LEAVE_S):
            try:
                self._leave()
            finally:
                self._screen_lock.release()

    def _poke(self) -> None:
        self._is_due = True
        self._due.notify_all()

    def _turn_pages(self) -> None:
        self._read_texts()
        attempt = 0
        while not self._ended:
            was = self._trouble
            try:
                wait_s, attempt = self._show(), 0
            except NotDelivered as error:
                wait_s = self._retry_s[min(attempt, len(self._retry_s) - 1)]
                attempt += 1
                if str(error) != was:
                    logger.warning("%s: %s", self.name, error)
            except Exception:  # a bug in one scene must not be the last scene
                wait_s = self._retry_s[-1]
                if not was:
                    logger.exception("%s met a bug", self.name)
            with self._due:
                self._due.wait_for(lambda: self._is_due or self._ended, wait_s)
                self._is_due = False

    def _read_texts(self) -> None:
        try:
            self._schedule.texts = texts_of(self._config.language)
        except ImportError:
            self._lacks = (
                "the library polib, for languages other than English, cannot be used: sudo make "
                "install, in plantd's folder"
            )

    def _show(self) -> float:
        """Show what is due now; return when to look again. Raises NotDelivered."""
        with self._screen_lock:
            with self._due:
                moment = self._schedule.moment(self._clock())
            try:
                screen = self._open_screen()
                if moment.is_new:
                    screen.renew()
                    self._schedule.note_renewal()
                self._paint(screen, moment.scene, moment.page)
            except ImportError as error:
                told = libraries.sentence(error, libraries.is_l4t())
                self._lose(told)
                raise NotDelivered(told) from error
            except NotDelivered as error:
                self._lose(str(error))
                raise
            except Exception as error:
                self._lose("it met a bug, which the journal has: {!r}".format(error))
                raise
            self._trouble = ""
        return moment.for_s

    def _open_screen(self) -> "Screen":
        if self._screen is None:
            self._screen = self._screen_from()
            self._screen.open()
        return self._screen

    def _paint(self, screen: "Screen", scene: Scene, page: int) -> None:
        from plantd.notifiers.display.drawing import picture_of

        screen.show(picture_of(scene, screen.size, screen.depth, page))

    def _lose(self, trouble: str) -> None:
        self._trouble = trouble
        screen, self._screen = self._screen, None
        if screen is not None:
            screen.close()

    def _leave(self) -> None:
        """Nothing stands there for longer than the service that vouches for it."""
        if self._screen is not None:
            try:
                self._paint(self._screen, NOTHING, 0)
            except NotDelivered as error:
                logger.warning("%s: %s", self.name, error)
            self._lose("")
