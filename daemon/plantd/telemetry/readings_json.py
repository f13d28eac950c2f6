"""Readings to JSON and back: the keys of `device` in /v1/status and of telemetry events. Pure."""

from typing import Any, Dict, Optional

from plantd.telemetry.interface import Core, Rail, Readings, SourceState, Temperature

Json = Dict[str, Any]


def json_from_readings(readings: Readings, state: Optional[SourceState] = None) -> Json:
    """Return every key; what is not known is null, and a section without any value is too."""
    return {
        "source": None if state is None else dict(state._asdict()),
        "read_by": readings.source,
        "memory": _section(
            total_mb=readings.ram_total_mb,
            used_mb=readings.ram_used_mb,
            available_mb=readings.ram_available_mb,
            largest_free_block_kb=readings.largest_free_block_kb,
            largest_free_blocks=readings.largest_free_blocks,
        ),
        "swap": _section(
            total_mb=readings.swap_total_mb,
            used_mb=readings.swap_used_mb,
            cached_mb=readings.swap_cached_mb,
        ),
        "cpu": {
            "cores": [dict(core._asdict()) for core in readings.cores],
            "load_average": None if readings.load_average is None else list(readings.load_average),
        },
        "gpu": _section(load_percent=readings.gpu_percent, frequency_mhz=readings.gpu_mhz),
        "emc": _section(load_percent=readings.emc_percent, frequency_mhz=readings.emc_mhz),
        "temperatures_c": dict(readings.temperatures),
        "rails_mw": {
            rail.name: {"now": rail.now_mw, "average": rail.average_mw} for rail in readings.rails
        },
        "power_mode": readings.power_mode,
        "throttling": None if readings.throttling is None else list(readings.throttling),
        "uptime_s": readings.uptime_s,
    }


def readings_from_json(device: Json) -> Readings:
    """Return the readings that `json_from_readings` wrote; missing keys are missing fields."""
    memory, swap = device.get("memory") or {}, device.get("swap") or {}
    cpu = device.get("cpu") or {}
    gpu, emc = device.get("gpu") or {}, device.get("emc") or {}
    load, throttling = cpu.get("load_average"), device.get("throttling")
    rails = device.get("rails_mw") or {}
    return Readings(
        source=device.get("read_by") or "",
        ram_total_mb=memory.get("total_mb"),
        ram_used_mb=memory.get("used_mb"),
        ram_available_mb=memory.get("available_mb"),
        largest_free_block_kb=memory.get("largest_free_block_kb"),
        largest_free_blocks=memory.get("largest_free_blocks"),
        swap_total_mb=swap.get("total_mb"),
        swap_used_mb=swap.get("used_mb"),
        swap_cached_mb=swap.get("cached_mb"),
        cores=tuple(_core(core) for core in cpu.get("cores") or ()),
        load_average=(load[0], load[1], load[2]) if load and len(load) == 3 else None,
        gpu_percent=gpu.get("load_percent"),
        gpu_mhz=gpu.get("frequency_mhz"),
        emc_percent=emc.get("load_percent"),
        emc_mhz=emc.get("frequency_mhz"),
        temperatures=tuple(
            Temperature(zone, celsius)
            for zone, celsius in (device.get("temperatures_c") or {}).items()
        ),
        rails=tuple(
            Rail(name, values["now"], values.get("average")) for name, values in rails.items()
        ),
        power_mode=device.get("power_mode"),
        throttling=None if throttling is None else tuple(throttling),
        uptime_s=device.get("uptime_s"),
    )


def _core(core: Json) -> Core:
    return Core(bool(core.get("online")), core.get("load_percent"), core.get("frequency_mhz"))


def _section(**values: Any) -> Optional[Json]:
    return values if any(value is not None for value in values.values()) else None
