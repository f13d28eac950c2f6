"""The 40-pin headers of four developer kits: BOARD pin numbers -> chip label and line.

Source: Jetson.GPIO's pin data (2.1.13), the TX2's checked by hand against its header. Chip labels
are those of the kernel of the JetPack that each board names: another JetPack may count otherwise.
Only board records can prove a table (tests/data/boards): none has yet.
"""

from typing import Dict, NamedTuple, Tuple


class Pin(NamedTuple):
    """Where a header pin leads, which way it can be used, and the signal that it shares."""

    chip: str
    line: int
    signal: str
    can_read: bool = True
    can_write: bool = True


class Board(NamedTuple):
    """One developer kit.

    Attributes:
        jetpack: whose kernel the labels and lines are from.
        expander_pins: on an I2C expander: too slow for edges, and their chip appears late.
        shifted_pins: behind a level shifter, which a pull-up of 4.7 kOhm does not overcome and one
            of 1 kOhm does. Source: NVIDIA/jetson-gpio issue 10, on a TX2.
        button_pins: no bus that is on by default, and both directions.
    """

    title: str
    jetpack: str
    pins: Dict[int, Pin]
    button_pins: Tuple[int, ...]
    expander_pins: Tuple[int, ...] = ()
    shifted_pins: Tuple[int, ...] = ()

    @property
    def chips(self) -> Tuple[str, ...]:
        """The labels of the chips that the header's pins lead to."""
        return tuple(sorted({pin.chip for pin in self.pins.values()}))


def _header(chip: str, lines: Tuple[Tuple[int, int, str], ...]) -> Dict[int, Pin]:
    return {pin: Pin(chip, line, signal) for pin, line, signal in lines}


_TX2, _TX2_AON = "tegra-gpio", "tegra-gpio-aon"

TX2 = Board(
    "Jetson TX2",
    "4.6",
    {
        7: Pin(_TX2, 76, "audio master clock"),
        11: Pin(_TX2, 146, "UART0 RTS", can_read=False),
        12: Pin(_TX2, 72, "I2S0 clock"),
        13: Pin(_TX2, 77, "audio interrupt"),
        16: Pin(_TX2_AON, 40, "digital microphone", can_write=False),
        18: Pin(_TX2, 161, "modem wake"),
        19: Pin(_TX2, 109, "SPI1 MOSI"),
        21: Pin(_TX2, 108, "SPI1 MISO"),
        23: Pin(_TX2, 107, "SPI1 clock"),
        24: Pin(_TX2, 110, "SPI1 CS0"),
        29: Pin(_TX2, 78, "audio reset"),
        31: Pin(_TX2_AON, 42, "motion interrupt"),
        32: Pin(_TX2_AON, 41, "digital microphone clock", can_read=False),
        33: Pin(_TX2, 69, "Bluetooth wake"),
        35: Pin(_TX2, 75, "I2S0 LRCLK"),
        36: Pin(_TX2, 147, "UART0 CTS"),
        37: Pin(_TX2, 68, "light sensor interrupt"),
        38: Pin(_TX2, 74, "I2S0 data in"),
        40: Pin(_TX2, 73, "I2S0 data out"),
    },
    button_pins=(18, 19, 21, 31),
    expander_pins=(15, 22),
    shifted_pins=(16, 18),
)

NANO = Board(
    "Jetson Nano",
    "4.6",
    _header(
        "tegra-gpio",
        (
            (7, 216, "audio master clock"),
            (11, 50, "UART1 RTS"),
            (12, 79, "I2S0 clock"),
            (13, 14, "SPI1 clock"),
            (15, 194, "GPIO12"),
            (16, 232, "SPI1 CS1"),
            (18, 15, "SPI1 CS0"),
            (19, 16, "SPI0 MOSI"),
            (21, 17, "SPI0 MISO"),
            (22, 13, "SPI1 MISO"),
            (23, 18, "SPI0 clock"),
            (24, 19, "SPI0 CS0"),
            (26, 20, "SPI0 CS1"),
            (29, 149, "GPIO01"),
            (31, 200, "GPIO11"),
            (32, 168, "GPIO07, PWM"),
            (33, 38, "GPIO13, PWM"),
            (35, 76, "I2S0 LRCLK"),
            (36, 51, "UART1 CTS"),
            (37, 12, "SPI1 MOSI"),
            (38, 77, "I2S0 data in"),
            (40, 78, "I2S0 data out"),
        ),
    ),
    button_pins=(15, 29, 31),
)

_XAVIER, _XAVIER_AON = "tegra194-gpio", "tegra194-gpio-aon"

XAVIER_NX = Board(
    "Jetson Xavier NX",
    "5.1",
    {
        **_header(
            _XAVIER,
            (
                (7, 118, "audio master clock"),
                (11, 112, "UART1 RTS"),
                (12, 127, "I2S0 clock"),
                (13, 149, "SPI1 clock"),
                (16, 153, "SPI1 CS1"),
                (18, 152, "SPI1 CS0"),
                (19, 162, "SPI0 MOSI"),
                (21, 161, "SPI0 MISO"),
                (22, 150, "SPI1 MISO"),
                (23, 160, "SPI0 clock"),
                (24, 163, "SPI0 CS0"),
                (26, 164, "SPI0 CS1"),
                (29, 105, "GPIO01"),
                (31, 106, "GPIO11"),
                (32, 108, "GPIO07, PWM"),
                (33, 84, "GPIO13, PWM"),
                (35, 130, "I2S0 LRCLK"),
                (36, 113, "UART1 CTS"),
                (37, 151, "SPI1 MOSI"),
                (38, 129, "I2S0 data in"),
                (40, 128, "I2S0 data out"),
            ),
        ),
        15: Pin(_XAVIER_AON, 16, "GPIO12, PWM"),
    },
    button_pins=(15, 29, 31),
)

ORIN_NANO = Board(
    "Jetson Orin Nano",
    "6",
    _header(
        "tegra234-gpio",
        (
            (7, 144, "audio master clock"),
            (11, 112, "UART1 RTS"),
            (12, 50, "I2S0 clock"),
            (13, 122, "SPI1 clock"),
            (15, 85, "GPIO12, PWM"),
            (16, 126, "SPI1 CS1"),
            (18, 125, "SPI1 CS0"),
            (19, 135, "SPI0 MOSI"),
            (21, 134, "SPI0 MISO"),
            (22, 123, "SPI1 MISO"),
            (23, 133, "SPI0 clock"),
            (24, 136, "SPI0 CS0"),
            (26, 137, "SPI0 CS1"),
            (29, 105, "GPIO01"),
            (31, 106, "GPIO11"),
            (32, 41, "GPIO07, PWM"),
            (33, 43, "GPIO13, PWM"),
            (35, 53, "I2S0 LRCLK"),
            (36, 113, "UART1 CTS"),
            (37, 124, "SPI1 MOSI"),
            (38, 52, "I2S0 data in"),
            (40, 51, "I2S0 data out"),
        ),
    ),
    button_pins=(15, 29, 31),
)

BOARDS: Dict[str, Board] = {
    "tx2": TX2,
    "nano": NANO,
    "xavier_nx": XAVIER_NX,
    "orin_nano": ORIN_NANO,
}
