"""The life of the service: ordered start, tick, reverse stop.

main loop         API, events, telemetry, signals, the watchdog
inference thread  the model, and one request at a time
press thread      button and light
record thread     everything that waits for the disk
camera            a child process and the thread that keeps it
"""

import asyncio
import logging
import os
import signal
import time
from functools import partial
from typing import Callable, Mapping, Optional

from plantd.api.server import ApiServer
from plantd.button.interface import Press
from plantd.config import Config
from plantd.config.file import Loaded as LoadedConfig
from plantd.errors import EX_OK, EX_SOFTWARE, PlanError, PlantdError
from plantd.health import states
from plantd.health.states import Parts, PartState
from plantd.health.watchdog import Watchdog
from plantd.inference import loader
from plantd.inference.thread import InferenceThread, Model
from plantd.light.interface import Pattern
from plantd.models.switch import model_change
from plantd.pipeline import Pipeline, press_settings
from plantd.service import directories
from plantd.service.appliance import Facts, LocalAppliance
from plantd.service.devices import devices_from_config
from plantd.service.dispatch import Desk
from plantd.service.health_monitor import Caretaker, tell_camera, tell_record
from plantd.service.metrics import Vitals, counts_of
from plantd.service.notify import Notifier
from plantd.service.press_thread import PressThread
from plantd.service.reload import Reloading
from plantd.service.status_line import calm_pattern, status_line
from plantd.sinks.interface import Event
from plantd.sinks.log import EventLog
from plantd.sinks.press_record import PressRecord
from plantd.sinks.record import Record
from plantd.sinks.stream import EventStream
from plantd.system.root_requests import POWER_OFF, RootRequests
from plantd.system.threads import elsewhere
from plantd.telemetry.clock import Clock
from plantd.wire import json_from_state

logger = logging.getLogger(__name__)

LOG_NAME = "plantd.ndjson"
# How long a request that is being answered may take when the service stops.
PRESS_END_S = 8.0
# The watchdog is pinged three times within its interval.
PINGS = 3


class Service:
    """Owns everything that lives as long as the service."""

    def __init__(
        self,
        loaded: LoadedConfig,
        read_config: Callable[[], LoadedConfig],
        environment: Mapping[str, str],
    ) -> None:
        """Make everything and open nothing.

        Args:
            loaded: the configuration.
            read_config: reads it again, for SIGHUP.
            environment: usually os.environ: what systemd says.

        Raises ConfigError or CameraError for devices that cannot be, UnavailableError without a
        run directory.
        """
        config = loaded.config
        directories.make(config.paths)
        self._clock = Clock()
        self._notifier = Notifier(environment)
        self._parts = Parts(self._part_changed)
        self._stream = EventStream(config.api.event_queue)
        self._log = EventLog(os.path.join(config.paths.log, LOG_NAME), config.log)
        self._root = RootRequests(config.paths.run)
        self._devices = devices_from_config(
            config, partial(tell_camera, self._parts), self._root.ask
        )
        self._record = Record(
            config.paths.state, config.record, self._clock.now, partial(tell_record, self._parts)
        )
        self._press_record = PressRecord(self._record, config.record.jpeg_quality)
        self._vitals = Vitals(
            self._devices.telemetry,
            self._clock,
            config.paths,
            counts_of(self._record),
            lambda: self._devices.camera.status().pid,
        )
        self._desk = Desk(
            self._devices.light, self._vitals, (self._log, self._stream), time.monotonic
        )
        self._inference = InferenceThread(
            lambda: self._open_model(self._config().bundle_path),
            self._desk.deliver,
            self._model_loaded,
            self._certain_fault,
        )
        self._press = PressThread(
            self._devices.button, self._devices.light, self._desk.press, self._long_press
        )
        self._reloading = Reloading(loaded, read_config, self._parts, self._notifier)
        self._caretaker = Caretaker(
            self._devices,
            self._record,
            self._vitals,
            self._parts,
            self._config,
            self._end_between_presses,
        )
        self._watchdog = Watchdog(self._notifier.alive)
        self._model: Optional[loader.Loaded] = None
        self._models = model_change(
            self._config, self._inference, self._watchdog, self._parts, self._open_model
        )
        self._appliance = LocalAppliance(
            Facts(
                self._desk,
                self._devices,
                self._record,
                self._vitals,
                self._parts,
                self._models,
                lambda: self._model,
                lambda: self._reloading.loaded,
                time.monotonic(),
                time.monotonic,
            )
        )
        self._api = ApiServer(self._appliance, self._stream, config)
        self._exit_code = EX_OK
        self._stopping: Optional["asyncio.Event"] = None
        self._loop: Optional[asyncio.AbstractEventLoop] = None

    async def run(self) -> int:
        """Live until SIGTERM or a fault that only a new process mends; return the exit code."""
        self._loop = asyncio.get_event_loop()
        self._stopping = asyncio.Event()
        try:
            await self._start()
            await self._tick_until_stopped()
        finally:
            await self._shut_down()
        return self._exit_code

    def stop(self, exit_code: int = EX_OK) -> None:
        """End `run` soon; safe from any thread."""
        self._exit_code = self._exit_code or exit_code
        if self._loop is not None and self._stopping is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)

    async def _start(self) -> None:
        self._hear_signals()
        self._devices.light.open()
        self._devices.light.show(Pattern.STARTING)
        self._devices.camera.open()
        self._devices.telemetry.open()
        self._desk.open(self._inference)
        await self._api.start()
        self._inference.start()
        await elsewhere(self._inference.ready.wait)
        self._press.start()
        self._watchdog.watch("inference", self._inference.call_soon)
        self._watchdog.watch("press", self._press.call_soon)
        self._devices.light.show(calm_pattern(self._parts))
        self._notifier.ready(self._status_line())
        logger.info("ready: %s", self._status_line())

    async def _tick_until_stopped(self) -> None:
        assert self._stopping is not None
        ticks = [asyncio.ensure_future(self._telemetry_ticks())]
        if self._notifier.watchdog_s is not None:
            interval_s = self._notifier.watchdog_s / PINGS
            ticks.append(asyncio.ensure_future(self._watchdog_ticks(interval_s)))
        try:
            await self._stopping.wait()
        finally:
            for tick in ticks:
                tick.cancel()
            await asyncio.wait(ticks)

    async def _shut_down(self) -> None:
        """Let the request that is being answered end, then close in reverse."""
        self._notifier.stopping()
        self._models.close()
        await elsewhere(lambda: self._press.stop(PRESS_END_S))
        if not await elsewhere(lambda: self._inference.stop(PRESS_END_S)):
            logger.error("a request did not end within %.0f s; it is given up", PRESS_END_S)
        await self._api.stop()
        self._devices.telemetry.close()
        await elsewhere(self._devices.camera.close)
        self._devices.light.close()
        await elsewhere(self._record.close)
        self._stream.close()
        self._log.close()
        logger.info("stopped")

    async def _telemetry_ticks(self) -> None:
        while True:
            self._publish(await elsewhere(self._vitals.event))
            await elsewhere(self._caretaker.look)
            await asyncio.sleep(self._config().telemetry.interval_s)

    async def _watchdog_ticks(self, interval_s: float) -> None:
        while True:
            if not self._watchdog.tick():
                logger.error("no sign of life from %s", ", ".join(self._watchdog.silent()))
            await asyncio.sleep(interval_s)

    def _hear_signals(self) -> None:
        assert self._loop is not None
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self.stop)
        self._loop.add_signal_handler(signal.SIGHUP, self._reload)

    def _reload(self) -> None:
        if self._reloading.reload():
            self._take_live(self._config())
        if isinstance(self._inference.failure, PlanError):
            # A plan may have been built since. Nothing answers now that could be disturbed.
            self._inference.reload()
        self._log.reopen()
        self._notifier.ready(self._status_line())

    def _take_live(self, config: Config) -> None:
        """Hand what SIGHUP may change to those who keep a copy; the others read it each time."""
        logging.getLogger().setLevel(config.log.level.upper())
        self._record.configure(config.record)
        self._press_record.jpeg_quality = config.record.jpeg_quality
        pipeline = self._inference.pipeline
        if pipeline is not None:
            pipeline.settings = press_settings(config)

    def _open_model(self, bundle_path: str) -> Model:
        config = self._config()
        loaded = loader.load(bundle_path, config.engine, engines_path=config.engines_path)
        self._model = loaded
        self._vitals.latencies.warmed_up(loaded.first_ms, loaded.steady_ms)
        pipeline = Pipeline(
            self._devices.camera,
            loaded.engine,
            loaded.bundle,
            self._press_record,
            self._clock.now,
            time.monotonic,
            press_settings(config),
        )
        return Model(pipeline, loaded.engine.close)

    def _model_loaded(self, error: Optional[PlantdError]) -> None:
        if error is None:
            self._parts.set("engine", states.HEALTHY)
            return
        self._model = None
        logger.error("no model answers: %s", error)
        self._parts.set("engine", states.FAILED, str(error))

    def _certain_fault(self, reason: str) -> None:
        self._parts.set("engine", states.FAILED, reason)
        logger.critical("the engine keeps failing; a new process may help: %s", reason)
        self.stop(EX_SOFTWARE)

    def _end_between_presses(self, reason: str) -> None:
        if not self._inference.busy:
            logger.critical("ending, for a new process: %s", reason)
            self.stop(EX_SOFTWARE)

    def _long_press(self, press: Press) -> None:
        action = self._config().button.long_press_action
        logger.info("long press at %.1f: %s", press.pressed_at, action)
        if action == "repeat":
            self._desk.repeat_last()
        elif action == "shutdown":
            self._root.ask(POWER_OFF)

    def _part_changed(self, state: PartState) -> None:
        self._publish(json_from_state(self._clock.now(), *state))
        self._notifier.status(self._status_line())
        if not self._inference.busy:
            self._devices.light.show(calm_pattern(self._parts))

    def _publish(self, event: Event) -> None:
        self._log.send(event)
        self._stream.send(event)

    def _config(self) -> Config:
        return self._reloading.loaded.config

    def _status_line(self) -> str:
        return status_line(self._parts, self._model.bundle.manifest.title if self._model else "")
