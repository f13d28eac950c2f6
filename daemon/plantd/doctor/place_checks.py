"""Where the box stands: what the model says of it, gpsd, and the clock that the season needs."""

from typing import Optional

from plantd.api.appliance import Check
from plantd.doctor.probes import OK, WARNING, Checked, Probes
from plantd.errors import PlantdError
from plantd.models.self_test_process import Prover
from plantd.place.gpsd_address import gpsd_address_from_text
from plantd.place.position_reader import greeting
from plantd.telemetry.clock import Clock

START_GPSD = "sudo apt-get install gpsd; sudo systemctl enable --now gpsd.socket"


def place(probes: Probes, clock: Optional[Clock] = None) -> Checked:
    """What place and season need, where the owner gives one; tells no position."""
    config = probes.known.place
    if config.region == "none" and config.latitude is None and not config.gpsd:
        return
    yield from _model(probes)
    if config.gpsd:
        yield from _gpsd(config.gpsd)
    clock = clock or Clock(probes.root)
    if config.season and not clock.synchronisation().synchronised:
        yield Check(
            "place.season",
            WARNING,
            "nobody vouches for the clock: no answer rests on the month",
            "docs/place.md lets chrony take the time from gpsd; or a network, once",
        )


def _model(probes: Probes) -> Checked:
    try:
        told = Prover(probes.known).facts(probes.at(probes.known.bundle_path))
    except PlantdError:
        return  # the check of the model tells
    placed, seasonal = told["placed"], told["seasonal"]
    if placed or (seasonal and probes.known.place.season):
        seen = "the model says of {} plants where they grow, of {} when".format(placed, seasonal)
        yield Check("place", OK, seen)
        return
    yield Check(
        "place",
        WARNING,
        "a place is configured, but {} {} says of no plant where it grows: nothing changes".format(
            told["name"], told["version"]
        ),
        "add regions and months to its species.yaml (docs/place.md), or ask for a newer one",
    )


def _gpsd(where: str) -> Checked:
    try:
        told = greeting(gpsd_address_from_text(where))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        seen = "gpsd at {} cannot be read: {}".format(where, why)
        yield Check("place.gpsd", WARNING, seen, START_GPSD)
        return
    yield Check("place.gpsd", OK, "gpsd {} is there; plantd-cli status has its fix".format(told))
