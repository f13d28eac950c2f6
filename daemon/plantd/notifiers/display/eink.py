"""An e-ink panel of Pimoroni's on SPI, driven by the library inky.

How this works: inky sets a panel up anew before each picture, and the panel then draws by itself
for some seconds while its BUSY is high. One kind of driver of inky's waits for the end and sends
the chip to sleep, which holds BUSY high until the next reset; the other leaves the waiting to us.
"""

import contextlib
from typing import Any, Optional, Tuple

from PIL.Image import Image as Picture

from plantd.config import DisplayConfig
from plantd.config.displays import OLD_CHIPS, PANELS, RED, RED_HT
from plantd.errors import PlantdError
from plantd.notifiers.display.panel_wires import (
    BUSY,
    DC,
    RESET,
    NoMemory,
    PanelLines,
    PanelPort,
    Wiring,
    stuck,
)
from plantd.notifiers.display.screen import Screen
from plantd.notifiers.queued import NotDelivered
from plantd.system import libraries

# Longer than any picture should take, red ones in the cold too; nobody has measured one here.
LIMIT_S = 60.0
# Nobody waits longer for a chip that is only to be set up.
SETUP_LIMIT_S = 3.0
# How long inky itself waits for a chip of the newer kind. Source: inky 1.5.0, _busy_wait.
INKYS_LIMIT_S = 5.0


class EInk(Screen):
    """A panel of `plantd.config.displays.PANELS`."""

    def __init__(self, config: DisplayConfig, wiring: Optional[Wiring] = None) -> None:
        """Args: which panel, and where; what opens port and lines, if not the kernel's."""
        self._config = config
        self._kind = PANELS[config.driver]
        self._wiring = wiring or Wiring()
        self._lines: Optional[PanelLines] = None
        self._port: Optional[PanelPort] = None
        self._panel: Any = None

    def open(self) -> None:
        """See Screen; what stands on it stays until the first picture."""
        with self._told():
            import inky

            self._port = PanelPort(self._config, self._wiring)
            self._lines = PanelLines(self._config, self._wiring)
            colour = self._config.colour
            self._panel = getattr(inky, self._kind.module).Inky(
                resolution=self._kind.size,
                colour=RED if colour == RED_HT else colour,
                dc_pin=DC,
                reset_pin=RESET,
                busy_pin=BUSY,
                spi_bus=self._port,
                i2c_bus=NoMemory(),
                gpio=self._lines,
            )
            if colour == RED_HT:
                self._panel.lut = "red_ht"

    @property
    def size(self) -> Tuple[int, int]:
        """See Screen."""
        width, height = self._kind.size
        return (height, width) if self._config.rotation in (90, 270) else (width, height)

    @property
    def depth(self) -> int:
        """See Screen."""
        return 8

    @property
    def colour(self) -> str:
        """See Screen."""
        return self._config.colour

    def show(self, picture: Picture) -> None:
        """See Screen; returns once the picture stands there, which takes many seconds."""
        self._draw(picture, LIMIT_S, True)

    def leave(self, picture: Picture) -> None:
        """See Screen."""
        self._draw(picture, SETUP_LIMIT_S, False)

    def interrupt(self) -> None:
        """See Screen; the panel is then somewhere between two pictures."""
        lines = self._lines  # whoever drives it may close it meanwhile
        if lines is not None:
            lines.interrupted.set()

    def renew(self) -> None:
        """Each picture sets it up anew."""

    def close(self) -> None:
        """See Screen."""
        ports, self._port, self._lines = (self._port, self._lines), None, None
        self._panel = None
        for port in ports:
            # Closing what is gone already is no trouble.
            with contextlib.suppress(Exception):
                if port is not None:
                    port.close()

    def _draw(self, picture: Picture, limit_s: float, waits: bool) -> None:
        with self._told():
            lines = self._lines
            assert lines is not None
            lines.begin(limit_s)
            self._panel.set_image(picture.rotate(-self._config.rotation, expand=True))
            self._panel.show(busy_wait=waits)
            if waits and self._kind.module == OLD_CHIPS:
                lines.look_for_life()
            elif waits:
                lines.wait_until_done()

    @contextlib.contextmanager
    def _told(self) -> Any:
        """Turn inky's errors and the bus's into the one sentence that helps."""
        try:
            yield
        except ImportError as error:
            raise NotDelivered(libraries.sentence(error, libraries.is_l4t())) from error
        except PlantdError as error:
            raise NotDelivered(str(error)) from error
        except RuntimeError as error:
            # inky's own, of a chip that is still busy after its reset. Source: inky 1.5.0.
            raise NotDelivered(stuck(INKYS_LIMIT_S)) from error
