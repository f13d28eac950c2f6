"""The service in one colour and in one line: what the light and `systemctl status` show at rest."""

from plantd.health import states as parts
from plantd.health.states import Parts
from plantd.light.interface import Pattern


def calm_pattern(states: Parts) -> Pattern:
    """Return what the light shows while nothing happens."""
    by_part = {each.part: each.state for each in states.all()}
    if by_part.get("engine", parts.HEALTHY) == parts.FAILED:
        return Pattern.FAULT
    lost = by_part.get("camera", parts.HEALTHY) in (parts.RECOVERING, parts.FAILED)
    return Pattern.NO_CAMERA if lost else Pattern.READY


def status_line(states: Parts, model_title: str) -> str:
    """Return state, model, and what is wrong, if anything is."""
    worst = states.worst()
    wrong = worst.state != parts.HEALTHY and worst.detail
    trouble = "; {}: {}".format(worst.part, worst.detail) if wrong else ""
    return "{}, {}{}".format(worst.state, model_title or "no model", trouble)
