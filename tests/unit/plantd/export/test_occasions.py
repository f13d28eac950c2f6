"""Pictures of one plant, taken one after the other, are never learned and tested with at once."""

from plantd.export.occasions import DEALT, Occasions

BOOT = "boot-1"


def test_presses_within_a_minute_are_one_occasion() -> None:
    occasions = Occasions()
    first = occasions.place("Bluebell", 1, BOOT, 10.0)
    assert occasions.place("Bluebell", 2, BOOT, 60.0) == first
    # Still with the one before, and so with the first.
    assert occasions.place("Bluebell", 3, BOOT, 110.0) == first


def test_a_later_press_is_another_occasion() -> None:
    occasions = Occasions()
    first = occasions.place("Bluebell", 1, BOOT, 10.0)
    second = occasions.place("Bluebell", 2, BOOT, 70.0)
    assert (first.split, second.split) == ("train", "val")
    assert first.group != second.group


def test_after_a_boot_the_time_says_nothing() -> None:
    occasions = Occasions()
    first = occasions.place("Bluebell", 1, BOOT, 10.0)
    assert occasions.place("Bluebell", 2, "boot-2", 11.0).group != first.group


def test_each_label_has_occasions_of_its_own() -> None:
    occasions = Occasions()
    assert occasions.place("Bluebell", 1, BOOT, 10.0).split == "train"
    assert occasions.place("foxglove", 2, BOOT, 11.0).split == "train"
    assert occasions.place("Bluebell", 3, BOOT, 12.0).group == "Bluebell-1"


def test_with_nothing_apart_each_picture_is_an_occasion() -> None:
    occasions = Occasions(apart_s=0.0)
    splits = [occasions.place("Bluebell", seq, BOOT, 10.0).split for seq in range(8)]
    assert splits == [*DEALT, DEALT[0]]
