"""Lines of the kernel's simulated GPIO chip, where there is one (the virtual machine has it)."""

from pathlib import Path
from typing import List, NamedTuple

import pytest

from plantd.gpio.lines import chips
from plantd.gpio.pins import Place

WHERE_IT_RUNS = "no gpio-sim chip on this machine; `make vm` runs this on a kernel that has one"


class SimLine(NamedTuple):
    """A line of a simulated chip: its place, and the file that shows or sets its level."""

    place: Place
    folder: Path

    @property
    def pull(self) -> Path:
        """Write "pull-up" or "pull-down": the level of an input."""
        return self.folder / "pull"

    @property
    def value(self) -> Path:
        """Reads 0 or 1: the level, of an output too."""
        return self.folder / "value"


def sim_lines() -> List[SimLine]:
    """Every line of every simulated chip."""
    labels = {Path(chip.path).name: chip.label for chip in chips()}
    found = []
    for folder in Path("/sys/devices/platform").glob("gpio-sim.*/gpiochip*/sim_gpio*"):
        label = labels.get(folder.parent.name)
        if label is not None:
            found.append(SimLine(Place(label, int(folder.name[len("sim_gpio") :])), folder))
    return sorted(found)


def sim_line(line: int) -> SimLine:
    """Line `line` of the chip labelled tegra-gpio; skips the test where there is none."""
    for found in sim_lines():
        if found.place == Place("tegra-gpio", line):
            return found
    pytest.skip(WHERE_IT_RUNS)
