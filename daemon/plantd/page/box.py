"""What the page says of the box itself: its parts in a line each, and its trends. Mostly pure."""

from typing import Any, List, Mapping, NamedTuple, Optional, Tuple

from plantd.api.appliance import Appliance
from plantd.page.plots import Plot, plot
from plantd.page.trends import SPANS_S, Trends
from plantd.system.threads import to_thread

Json = Mapping[str, Any]

# Fields of trends.Reading -> what a plot of them is called, and its unit.
TRENDS = (
    ("free_mb", "Memory that is left", "MB"),
    ("own_mb", "Memory of plantd", "MB"),
    ("temperature_c", "Temperature of the hottest zone", "°C"),
)
# State of a part -> its word.
STATES = {
    "HEALTHY": "Good",
    "DEGRADED": "Needs a look",
    "RECOVERING": "Being mended",
    "FAILED": "Failed",
}
LATENCY = ("From a press to its answer", "ms")


class Disk(NamedTuple):
    """A file system that is written to."""

    name: str
    free_gb: float
    free_percent: int
    read_only: bool


class Place(NamedTuple):
    """Where the box takes itself to be, as coarse as its answers ask for.

    Attributes:
        by: gpsd, configuration or nobody.
        month: 1 to 12 of the northern year; None where the season does not count.
    """

    regions: List[str]
    by: str
    month: Optional[int]


class Summary(NamedTuple):
    """What every page shows, and the page of the box in full.

    Attributes:
        state: HEALTHY, DEGRADED, RECOVERING or FAILED; detail: one sentence.
        place: None where nobody gives one.
        camera_state: of the camera; camera_detail: what is wrong with it and what helps.
    """

    state: str
    detail: str
    camera_state: str
    camera_detail: str
    camera_facts: str
    model: str
    calibrated: bool
    engine: str
    engine_detail: str
    latency: Optional[Mapping[str, Any]]
    counts: Mapping[str, Any]
    disks: List[Disk]
    power_mode: str
    place: Optional[Place]


async def status_of(appliance: Appliance) -> Json:
    """Return the status; it reads files of the kernel, and so in another thread."""
    return await to_thread(appliance.status)


def summary(status: Json) -> Summary:
    """Return what a page shows of /v1/status."""
    service, camera = status.get("service") or {}, status.get("camera") or {}
    model, engine = status.get("model") or {}, status.get("engine") or {}
    return Summary(
        state=_state(service),
        detail=str(service.get("detail") or ""),
        camera_state=_state(camera),
        camera_detail=str(camera.get("detail") or ""),
        camera_facts=_camera(camera),
        model=" ".join(str(model.get(key) or "") for key in ("name", "version")).strip(),
        calibrated=bool(model.get("calibrated")),
        engine=" ".join(str(engine.get(key) or "") for key in ("backend", "precision")).strip(),
        engine_detail=str(engine.get("detail") or ""),
        latency=(status.get("latency_ms") or {}).get("total"),
        counts=status.get("verdicts") or {},
        disks=[_disk(each) for each in status.get("disk") or ()],
        power_mode=str((status.get("device") or {}).get("power_mode") or ""),
        place=_place(status.get("place")),
    )


def plots(trends: Trends, span: str) -> List[Tuple[str, Optional[Plot]]]:
    """Return (title, plot) of everything that is kept over time; None where nothing is known."""
    span_s, now_s = SPANS_S[span], trends.newest_s
    found = [
        (title, plot(trends.points(span, field), now_s, span_s, unit))
        for field, title, unit in TRENDS
    ]
    title, unit = LATENCY
    return [*found, (title, plot(trends.latencies(span), now_s, span_s, unit, dots=True))]


def _state(part: Json) -> str:
    state = str(part.get("state"))
    return state if state in STATES else "FAILED"


def _camera(camera: Json) -> str:
    size = "{}x{}".format(camera["width_px"], camera["height_px"]) if camera.get("width_px") else ""
    pace = "{:.0f}/s".format(camera["fps"]) if camera.get("fps") else ""
    return ", ".join(part for part in (str(camera.get("source") or ""), size, pace) if part)


def _place(place: Optional[Json]) -> Optional[Place]:
    if not place:
        return None
    regions = [str(region) for region in place.get("regions") or ()]
    return Place(regions, str(place.get("by")), place.get("month"))


def _disk(disk: Json) -> Disk:
    free, total = float(disk.get("free_mb") or 0), float(disk.get("total_mb") or 0)
    share = round(100.0 * free / total) if total else 0
    return Disk(str(disk.get("name")), round(free / 1024.0, 1), share, bool(disk.get("read_only")))
