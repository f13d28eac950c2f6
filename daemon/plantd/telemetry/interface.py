"""The contract every telemetry source keeps (tests/contract/test_telemetry_contract.py)."""

from abc import abstractmethod
from typing import NamedTuple, Optional, Tuple

from plantd.system.lifetime import Openable

OK = "ok"
DEGRADED = "degraded"


class Core(NamedTuple):
    """One CPU core; load and frequency are None while it is off or not known."""

    online: bool
    load_percent: Optional[float] = None
    frequency_mhz: Optional[int] = None


class Rail(NamedTuple):
    """Power drawn over one supply rail; the average is the source's own, None where it has none."""

    name: str
    now_mw: int
    average_mw: Optional[int] = None


class Temperature(NamedTuple):
    """One thermal zone, named as tegrastats names it."""

    zone: str
    celsius: float


class Readings(NamedTuple):
    """What one look at the device gave. None: not there, not readable, or not yet known.

    Attributes:
        source: which reader gave them: proc, tegrastats or jtop ("tegrastats+proc" where the
            second filled what the first left out); empty when nothing was read.
        ram_used_mb: total less available, so that the page cache counts as free; a source of
            NVIDIA's or jetson-stats' reports its own figure.
        largest_free_block_kb, largest_free_blocks: size of the largest contiguous free block,
            and how many of that size there are (tegrastats' lfb).
        cores: every core the kernel knows, also those that are off.
        gpu_percent, gpu_mhz: load and clock of the integrated GPU.
        emc_percent, emc_mhz: the external memory controller's.
        temperatures: in the order of the zones, without the TX2's dummy (a PMIC at 100 C).
        rails: supply rails with a power monitor.
        power_mode: nvpmodel's, by name where its configuration can be read ("MAXN").
        throttling: what slows the device down now; empty when nothing does, None when unknown.
        uptime_s: since the kernel started.
    """

    source: str = ""
    ram_total_mb: Optional[int] = None
    ram_used_mb: Optional[int] = None
    ram_available_mb: Optional[int] = None
    largest_free_block_kb: Optional[int] = None
    largest_free_blocks: Optional[int] = None
    swap_total_mb: Optional[int] = None
    swap_used_mb: Optional[int] = None
    swap_cached_mb: Optional[int] = None
    cores: Tuple[Core, ...] = ()
    load_average: Optional[Tuple[float, float, float]] = None
    gpu_percent: Optional[float] = None
    gpu_mhz: Optional[int] = None
    emc_percent: Optional[float] = None
    emc_mhz: Optional[int] = None
    temperatures: Tuple[Temperature, ...] = ()
    rails: Tuple[Rail, ...] = ()
    power_mode: Optional[str] = None
    throttling: Optional[Tuple[str, ...]] = None
    uptime_s: Optional[float] = None


class SourceState(NamedTuple):
    """How a source is: OK, or DEGRADED with one sentence that says what helps."""

    name: str
    state: str
    detail: str = ""


class TelemetrySource(Openable):
    """Reads the device. Every field is optional, and nothing raises because one is missing."""

    @abstractmethod
    def open(self) -> None:
        """Start whatever reads; return at once, never raise. A second call does nothing."""

    @abstractmethod
    def read(self) -> Readings:
        """Return what is known now. Never raises, never waits for another program.

        Before `open()` and after `close()` it may return empty readings.
        """

    @abstractmethod
    def state(self) -> SourceState:
        """Return how the source is. Never blocks, never raises. Safe from any thread."""

    @abstractmethod
    def close(self) -> None:
        """Stop what was started; may be called twice."""


def merged(first: Readings, second: Readings) -> Readings:
    """Return `first` with what it leaves out taken from `second`."""
    filled = {
        name: getattr(second, name)
        for name in Readings._fields
        if name != "source" and getattr(first, name) in (None, ())
    }
    names = [name for name in (first.source, second.source) if name]
    return first._replace(source="+".join(names), **filled)
