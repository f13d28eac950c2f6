"""The telemetry source that the configuration names."""

from plantd.config import TelemetryConfig
from plantd.errors import ConfigError
from plantd.telemetry import jetson_stats, proc, tegrastats_line
from plantd.telemetry.interface import DEGRADED, OK, Readings, SourceState, TelemetrySource, merged
from plantd.telemetry.jetson_stats import JtopSource
from plantd.telemetry.proc import ProcSource
from plantd.telemetry.tegrastats_child import TegrastatsSource

SOURCES = (proc.NAME, tegrastats_line.NAME, jetson_stats.NAME)


def telemetry_from_config(config: TelemetryConfig, root: str = "/") -> TelemetrySource:
    """Return the source named in the configuration, not yet opened.

    What `tegrastats` and `jtop` leave out (power mode, uptime, throttling) is read from /proc and
    /sys; while they give nothing at all, everything is, and their state says so.
    Raises ConfigError for a name that is no source.
    """
    if config.source == proc.NAME:
        return ProcSource(root)
    if config.source == tegrastats_line.NAME:
        return CompletedSource(TegrastatsSource(config.interval_s), ProcSource(root))
    if config.source == jetson_stats.NAME:
        return CompletedSource(JtopSource(config.interval_s), ProcSource(root))
    raise ConfigError(
        [
            "telemetry.source: {!r} is not a source; expected one of {}".format(
                config.source, ", ".join(SOURCES)
            )
        ]
    )


class CompletedSource(TelemetrySource):
    """One source, with what it leaves out taken from another.

    The state is the first one's; temperatures taken from the other are told, since a heat limit
    that looks at nothing is no limit.
    """

    def __init__(self, source: TelemetrySource, rest: TelemetrySource) -> None:
        self._source = source
        self._rest = rest

    def open(self) -> None:
        """Start both."""
        self._source.open()
        self._rest.open()

    def read(self) -> Readings:
        """Return the first one's readings, completed."""
        return merged(self._source.read(), self._rest.read())

    def state(self) -> SourceState:
        """Return the state of the first, degraded while it has no temperature."""
        state = self._source.state()
        if state.state != OK or self._source.read().temperatures:
            return state
        return state._replace(
            state=DEGRADED,
            detail="{} gives no temperature that can be believed; they are read from /sys instead, "
            "where telemetry.source: proc reads everything".format(state.name),
        )

    def close(self) -> None:
        """Stop both."""
        self._source.close()
        self._rest.close()
