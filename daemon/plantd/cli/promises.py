"""What a model's thresholds promise, and of whom, as sentences. Pure."""

from typing import Any, Dict, List, Optional

Json = Dict[str, Any]

ABOUT = {
    "known_poisonous": "poisonous plants it knows",
    "poisonous_strangers": "poisonous plants that it does not know",
    "other_plants": "plants that it does not know",
    "no_plants": "pictures of no plant",
}


def promises(model: Json, precision: Optional[str] = None) -> List[str]:
    """Return a sentence for each bound of a model, from its JSON.

    Args:
        precision: of the engine that answers; a bound shown for another one says so.
    """
    bounds = [each for each in model.get("guarantees") or () if isinstance(each, dict)]
    told = [_promise(each, precision) for each in bounds]
    guarantee = model.get("guarantee")
    if not bounds and guarantee:
        told.append(
            "At most {} of poisonous plants called edible, as far as {} photographs show at {} "
            "confidence.".format(
                percent(guarantee.get("bound")),
                guarantee.get("n", "?"),
                percent(guarantee.get("confidence")),
            )
        )
    return told


def percent(value: Any) -> str:
    """Return a share; below ten percent with two figures."""
    if not isinstance(value, (int, float)):
        return "?"
    return ("{:.2g} %" if value < 0.0995 else "{:.4g} %").format(100 * value)


def _promise(bound: Json, precision: Optional[str]) -> str:
    shown = str(bound.get("precision"))
    other = "" if precision in (None, shown) else "; this engine computes in " + str(precision)
    n, groups = bound.get("n", "?"), bound.get("groups", "?")
    kinds = "" if groups == n else " in {} independent groups".format(groups)
    return "At most {} of {} called edible: {} of {} photographs{}, {} confidence, {}{}.".format(
        percent(bound.get("upper_bound")),
        ABOUT.get(str(bound.get("about")), bound.get("about")),
        bound.get("misses", "?"),
        n,
        kinds,
        percent(bound.get("confidence")),
        shown,
        other,
    )
