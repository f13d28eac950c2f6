"""The life of the service: ordered start, tick, reverse stop.

main loop         API, events, telemetry, signals, the watchdog
inference thread  the model, and one request at a time
press thread      button and light
record thread     everything that waits for the disk
log thread        the log's own disk
notifiers         a thread each, for hooks that are configured
camera            a child process and the thread that keeps it
gpsd              the last position, where one is asked for
"""

import asyncio
import logging
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Optional

from plantd.api.server import ApiServer
from plantd.config import Config
from plantd.decoding.child_decoder import ChildDecoder
from plantd.errors import PlanError, UnavailableError
from plantd.health.states import ComponentStates, State
from plantd.health.watchdog import Watchdog
from plantd.inference.thread import InferenceThread
from plantd.light.interface import Pattern
from plantd.models.switch import ModelSwitch
from plantd.pipeline import press_settings
from plantd.place.position_reader import PositionReader
from plantd.service.devices import Devices
from plantd.service.exit_request import ExitRequest
from plantd.service.health_monitor import HealthMonitor
from plantd.service.metrics import Metrics, counts_of
from plantd.service.model.current import CurrentModel
from plantd.service.model.trial import ModelTrial
from plantd.service.notify import Notifier
from plantd.service.page_part import PagePart
from plantd.service.press_thread import PressThread
from plantd.service.publisher import Publisher
from plantd.service.reload import LiveConfig
from plantd.service.status_line import StatusDisplay
from plantd.service.update.serving import ServingFile
from plantd.service.update.trial import UpdateNews
from plantd.sinks.press_record import PressRecord
from plantd.sinks.record import Record
from plantd.stick.offer import StickOffer
from plantd.system.threads import to_thread

logger = logging.getLogger(__name__)

# How long a request that is being answered may take when the service stops.
PRESS_END_S = 8.0
# So long READY waits for the button, so that the first look at it tells how it is.
BUTTON_OPEN_S = 2.0
# More than all that wait at once: four readers of the record, two of frames, a decoder, a model
# that is changed, a look at the device, a status.
THREADS = 16
# The watchdog is pinged three times within its interval.
PINGS = 3


class Components(NamedTuple):
    """Everything that lives as long as the service, whole and not yet opened."""

    live: LiveConfig
    notifier: Notifier
    exit_request: ExitRequest
    devices: Devices
    publisher: Publisher
    record: Record
    press_record: PressRecord
    metrics: Metrics
    model: CurrentModel
    inference: InferenceThread
    press: PressThread
    health_monitor: HealthMonitor
    watchdog: Watchdog
    models: ModelSwitch
    trial: ModelTrial
    serving: ServingFile
    update_news: UpdateNews
    api: ApiServer
    decoder: ChildDecoder
    page: PagePart
    display: StatusDisplay
    states: ComponentStates
    stick: StickOffer
    position_reader: Optional[PositionReader]


class Service:
    """Opens everything, lets it live, and closes it again."""

    def __init__(self, components: Components) -> None:
        """Args: what composition.service_from_config made."""
        self._all = components

    async def run(self) -> int:
        """Live until SIGTERM or a fault that only a new process mends; return the exit code."""
        asyncio.get_event_loop().set_default_executor(ThreadPoolExecutor(THREADS))
        self._all.exit_request.open()
        try:
            await self._start()
            await self._tick_until_asked_to_end()
        finally:
            await self._shut_down()
        return self._all.exit_request.exit_code

    async def _start(self) -> None:
        """Open from the bottom up; threads that answer requests start last."""
        whole, devices = self._all, self._all.devices
        self._hear_signals()
        whole.publisher.open()
        devices.light.open()
        devices.light.show(Pattern.STARTING)
        devices.camera.open()
        devices.telemetry.open()
        if whole.position_reader is not None:
            whole.position_reader.start()
        await to_thread(self._open_record)
        await to_thread(whole.trial.start)
        await whole.api.start()
        await whole.page.start()
        whole.inference.start()
        if not await self._model_opened():
            return
        whole.press.start()
        await to_thread(lambda: whole.press.wait_until_tried(BUTTON_OPEN_S))
        whole.watchdog.watch("inference", whole.inference.call_soon)
        whole.watchdog.watch("press", whole.press.call_soon)
        whole.display.show_ready()
        logger.info("ready: %s", whole.display.line())

    async def _model_opened(self) -> bool:
        """Wait for the first load, which may hang; False when the service is to end instead."""
        opened: "asyncio.Future[Any]" = asyncio.ensure_future(
            to_thread(self._all.inference.ready.wait)
        )
        asked: "asyncio.Future[Any]" = asyncio.ensure_future(self._all.exit_request.wait())
        await asyncio.wait([opened, asked], return_when=asyncio.FIRST_COMPLETED)
        return asked.cancel()

    def _open_record(self) -> None:
        self._all.record.open()
        self._all.metrics.counts.begin_with(counts_of(self._all.record))

    async def _tick_until_asked_to_end(self) -> None:
        ticks = [asyncio.ensure_future(self._telemetry_ticks())]
        watchdog_s = self._all.notifier.watchdog_s
        if watchdog_s is not None:
            ticks.append(asyncio.ensure_future(self._watchdog_ticks(watchdog_s / PINGS)))
        try:
            await self._all.exit_request.wait()
        finally:
            for tick in ticks:
                tick.cancel()
            await asyncio.wait(ticks)

    async def _shut_down(self) -> None:
        """Let the request that is being answered end, then close in reverse."""
        whole, devices = self._all, self._all.devices
        whole.notifier.stopping()
        whole.models.close()
        await to_thread(lambda: whole.press.stop(PRESS_END_S))
        if not await to_thread(lambda: whole.inference.stop(PRESS_END_S)):
            logger.error("a request did not end within %.0f s; it is given up", PRESS_END_S)
        await to_thread(lambda: whole.trial.stop(whole.exit_request.blames_model))
        await to_thread(whole.serving.look)
        await whole.page.stop()
        await to_thread(whole.decoder.close)
        await whole.api.stop()
        if whole.position_reader is not None:
            await to_thread(whole.position_reader.close)
        devices.telemetry.close()
        await to_thread(devices.camera.close)
        devices.light.close()
        await to_thread(whole.record.close)
        await to_thread(whole.publisher.close_notifiers)
        whole.publisher.stream.close()
        whole.publisher.log.close()
        logger.info("stopped")

    async def _telemetry_ticks(self) -> None:
        while True:
            try:
                self._all.publisher.publish(await to_thread(self._all.metrics.event))
                await to_thread(self._all.health_monitor.look)
                await to_thread(self._all.trial.look)
                await to_thread(self._all.serving.look)
                await to_thread(self._all.update_news.look)
                self._all.stick.look()
                await self._keep_socket()
                await self._all.page.look()
            except Exception:  # a bug in one look must not be the last look
                logger.exception("a look at the device met a bug")
            await asyncio.sleep(self._config().telemetry.interval_s)

    async def _keep_socket(self) -> None:
        try:
            if await self._all.api.keep_bound():
                sentence = "the socket was deleted, moved or replaced; it was made again"
                logger.error("%s", sentence)
                self._all.states.set("api", State.DEGRADED, sentence)
        except UnavailableError as error:
            self._all.states.set("api", State.DEGRADED, str(error))
        else:
            self._all.states.set("api", State.HEALTHY)

    async def _watchdog_ticks(self, interval_s: float) -> None:
        watchdog = self._all.watchdog
        while True:
            if not watchdog.tick():
                logger.error("no sign of life from %s", ", ".join(watchdog.silent()))
            await asyncio.sleep(interval_s)

    def _hear_signals(self) -> None:
        loop = asyncio.get_event_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._all.exit_request.ask)
        loop.add_signal_handler(signal.SIGHUP, self._reload)

    def _reload(self) -> None:
        whole = self._all
        if whole.live.reload():
            self._take_live(self._config())
        if isinstance(whole.inference.failure, PlanError) or whole.model.instead_of:
            # A plan may have been built since.
            whole.inference.reload()
        whole.publisher.log.reopen()
        whole.notifier.ready(whole.display.line())

    def _take_live(self, config: Config) -> None:
        """Hand what SIGHUP may change to those who keep a copy; the others read it each time."""
        logging.getLogger().setLevel(config.log.level.upper())
        self._all.record.configure(config.record)
        self._all.press_record.jpeg_quality = config.record.jpeg_quality
        pipeline = self._all.inference.pipeline
        if pipeline is not None:
            pipeline.settings = press_settings(config)

    def _config(self) -> Config:
        return self._all.live.config()
