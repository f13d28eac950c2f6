"""BOARD pins of the TX2 header, and the refusals that name better ones."""

from typing import Callable

import pytest

from plantd.errors import ConfigError
from plantd.gpio.boards import BOARDS, Board
from plantd.gpio.pins import Place, button_place, input_place, output_place

MAIN, AON = "tegra-gpio", "tegra-gpio-aon"


def test_pin_18_is_line_161() -> None:
    assert button_place("tx2", MAIN, 18, None) == Place(MAIN, 161)


def test_a_pin_names_its_own_chip() -> None:
    assert button_place("tx2", MAIN, 31, None) == Place(AON, 42)


def test_a_line_wins_over_the_default_pin() -> None:
    assert button_place("tx2", "tegra234-gpio", 18, 7) == Place("tegra234-gpio", 7)


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_no_two_pins_share_a_line(board: Board) -> None:
    places = [(pin.chip, pin.line) for pin in board.pins.values()]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_good_button_pins_go_both_ways(board: Board) -> None:
    good = [board.pins[number] for number in board.button_pins]
    assert all(pin.can_read and pin.can_write for pin in good)


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_a_header_has_no_gpio_where_power_and_ground_are(board: Board) -> None:
    assert not {1, 2, 4, 6, 9, 14, 17, 20, 25, 30, 34, 39} & set(board.pins)
    assert set(board.pins) <= set(range(1, 41))


@pytest.mark.parametrize(
    ("board", "place"),
    [
        ("nano", Place("tegra-gpio", 200)),
        ("xavier_nx", Place("tegra194-gpio", 106)),
        ("orin_nano", Place("tegra234-gpio", 106)),
    ],
)
def test_the_same_pin_is_another_line_on_another_board(board: str, place: Place) -> None:
    assert button_place(board, "tegra-gpio", 31, None) == place
    assert output_place(board, "light.red_pin", None, 31) == place


def test_an_input_only_pin_reads_a_button() -> None:
    assert button_place("tx2", MAIN, 16, None) == Place(AON, 40)


@pytest.mark.parametrize(
    ("pin", "reason"),
    [(11, "output only"), (32, "output only"), (15, "I2C expander"), (22, "I2C expander")]
    + [(6, "not a GPIO"), (99, "not a GPIO")],
)
def test_a_pin_that_cannot_be_a_button_is_refused_and_good_ones_are_named(
    pin: int, reason: str
) -> None:
    with pytest.raises(ConfigError) as refusal:
        button_place("tx2", MAIN, pin, None)
    assert "button.pin: pin {}".format(pin) in str(refusal.value)
    assert reason in str(refusal.value)
    assert "18, 19, 21, 31" in str(refusal.value)


def test_neither_pin_nor_line_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"neither `pin` nor `line` is set; good pins: 18"):
        button_place("tx2", MAIN, None, None)


def test_a_lamp_goes_to_the_pins_line() -> None:
    assert output_place("tx2", "light.red_pin", MAIN, 32) == Place(AON, 41)


def test_on_another_board_a_lamp_is_named_by_its_line() -> None:
    assert output_place("tx2", "light.red_pin", "pinctrl-bcm2711", 17) == Place(
        "pinctrl-bcm2711", 17
    )


@pytest.mark.parametrize(
    "refused",
    [
        lambda: output_place("tx2", "light.red_pin", MAIN, 16),
        lambda: output_place("tx2", "light.red_pin", AON, 22),
        lambda: output_place("tx2", "light.red_pin", MAIN, 1),
    ],
)
def test_a_pin_that_cannot_drive_a_lamp_is_refused(refused: Callable[[], Place]) -> None:
    with pytest.raises(ConfigError, match=r"light\.red_pin: pin .*pins that can be driven: 7, 11"):
        refused()


@pytest.mark.parametrize(
    ("chip", "pin", "place"),
    [(None, 16, Place(AON, 40)), (MAIN, 7, Place(MAIN, 76)), ("another", 17, Place("another", 17))],
)
def test_what_is_read_goes_to_the_pins_line(chip: str, pin: int, place: Place) -> None:
    assert input_place("tx2", "display.busy_pin", chip, pin) == place


@pytest.mark.parametrize(
    ("pin", "told"), [(11, "is output only"), (15, "I2C expander"), (1, "is not a GPIO")]
)
def test_a_pin_that_cannot_be_read_is_refused_and_good_ones_are_named(pin: int, told: str) -> None:
    with pytest.raises(ConfigError) as error:
        input_place("tx2", "display.busy_pin", None, pin)
    assert told in error.value.problems[0]
    assert "pins that can be read: 7, 12, 13, 16" in error.value.problems[0]
