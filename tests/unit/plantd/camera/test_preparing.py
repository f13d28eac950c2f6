from plantd.camera.preparing import MAX_LINKS, links_for


def test_pictures_are_shown_in_order_each_for_its_while() -> None:
    assert links_for(["b.jpg", "a.JPEG"], hold_s=0.2, fps=10) == [
        "a.JPEG",
        "a.JPEG",
        "b.jpg",
        "b.jpg",
    ]


def test_what_is_no_jpeg_or_hidden_is_left_out() -> None:
    assert links_for(["a.png", ".b.jpg", "c.txt"], hold_s=1.0, fps=10) == []


def test_each_picture_is_shown_at_least_once() -> None:
    assert links_for(["a.jpg"], hold_s=0.001, fps=1) == ["a.jpg"]


def test_many_pictures_are_held_a_shorter_while() -> None:
    names = ["{}.jpg".format(number) for number in range(4000)]
    assert len(links_for(names, hold_s=60.0, fps=30)) == 8000 <= MAX_LINKS
