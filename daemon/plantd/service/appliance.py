"""The service as its clients see it: what /v1 is answered from."""

import asyncio
import os
from concurrent.futures import Future
from functools import partial
from typing import Callable, Dict, List, NamedTuple, Optional

from plantd import __version__, picture
from plantd.activation import Activation
from plantd.api.appliance import Appliance, Check, Json, View
from plantd.api.stick_news import StickNews
from plantd.config.file import LoadedConfig
from plantd.decoding.child_decoder import ChildDecoder
from plantd.doctor.probes import Probes
from plantd.doctor.table import CHEAP, run_checks
from plantd.engine.idle_gpu import idle_gpu
from plantd.errors import BusyError
from plantd.health.remedies import REMEDIES
from plantd.health.states import ComponentStates, State
from plantd.inference.loader import LoadedModel
from plantd.models.switch import ModelSwitch
from plantd.notifiers.queued import NotifierStatus
from plantd.quality import QualityLimits
from plantd.service import labelling, small_pictures
from plantd.service.devices import Devices
from plantd.service.dispatch import Dispatcher
from plantd.service.metrics import Metrics
from plantd.service.model.description import json_from_model, model_facts
from plantd.sinks.log import EventLog
from plantd.sinks.record import Record
from plantd.stick.offer import StickOffer
from plantd.system.box import Box, identity_of, name_of
from plantd.system.threads import Lane, to_thread
from plantd.telemetry.status import (
    EngineStatus,
    ServiceFacts,
    StatusSources,
    status_json,
)
from plantd.wire import SCHEMA, Verdict, json_from_verdict

CHECK_STATES = {
    State.HEALTHY: "ok",
    State.DEGRADED: "warning",
    State.RECOVERING: "warning",
    State.FAILED: "failed",
}
FRAME_WAITS_MAX = 2
RECORD_READS_MAX = 4
VIEWS_MAX = 1


class ServiceContext(NamedTuple):
    """What the appliance is made of; `model` and `config` change while it lives."""

    dispatcher: Dispatcher
    devices: Devices
    record: Record
    log: EventLog
    metrics: Metrics
    parts: ComponentStates
    models: ModelSwitch
    model: Callable[[], Optional[LoadedModel]]
    config: Callable[[], LoadedConfig]
    started_at: float
    monotonic: Callable[[], float]
    decoder: ChildDecoder
    activation: Callable[[], Optional[Activation]]
    notified: Callable[[], List[NotifierStatus]]
    trial: Callable[[], Optional[Json]]
    update: Callable[[], Optional[Json]]
    stick_offer: StickOffer
    place: Callable[[], Optional[Json]]


class LocalAppliance(Appliance):
    """Answers the API in the main loop; what waits for a disk goes to the loop's executor."""

    def __init__(self, facts: ServiceContext) -> None:
        """Args: what to answer from."""
        self._facts = facts
        self._frame_waits = 0
        self._record_reads = Lane(RECORD_READS_MAX)
        self._views = Lane(VIEWS_MAX)
        self._box_id = ""

    def hello(self) -> Json:
        """See Appliance."""
        model = self._facts.model()
        return {
            "schema": SCHEMA,
            "name": "plantd",
            "version": __version__,
            "box": self._box(),
            "model": json_from_model(model.bundle) if model else None,
            "models": self._facts.models.listing(),
            "engine": dict(model.engine.info._asdict()) if model else None,
        }

    def status(self) -> Json:
        """See Appliance."""
        facts, metrics = self._facts, self._facts.metrics
        model = facts.model()
        return status_json(
            StatusSources(
                service=self._service_facts(),
                camera=facts.devices.camera.status(),
                button=facts.devices.button.status(),
                light=facts.devices.light.showing().value,
                model=model_facts(model.bundle) if model else None,
                engine=self._engine_status(model) if model else None,
                latencies=metrics.latencies.percentiles(),
                verdicts=metrics.counts.json(),
                record=facts.record.status().to_json(),
                log=facts.log.status().to_json(),
                notifiers=[each.to_json() for each in facts.notified()],
                processes=metrics.processes(),
                readings=metrics.readings(),
                telemetry=metrics.source.state(),
                disks=metrics.disks(),
                models=facts.models.listing(),
                trial=facts.trial(),
                update=facts.update(),
                stick=facts.stick_offer.to_json(),
                box=self._box(),
                edible=facts.config().config.verdict.edible,
                place=facts.place(),
            )
        )

    def health(self) -> List[Check]:
        """See Appliance: the parts of the service, and what of doctor's checks costs nothing."""
        probes = Probes(self._facts.config().config)
        return run_checks(probes, CHEAP) + [
            Check(
                each.part,
                CHECK_STATES[each.state],
                each.detail,
                "" if each.state == State.HEALTHY else REMEDIES.get(each.part, ""),
            )
            for each in self._facts.parts.all()
        ]

    def is_answering_press(self) -> bool:
        """See Appliance."""
        return self._facts.dispatcher.is_pressed()

    async def capture(self) -> Json:
        """See Appliance."""
        return await _verdict(self._facts.dispatcher.capture())

    async def classify(self, data: bytes) -> Json:
        """See Appliance: decoded first, so that a press never waits for a picture's decoder."""
        facts = self._facts
        asked_at = facts.monotonic()
        facts.dispatcher.require_free()
        pixels = await to_thread(partial(facts.decoder.decode, data))
        return await _verdict(facts.dispatcher.classify(pixels, asked_at))

    async def frame_jpeg(self) -> bytes:
        """See Appliance."""
        # Those who wait for a camera must not take all threads that status needs.
        if self._frame_waits >= FRAME_WAITS_MAX:
            raise BusyError("others wait for a frame already; ask again")
        self._frame_waits += 1
        try:
            return await to_thread(self._fresh_jpeg)
        finally:
            self._frame_waits -= 1

    async def view(self) -> View:
        """See Appliance."""
        return await self._views.run(self._view)

    async def verdicts(self, after: int, limit: int, newest: bool = False) -> List[Json]:
        """See Appliance."""
        reader = self._facts.record.reader
        if newest:
            return list(await self._record_reads.run(lambda: reader.newest(limit)))
        return list(await self._record_reads.run(lambda: reader.verdicts(after, limit)))

    async def older(self, before: int, limit: int, answer: str = "") -> List[Json]:
        """See Appliance."""
        reader = self._facts.record.reader
        return list(await self._record_reads.run(lambda: reader.older(before, limit, answer)))

    async def review(self, before: int, limit: int, again: bool = False) -> List[Json]:
        """See Appliance."""
        reader = self._facts.record.reader
        return await self._record_reads.run(lambda: labelling.review(reader, before, limit, again))

    async def label(self, seq: int, label: str, by: str) -> Json:
        """See Appliance."""
        model, reader = self._facts.model(), self._facts.record.reader
        said = labelling.said_from_label(label, by, model.bundle if model else None)
        await asyncio.wrap_future(self._facts.record.say(seq, said).future)
        kept = await self._record_reads.run(lambda: labelling.labelled(reader, seq))
        return dict(kept["label"])

    async def verdict(self, seq: int) -> Json:
        """See Appliance."""
        reader = self._facts.record.reader
        return await self._record_reads.run(lambda: labelling.labelled(reader, seq))

    async def picture(self, seq: int) -> bytes:
        """See Appliance."""
        return await self._record_reads.run(lambda: self._facts.record.reader.picture(seq))

    async def thumbnail(self, seq: int) -> bytes:
        """See Appliance."""
        data = await self.tensor_picture(seq)
        return await to_thread(lambda: small_pictures.thumbnail(data))

    async def overlay(self, seq: int) -> bytes:
        """See Appliance."""
        return await to_thread(lambda: small_pictures.overlay(seq, self._facts.activation))

    def overlaid(self) -> Optional[int]:
        """See Appliance."""
        found = self._facts.activation()
        return None if found is None else found.seq

    async def tensor_picture(self, seq: int) -> bytes:
        """See Appliance."""
        return await self._record_reads.run(lambda: self._facts.record.reader.tensor_picture(seq))

    def stick(self, told: StickNews) -> Json:
        """See Appliance."""
        return self._facts.stick_offer.tell(told).to_json()

    async def model(self, action: str, name: Optional[str]) -> Json:
        """See Appliance."""
        models = self._facts.models
        if action == "rollback" or name is None:
            return await to_thread(models.rollback)
        return await to_thread(partial(models.activate, name))

    def _fresh_jpeg(self) -> bytes:
        camera = self._facts.devices.camera
        config = self._facts.config().config
        frame = camera.frame_after(self._facts.monotonic(), config.camera.press_timeout_s)
        return picture.encode_jpeg(frame.pixels, config.record.jpeg_quality)

    def _view(self) -> View:
        facts, model = self._facts, self._facts.model()
        limits = model.bundle.manifest.thresholds.quality if model else QualityLimits()
        config = facts.config().config
        return small_pictures.view(facts.devices.camera, config, limits, facts.monotonic())

    def _box(self) -> Dict[str, str]:
        config = self._facts.config().config
        if not self._box_id:  # it is made at the start, and stays
            self._box_id = identity_of(config.paths.state)
        return Box(name_of(config.box.name), self._box_id).to_json()

    def _service_facts(self) -> ServiceFacts:
        facts = self._facts
        worst = facts.parts.worst()
        return ServiceFacts(
            state=worst.state.value,
            detail=worst.detail,
            since_s=facts.monotonic() - facts.started_at,
            version=__version__,
            pid=os.getpid(),
            config=facts.config().path,
            degraded=facts.parts.degraded(),
        )

    def _engine_status(self, model: LoadedModel) -> EngineStatus:
        latencies = self._facts.metrics.latencies
        failed = [each for each in self._facts.parts.all() if each.part == "engine"]
        return EngineStatus(
            *model.engine.info,
            first_ms=_rounded(latencies.first_ms),
            steady_ms=_rounded(latencies.steady_ms),
            memory_mb=model.memory_mb,
            state=CHECK_STATES[failed[0].state] if failed else "ok",
            detail=failed[0].detail if failed and failed[0].detail else self._idle_gpu(),
        )

    def _idle_gpu(self) -> str:
        return idle_gpu(self._facts.config().config.engine)


async def _verdict(future: "Future[Verdict]") -> Json:
    return json_from_verdict(await asyncio.wrap_future(future))


def _rounded(value: Optional[float]) -> Optional[float]:
    return None if value is None else round(value, 2)
