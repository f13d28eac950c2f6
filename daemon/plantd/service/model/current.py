"""The model that answers: opened in the inference thread, and what the rest may know of it."""

import logging
import time
from typing import Callable, Optional

from plantd.camera.interface import Camera
from plantd.config import Config
from plantd.errors import PlanError, PlantdError
from plantd.health.states import ComponentStates, State
from plantd.inference import loader
from plantd.inference.thread import Model
from plantd.pipeline import Clocks, Pipeline, press_settings
from plantd.place.surroundings import Surroundings
from plantd.service.metrics import Metrics
from plantd.service.reload import LiveConfig
from plantd.sinks.press_record import PressRecord

logger = logging.getLogger(__name__)


class CurrentModel:
    """Opens models. `loaded` is the one that answers, None while none does."""

    def __init__(
        self,
        live: LiveConfig,
        camera: Camera,
        press_record: PressRecord,
        metrics: Metrics,
        states_: ComponentStates,
        around: Callable[[], Surroundings],
    ) -> None:
        """Args: the configuration; what a press needs beside a model; who is told of it; where
        and when a press happens."""
        self.loaded: Optional[loader.LoadedModel] = None
        #: Why the backend `engine.meanwhile` answers instead of the configured one; else empty.
        self.instead_of = ""
        self._live = live
        self._camera = camera
        self._press_record = press_record
        self._metrics = metrics
        self._parts = states_
        self._around = around

    @property
    def title(self) -> str:
        """Name and version of the model that answers; empty while none does."""
        loaded = self.loaded
        return loaded.bundle.manifest.title if loaded else ""

    def open_configured(self) -> Model:
        """Open the bundle that the configuration names. Raises as loader.load."""
        return self.open(self._live.config().bundle_path)

    def open(self, bundle_path: str) -> Model:
        """Open a bundle. Raises BundleError, PlanError or EngineError."""
        config = self._live.config()
        self.loaded = loaded = self._load(bundle_path, config)
        self._metrics.latencies.warmed_up(loaded.first_ms, loaded.steady_ms)
        pipeline = Pipeline(
            self._camera,
            loaded.engine,
            loaded.bundle,
            self._press_record,
            Clocks(self._metrics.clock.now, time.monotonic, self._around),
            press_settings(config),
        )
        return Model(pipeline, loaded.engine.close)

    def _load(self, bundle_path: str, config: Config) -> loader.LoadedModel:
        engine = config.engine
        try:
            loaded = loader.load(bundle_path, engine, engines_path=config.engines_path)
        except PlanError as error:
            if engine.meanwhile == "none":
                raise
            loaded = loader.load(bundle_path, engine._replace(backend=engine.meanwhile))
            self.instead_of = str(error)
        else:
            self.instead_of = ""
        return loaded

    def report(self, error: Optional[PlantdError]) -> None:
        """Take what became of a load: None, or why no model answers."""
        if error is None and self.instead_of:
            told = "{} answers meanwhile: {}".format(
                self._live.config().engine.meanwhile, self.instead_of
            )
            logger.warning("%s", told)
            self._parts.set("engine", State.DEGRADED, told)
            return
        if error is None:
            self._parts.set("engine", State.HEALTHY)
            return
        self.loaded = None
        logger.error("no model answers: %s", error)
        self._parts.set("engine", State.FAILED, str(error))
