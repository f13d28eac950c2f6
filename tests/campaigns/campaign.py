"""What every campaign has in common: rounds by number or by time, findings, a summary."""

import json
import random
import shutil
import time
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple

Round = Callable[[random.Random, Path], Dict[str, int]]
"""Does harm once in an empty folder, and returns what is counted; raises for a finding."""


TOLD_EVERY_S = 10.0


class Budget(NamedTuple):
    """When a campaign has done enough: after `rounds`, or after `seconds` where that is not 0."""

    rounds: int
    seconds: float = 0.0


class Summary(NamedTuple):
    """What a campaign saw. `counts` are sums over rounds; keys that end in _max are maxima."""

    name: str
    rounds: int
    seconds: float
    counts: Dict[str, int]
    findings: List[str]

    def line(self) -> str:
        """Return it in one line."""
        counts = ", ".join("{} {}".format(value, key) for key, value in self.counts.items())
        return "{}: {} rounds in {:.0f} s; {}; {} findings".format(
            self.name, self.rounds, self.seconds, counts or "nothing counted", len(self.findings)
        )

    def write(self, folder: Path) -> None:
        """Write NAME.json."""
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self._asdict(), indent=1) + "\n"
        (folder / (self.name + ".json")).write_text(text, encoding="utf-8")


def run(
    name: str,
    harm: Round,
    budget: Budget,
    folder: Path,
    seed: int = 0,
    told: Callable[[Summary], None] = lambda summary: None,
    told_every_s: float = TOLD_EVERY_S,
) -> Summary:
    """Do rounds of harm, each with a seed of its own in a folder of its own.

    Args:
        told: is given what was seen so far, now and then: a run of hours may be ended from outside.
    """
    counts: Dict[str, int] = {}
    findings: List[str] = []
    began = time.monotonic()
    rounds, told_at = 0, began
    while _goes_on(budget, rounds, time.monotonic() - began):
        place = folder / "{}-{}".format(name, rounds)
        place.mkdir()
        try:
            _add(counts, harm(random.Random(seed + rounds), place))
        except Exception as error:  # noqa: BLE001 - whatever was raised is a finding
            findings.append("seed {}: {!r}".format(seed + rounds, error))
        shutil.rmtree(str(place), ignore_errors=True)
        rounds += 1
        if time.monotonic() - told_at >= told_every_s:
            told_at = time.monotonic()
            told(Summary(name, rounds, told_at - began, counts, findings))
    return Summary(name, rounds, time.monotonic() - began, counts, findings)


def _goes_on(budget: Budget, rounds: int, passed_s: float) -> bool:
    return passed_s < budget.seconds if budget.seconds else rounds < budget.rounds


def _add(counts: Dict[str, int], more: Dict[str, int]) -> None:
    for key, value in more.items():
        before = counts.get(key, 0)
        counts[key] = max(before, value) if key.endswith("_max") else before + value


def spoilt(data: bytes, chance: random.Random) -> bytes:
    """Return bytes with one to four changes: flipped, cut, repeated, zeroed or made large."""
    found = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(found) or 1)
        length = chance.choice((1, 2, 4, 16, 256))
        kind = chance.randrange(6)
        if kind == 0 and found:
            found[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del found[at : at + length]
        elif kind == 2:
            found[at:at] = found[at : at + length] * chance.choice((1, 8, 1000))
        elif kind == 3:
            found[at : at + length] = bytes(length)
        elif kind == 4:
            found[at : at + length] = b"\xff" * length
        else:
            del found[at:]
    return bytes(found)
