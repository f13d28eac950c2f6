"""Every check, in the order that a report shows them.

How this works: a check is a generator of lines (Check: id, state, what was seen, what helps) about
a World; it looks, changes nothing, and raises nothing. What one of them did not foresee becomes a
line of its own, so that the others are still told. CHEAP ones are part of /v1/health as well.
"""

from typing import Callable, Dict, List, Sequence, Tuple

from plantd.api.appliance import Check
from plantd.doctor import (
    device_checks,
    place_checks,
    service_checks,
    setup_checks,
    system_checks,
    told_checks,
)
from plantd.doctor.probes import FAILED, OK, UNSEEN, WARNING, Checked, Probes

CheckFunction = Callable[[Probes], Checked]

CHECKS: Sequence[Tuple[str, CheckFunction]] = (
    ("config", setup_checks.config),
    ("python", setup_checks.python),
    ("opencv", device_checks.opencv),
    ("library", setup_checks.libraries),
    ("openblas", setup_checks.openblas),
    ("user", setup_checks.user),
    ("group", setup_checks.groups),
    ("directory", setup_checks.directories),
    ("elements", device_checks.elements),
    ("camera", device_checks.camera),
    ("button", device_checks.button),
    ("light", device_checks.light),
    ("voice", device_checks.voice),
    ("display", told_checks.display),
    ("mqtt", told_checks.mqtt),
    ("gpu", device_checks.gpu),
    ("root-requests", device_checks.root_requests),
    ("model", service_checks.bundle),
    ("models", service_checks.store),
    ("plan", service_checks.plan),
    ("place", place_checks.place),
    ("disk", system_checks.disks),
    ("memory", system_checks.memory),
    ("swap", system_checks.swap),
    ("desktop", system_checks.desktop),
    ("clock", system_checks.clock),
    ("power-mode", system_checks.power_mode),
    ("governor", system_checks.governor),
    ("heat", system_checks.heat),
    ("unit", service_checks.unit),
    ("network", service_checks.network),
    ("socket", service_checks.socket),
)

# Files of the kernel only, no program is started: fit for every GET /v1/health.
CHEAP: Sequence[Tuple[str, CheckFunction]] = (
    ("voice", device_checks.voice),
    ("disk", system_checks.disks),
    ("clock", system_checks.clock),
    ("swap", system_checks.swap),
    ("power-mode", system_checks.power_mode),
)


def run_checks(probes: Probes, checks: Sequence[Tuple[str, CheckFunction]] = CHECKS) -> List[Check]:
    """Return every line of a report."""
    found: List[Check] = []
    for ident, check in checks:
        try:
            found.extend(check(probes))
        except Exception as error:  # noqa: BLE001  # one check's bug must not hide the others
            seen = "this check itself failed: {!r}".format(error)
            found.append(Check(ident, UNSEEN, seen, "please report it, with this line"))
    return found


def counts(checks: Sequence[Check]) -> Dict[str, int]:
    """Return how many lines there are of each state."""
    return {
        state: sum(check.state == state for check in checks)
        for state in (FAILED, WARNING, UNSEEN, OK)
    }
