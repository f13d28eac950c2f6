"""The service made from its configuration, from the bottom up: each part gets parts that are whole.

Nothing is opened and no thread runs: lifecycle.py does that, in order. What calls back from a
thread of its own is guarded, so that a bug in the callback is logged and the thread lives on.
"""

import os
import time
from functools import partial
from typing import Callable, Mapping, Optional

from plantd.api.server import ApiServer
from plantd.config import Config
from plantd.config.file import LoadedConfig
from plantd.decoding.child_decoder import ChildDecoder
from plantd.health.states import ComponentStates, State
from plantd.health.watchdog import Watchdog
from plantd.inference.thread import InferenceThread
from plantd.light.heard import HeardLight
from plantd.models.store import ModelStore
from plantd.models.switch import model_switch
from plantd.notifiers.choice import notifiers_from_config
from plantd.place.finder import PlaceFinder, PlaceSettings
from plantd.place.gpsd_address import gpsd_address_from_text
from plantd.place.position_reader import PositionReader
from plantd.service import directories
from plantd.service.appliance import LocalAppliance, ServiceContext
from plantd.service.devices import devices_from_config
from plantd.service.dispatch import Delivery, Dispatcher, LongPress
from plantd.service.exit_request import ExitRequest, end_after_engine_fault, end_between_presses
from plantd.service.health_monitor import HealthMonitor, Watched, report_camera, report_record
from plantd.service.lifecycle import Components, Service
from plantd.service.metrics import Metrics
from plantd.service.model.current import CurrentModel
from plantd.service.model.trial import Collaborators, ModelTrial
from plantd.service.notify import Notifier
from plantd.service.page_part import PagePart
from plantd.service.press_thread import PressThread
from plantd.service.publisher import Publisher
from plantd.service.reload import LiveConfig
from plantd.service.status_line import StatusDisplay
from plantd.service.update.serving import ServingFile
from plantd.service.update.trial import UpdateNews
from plantd.sinks.log import EventLog
from plantd.sinks.press_record import PressRecord
from plantd.sinks.record import Record
from plantd.sinks.stream import EventStream
from plantd.stick.offer import StickOffer
from plantd.system.callbacks import guarded
from plantd.system.root_requests import RootRequests
from plantd.telemetry.clock import Clock

LOG_NAME = "plantd.ndjson"


def service_from_config(
    loaded: LoadedConfig,
    read_config: Callable[[], LoadedConfig],
    environment: Mapping[str, str],
) -> Service:
    """Return the service, nothing of it opened.

    Args:
        loaded: the configuration.
        read_config: reads it again, for SIGHUP.
        environment: usually os.environ: what systemd says.

    Raises ConfigError or CameraError for devices that cannot be, UnavailableError without a run
    directory.
    """
    config = loaded.config
    directories.make(config.paths)
    states, clock, exit_request = ComponentStates(), Clock(), ExitRequest()
    notifier, root = Notifier(environment), RootRequests(config.paths.run)
    live = LiveConfig(loaded, read_config, states, notifier)
    devices = devices_from_config(config, partial(report_camera, states), root.ask)
    publisher = _publisher(config, clock)
    heard = guarded(publisher.tell_light, "who is told what the light shows")
    devices = devices._replace(light=HeardLight(devices.light, heard))
    record = Record(
        config.paths.state,
        config.record,
        clock.now,
        partial(report_record, states),
        run_path=config.paths.run,
    )
    press_record = PressRecord(record, config.record.jpeg_quality)
    decoder = ChildDecoder()
    metrics = Metrics(
        devices.telemetry,
        clock,
        config.paths,
        lambda: {"camera": devices.camera.status().pid, "decoder": decoder.pid},
    )
    delivery = Delivery(metrics, publisher)
    place = _place_finder(live.config, clock)
    model = CurrentModel(live, devices.camera, press_record, metrics, states, place.now)
    inference = InferenceThread(
        model.open_configured,
        delivery.deliver,
        guarded(model.report, "who is told of a loaded model"),
        guarded(partial(end_after_engine_fault, states, exit_request), "the end after a fault"),
    )
    dispatcher = Dispatcher(inference, devices.light, time.monotonic)
    stick = StickOffer(devices.light, states, config.button.long_press_s)
    long_press = LongPress(live, delivery, devices.light, root, stick.agree)
    press = PressThread(
        devices.button, devices.light, dispatcher.press, guarded(long_press.act, "a long press")
    )
    health_monitor = HealthMonitor(
        Watched(devices, record, publisher.log, metrics, publisher.notified),
        states,
        live.config,
        partial(end_between_presses, lambda: inference.busy, devices.light.showing, exit_request),
    )
    watchdog = Watchdog(notifier.alive)
    models = model_switch(live.config, inference, watchdog, states, model.open)
    trial = ModelTrial(
        Collaborators(
            ModelStore(config.paths.state), models, states, live.config, clock.now().boot_id
        )
    )
    serving, news = ServingFile(live.config, states), UpdateNews(states)
    delivery.count_on_trial += [trial.count, serving.count]
    appliance = LocalAppliance(
        ServiceContext(
            dispatcher,
            devices,
            record,
            publisher.log,
            metrics,
            states,
            models,
            lambda: model.loaded,
            lambda: live.loaded,
            time.monotonic(),
            time.monotonic,
            decoder,
            lambda: inference.activation,
            publisher.notified,
            trial.to_json,
            news.to_json,
            stick,
            place.to_json,
        )
    )
    display = StatusDisplay(states, lambda: model.title, devices.light, notifier, stick.pattern)
    for listener in (publisher.publish_state, display.state_changed):
        states.listen(listener)
    if loaded.complaint:
        states.set("config", State.DEGRADED, loaded.complaint)
    return Service(
        Components(
            live,
            notifier,
            exit_request,
            devices,
            publisher,
            record,
            press_record,
            metrics,
            model,
            inference,
            press,
            health_monitor,
            watchdog,
            models,
            trial,
            serving,
            news,
            ApiServer(appliance, publisher.stream, config),
            decoder,
            PagePart(appliance, publisher.stream, config, states),
            display,
            states,
            stick,
            place.reader,
        )
    )


def _place_finder(config: Callable[[], Config], clock: Clock) -> PlaceFinder:
    def settings() -> PlaceSettings:
        place = config().place
        region = "" if place.region == "none" else place.region
        return PlaceSettings(place.latitude, place.longitude, region, place.season)

    reader: Optional[PositionReader] = None
    if config().place.gpsd:
        reader = PositionReader(gpsd_address_from_text(config().place.gpsd))
    return PlaceFinder(settings, reader, clock.month)


def _publisher(config: Config, clock: Clock) -> Publisher:
    log = EventLog(os.path.join(config.paths.log, LOG_NAME), config.log)
    stream = EventStream(config.api.event_queue)
    return Publisher(log, stream, clock, notifiers_from_config(config))
