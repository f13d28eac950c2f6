"""The source `jtop`: jetson-stats, asked through its service. The only module that imports jtop.

It is imported when the source is opened and only then: whoever does not configure it needs
neither the package nor its service. Client and service must share the minor version, and the
user must be in group jtop; all that can be wrong there is a state with a sentence.
"""

import time
from typing import Any, Callable, Dict, Iterator, Optional

from plantd.telemetry import thermal
from plantd.telemetry.background import RETRY_FIRST_S, BackgroundSource, nothing
from plantd.telemetry.interface import Core, Rail, Readings, Temperature

NAME = "jtop"
KB_PER_MB = 1024
# jetson-stats counts its largest free blocks in these.
FREE_BLOCK_KB = 4 * KB_PER_MB


class JtopSource(BackgroundSource):
    """Follows the jtop service; a thread that hangs in it holds up nobody."""

    def __init__(
        self,
        interval_s: float,
        changed: Callable[[], None] = nothing,
        clock: Callable[[], float] = time.monotonic,
        retry_first_s: float = RETRY_FIRST_S,
    ) -> None:
        super().__init__(NAME, interval_s, changed, clock, retry_first_s)

    def follow(self) -> str:
        """Read the service until it ends or something is wrong with it."""
        try:
            import jtop
        except ImportError as error:
            return (
                "jetson-stats cannot be imported ({}); install the version whose service runs "
                "here, or set telemetry.source to proc".format(_sentence(error))
            )
        try:
            with jtop.jtop(interval=self._interval_s) as client:
                while not self.stopping.is_set() and client.ok():
                    self.deliver(readings_from_jtop(client))
        except Exception as error:  # noqa: BLE001 - its own, queue's, multiprocessing's, KeyError
            return (
                "the jtop service gives nothing ({}); it must run, have this client's minor "
                "version, and plantd must be in group jtop".format(_sentence(error))
            )
        return "the jtop service has stopped; see: systemctl status jtop"

    def interrupt(self) -> None:
        """Nothing to do: its client wakes by itself within three intervals."""


def readings_from_jtop(client: Any) -> Readings:
    """Return the readings of a connected `jtop.jtop`, releases 4.2 to 7.2."""
    ram, swap = _dict(client.memory, "RAM"), _dict(client.memory, "SWAP")
    emc = _dict(client.memory, "EMC")
    gpu: Dict[str, Any] = next(iter(client.gpu.values()), {})
    uptime = client.uptime
    return Readings(
        source=NAME,
        ram_total_mb=_scaled(ram, "tot", KB_PER_MB),
        ram_used_mb=_scaled(ram, "used", KB_PER_MB),
        largest_free_blocks=ram.get("lfb"),
        largest_free_block_kb=FREE_BLOCK_KB if "lfb" in ram else None,
        swap_total_mb=_scaled(swap, "tot", KB_PER_MB),
        swap_used_mb=_scaled(swap, "used", KB_PER_MB),
        swap_cached_mb=_scaled(swap, "cached", KB_PER_MB),
        cores=tuple(_core(core) for core in client.cpu.get("cpu", ())),
        gpu_percent=_dict(gpu, "status").get("load"),
        gpu_mhz=_scaled(_dict(gpu, "freq"), "cur", 1000),
        emc_percent=emc.get("val"),
        emc_mhz=_scaled(emc, "cur", 1000),
        temperatures=thermal.believable(_temperatures(client.temperature)),
        rails=tuple(_rails(client.power)),
        power_mode=str(client.nvpmodel) if client.nvpmodel is not None else None,
        uptime_s=uptime.total_seconds() if hasattr(uptime, "total_seconds") else None,
    )


def _core(core: Dict[str, Any]) -> Core:
    if not core.get("online"):
        return Core(online=False)
    shares = [core.get(name) for name in ("user", "nice", "system", "idle")]
    # All nought: the service has not seen the core tick yet.
    load = round(100.0 - shares[3], 1) if shares[3] is not None and any(shares) else None
    return Core(True, load, _scaled(_dict(core, "freq"), "cur", 1000))


def _temperatures(zones: Optional[Dict[str, Any]]) -> Iterator[Temperature]:
    for zone, values in (zones or {}).items():
        celsius = values.get("temp")
        if celsius is not None and values.get("online", True):
            yield Temperature(zone, float(celsius))


def _rails(power: Optional[Dict[str, Any]]) -> Iterator[Rail]:
    # The rail of the whole board is taken out of the list and named in the total.
    total = _dict(power, "tot")
    rails = {**_dict(power, "rail"), **({total["name"]: total} if "name" in total else {})}
    for name, values in rails.items():
        now = values.get("power")
        if now is not None:
            yield Rail(name, int(now), values.get("avg"))


def _dict(values: Any, key: str) -> Dict[str, Any]:
    try:
        return dict(values[key])
    except (KeyError, TypeError):
        return {}


def _scaled(values: Dict[str, Any], key: str, divisor: int) -> Optional[int]:
    value = values.get(key)
    return None if value is None else int(value) // divisor


def _sentence(error: BaseException) -> str:
    """Return an error's text in one line; jetson-stats writes several."""
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
