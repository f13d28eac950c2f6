"""Shows the newest answer, and between answers how the box is, on a small display.

How this works: two threads, and nobody who sends an event waits for either. The notifier's own one
(see `queued`) shows each verdict; the second shows all else and turns the pages. A lock gives the
screen to one of them at a time. A screen that fails is closed, and opened again later: what is due
then is shown. Pillow, luma and inky are loaded by the second thread, and only where a display is
asked for. Paper takes many seconds for a picture and keeps its last one without power: at the end
the one that is being drawn is given up, and the last says that the box is off.
"""

import logging
import threading
import time
from typing import TYPE_CHECKING, Callable, Optional, Sequence, Tuple

from plantd.config import DisplayConfig
from plantd.config.displays import is_paper
from plantd.errors import UnavailableError
from plantd.notifiers.display.scene import NOTHING, PART, Scene, off_scene
from plantd.notifiers.display.schedule import CLASSIFY, Moment, Schedule
from plantd.notifiers.display.sheets import IDLE_S, Sheets
from plantd.notifiers.queued import NotDelivered, Notice, NotifierStatus, QueuedNotifier
from plantd.sinks.interface import Event
from plantd.system import libraries
from plantd.system.callbacks import guarded
from plantd.texts.catalogue import english, texts_for_notifier

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    from plantd.notifiers.display.screen import Screen

logger = logging.getLogger(__name__)

RETRY_S = (1.0, 2.0, 5.0)
THREAD = "display pages"
LEAVE_S = 1.0
LEAVE_TRIES = 3


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
        self._is_paper = is_paper(config)
        self._schedule = (
            Sheets(english(), config.answer_s, config.refresh_s)
            if self._is_paper
            else Schedule(english(), config.answer_s, config.dark_after_s)
        )
        self._due = threading.Condition()
        self._is_due = False
        self._ended = False
        self._leaving = threading.Event()
        self._screen_lock = threading.Lock()
        self._screen: "Optional[Screen]" = None
        # What stands on paper, which is not drawn twice.
        self._stands: Optional[Tuple[Scene, int]] = None
        self._trouble = ""
        self._lacks = ""
        self._pages: Optional[threading.Thread] = None
        self._take = guarded(self._take_event, "what a display shows")

    def wants(self, event: Event) -> bool:
        """See QueuedNotifier; pictures that were sent in are not shown."""
        return super().wants(event) and event.get("trigger") != CLASSIFY

    def open(self) -> None:
        """See QueuedNotifier."""
        super().open()
        self._pages = threading.Thread(target=self._turn_pages, name=THREAD, daemon=True)
        self._pages.start()

    def send(self, event: Event) -> None:
        """See Sink; beside verdicts it takes states of parts, and what the light shows.

        A verdict is due at once, however long a picture takes: by the time that the light says its
        answer it is the newest, and no older one stands for it.
        """
        self._take(event)
        super().send(event)

    def deliver(self, _notice: Notice) -> None:
        """Show one verdict. Raises NotDelivered; it is shown later where it still stands then."""
        self._show()

    def abort(self) -> None:
        """Give up a picture that takes long; a device that hangs ends with the process."""
        screen = self._screen
        if self._is_paper and screen is not None:
            screen.interrupt()

    def status(self) -> NotifierStatus:
        """Return how it is doing: what failed and was shown later is no trouble any more."""
        told = self._trouble or self._lacks
        return super().status()._replace(ok=not told, detail=told)

    def close(self) -> None:
        """Show what is queued, then nothing; may be called twice. Paper shows its last at once."""
        if self._is_paper:
            self._leaving.set()
        self.abort()
        super().close()
        with self._due:
            self._ended = True
            self._due.notify_all()
        pages, self._pages = self._pages, None
        if pages is None:
            return
        pages.join(LEAVE_S)
        for _ in range(LEAVE_TRIES if self._is_paper else 1):
            # What began to draw meanwhile is given up too.
            self.abort()
            if self._screen_lock.acquire(timeout=LEAVE_S):
                try:
                    self._leave()
                finally:
                    self._screen_lock.release()
                return

    def _take_event(self, event: Event) -> None:
        with self._due:
            if self._schedule.take(event, self._clock()):
                self._poke()

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
            self._schedule.texts = texts_for_notifier(self._config.language)
        except UnavailableError as error:
            self._lacks = str(error)

    def _show(self) -> float:
        """Show what is due now; return when to look again. Raises NotDelivered."""
        with self._screen_lock:
            if self._leaving.is_set():
                return IDLE_S
            with self._due:
                moment = self._schedule.moment(self._clock())
            try:
                screen = self._open_screen()
                if moment.is_new:
                    screen.renew()
                    self._schedule.note_renewal()
                self._paint(screen, moment)
            except ImportError as error:
                told = libraries.sentence(error, libraries.is_l4t())
                self._lose(told)
                raise NotDelivered(told) from error
            except NotDelivered as error:
                if self._leaving.is_set():
                    return IDLE_S
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

    def _paint(self, screen: "Screen", moment: Moment) -> None:
        if not self._is_paper:
            self._show_page(screen, moment.scene, moment.page)
        elif (moment.scene, moment.page) != self._stands:
            self._stands = None
            screen.show(self._sheet(screen, moment.scene))
            self._stands = (moment.scene, moment.page)

    def _show_page(self, screen: "Screen", scene: Scene, page: int) -> None:
        from plantd.notifiers.display.drawing import picture_of

        screen.show(picture_of(scene, screen.size, screen.depth, page))

    def _sheet(self, screen: "Screen", scene: Scene) -> "Picture":
        from plantd.notifiers.display.paper import sheet_of

        return sheet_of(scene, screen.size, screen.colour)

    def _lose(self, trouble: str) -> None:
        self._trouble, self._stands = trouble, None
        screen, self._screen = self._screen, None
        if screen is not None:
            screen.close()

    def _leave(self) -> None:
        """Nothing stands there for longer than the service that vouches for it."""
        if self._screen is None and not self._is_paper:
            return
        trouble = ""
        try:
            self._show_last()
        except ImportError:
            trouble = self._trouble  # it was told, and nothing was ever drawn
        except NotDelivered as error:
            logger.warning("%s: %s", self.name, error)
        self._lose(trouble)

    def _show_last(self) -> None:
        if not self._is_paper:
            self._show_page(self._open_screen(), NOTHING, 0)
            return
        # Set up anew, also where it was given up: it keeps what it showed before.
        self._lose(self._trouble)
        screen = self._open_screen()
        screen.leave(self._sheet(screen, off_scene(self._schedule.texts)))
