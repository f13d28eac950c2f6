"""What jtop's client gives becomes readings; its shapes were recorded from the real service.

Recorded from jetson-stats 4.3.2 and 7.2.2 (the same but for one key) on a tree that imitates a TX2.
tests/system/test_jtop.py asks the real service itself.
"""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, Dict

from plantd.telemetry.interface import Core, Rail, Readings, Temperature
from plantd.telemetry.jetson_stats import readings_from_jtop

FREQUENCY = {"min": 345600, "max": 2035200, "cur": 1113600}


def rail(milliwatts: int, **more: Any) -> Dict[str, Any]:
    return {"volt": 19000, "power": milliwatts, "avg": milliwatts + 1, "online": True, **more}


def recorded() -> SimpleNamespace:
    ticked = {"user": 2, "nice": 0, "system": 1, "idle": 96}
    still = {"user": 0, "nice": 0, "system": 0, "idle": 0}
    return SimpleNamespace(
        memory={
            "RAM": {"tot": 8040448, "used": 2400256, "free": 1, "shared": 0, "lfb": 858},
            "SWAP": {"tot": 4020224, "used": 101376, "cached": 2048, "table": {}},
            "EMC": {"cur": 1600000, "max": 1866000, "override": 0, "val": 4, "online": True},
        },
        cpu={
            "cpu": [
                {"online": True, "freq": FREQUENCY, **ticked},
                {"online": False, "freq": FREQUENCY},
                {"online": True, "freq": FREQUENCY, **still},
            ]
        },
        gpu={
            "gpu": {
                "type": "integrated",
                "status": {"railgate": True, "3d_scaling": True, "load": 37.5},
                "freq": {"governor": "nvhost_podgov", "cur": 1134750},
            }
        },
        temperature={
            "BCPU": {"temp": 37.5, "online": True},
            "CV0": {"temp": -256, "online": False},
            "CV1": {"temp": -256},
            "PMIC": {"temp": 100.0, "online": True},
            "SOC": {"temp": 999.0, "online": True},
        },
        power={
            "rail": {"VDD_SYS_GPU": rail(152)},
            "tot": rail(3056, name="VDD_IN"),
        },
        nvpmodel=None,
        uptime=timedelta(seconds=1420.72),
    )


def test_a_recorded_tx2_is_read_in_full() -> None:
    assert readings_from_jtop(recorded()) == Readings(
        source="jtop",
        ram_total_mb=7852,
        ram_used_mb=2344,
        largest_free_block_kb=4096,
        largest_free_blocks=858,
        swap_total_mb=3926,
        swap_used_mb=99,
        swap_cached_mb=2,
        cores=(Core(True, 4.0, 1113), Core(False), Core(True, None, 1113)),
        gpu_percent=37.5,
        gpu_mhz=1134,
        emc_percent=4,
        emc_mhz=1600,
        temperatures=(Temperature("BCPU", 37.5),),
        rails=(Rail("VDD_SYS_GPU", 152, 153), Rail("VDD_IN", 3056, 3057)),
        uptime_s=1420.72,
    )


def test_a_board_without_gpu_power_and_power_mode_is_read_too() -> None:
    client = recorded()
    client.memory, client.gpu, client.power, client.temperature = {"RAM": {}}, {}, None, None
    readings = readings_from_jtop(client)
    assert (readings.ram_total_mb, readings.gpu_percent, readings.rails) == (None, None, ())
    assert readings.uptime_s == 1420.72


def test_the_power_mode_is_named() -> None:
    client = recorded()
    client.nvpmodel = "MAXN"
    assert readings_from_jtop(client).power_mode == "MAXN"
