from typing import Any, Dict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantd.config.forms.camera_source import (
    CSI,
    FAKE,
    FOLDER,
    GST,
    PATTERN,
    PICTURE,
    PLANT,
    V4L2,
    VIDEO,
    parse_source,
    uri_from_path,
)
from plantd.errors import ConfigError


@pytest.mark.parametrize(
    ("uri", "kind", "target"),
    [
        ("csi://0", CSI, "0"),
        ("csi://07", CSI, "7"),
        (
            "v4l2:///dev/v4l/by-id/usb-Cam_a-video-index0",
            V4L2,
            "/dev/v4l/by-id/usb-Cam_a-video-index0",
        ),
        ("v4l2:///dev/video0", V4L2, "/dev/video0"),
        ("file:///a/leaf.JPG", PICTURE, "/a/leaf.JPG"),
        ("file:///a/leaf.png", PICTURE, "/a/leaf.png"),
        ("file:///a/my%20leaf.jpeg", PICTURE, "/a/my leaf.jpeg"),
        ("file:///a/my leaf.jpeg", PICTURE, "/a/my leaf.jpeg"),
        ("file:///a/what?.jpg", PICTURE, "/a/what?.jpg"),
        ("file:///a/walk.mp4", VIDEO, "/a/walk.mp4"),
        ("file:///a/plants", FOLDER, "/a/plants"),
        ("file:///a/odd.jpg/", FOLDER, "/a/odd.jpg/"),
        ("test://smpte", PATTERN, "smpte"),
        ("test://plant", PLANT, "plant"),
        ("gst: videotestsrc ! identity", GST, "videotestsrc ! identity"),
        ("fake://", FAKE, ""),
    ],
)
def test_a_uri_says_what_it_is(uri: str, kind: str, target: str) -> None:
    source = parse_source(uri)
    assert (source.uri, source.kind, source.target) == (uri, kind, target)


@pytest.mark.parametrize(
    ("uri", "options"),
    [
        ("file:///a/plants?hold_s=0.5", {"hold_s": 0.5, "target": "/a/plants"}),
        ("test://plant?seed=7", {"seed": 7, "target": "plant"}),
        ("csi://1?frozen=allowed", {"frozen_allowed": True, "target": "1"}),
        ("v4l2:///dev/video0?frozen=fault", {"frozen_allowed": False, "target": "/dev/video0"}),
    ],
)
def test_an_option_is_read(uri: str, options: Dict[str, Any]) -> None:
    source = parse_source(uri)
    assert {name: getattr(source, name) for name in options} == options


def test_only_sensors_are_live() -> None:
    uris = ("csi://0", "v4l2:///dev/video0", "file:///a.jpg", "test://smpte", "gst:x", "fake://")
    assert [parse_source(uri).live for uri in uris] == [True, True, False, False, False, False]


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("", "expected csi://N"),
        ("/dev/video0", "expected csi://N"),
        ("http://example.org/a.jpg", "expected csi://N"),
        ("csi://", "as csi://0"),
        ("csi://left", "as csi://0"),
        ("v4l2://video0", "v4l2:///dev/v4l/by-id/NAME"),
        ("file://relative.jpg", "three slashes"),
        ("file:///", "three slashes"),
        ("test://nonsense", "test://plant or test:// and one of smpte"),
        ("gst:", "gst-launch-1.0"),
        ("gst://videotestsrc", "gst-launch-1.0"),
        ("csi://0?hold_s=2", "the option hold_s"),
        ("file:///a/plants?hold_s=0", "seconds above 0"),
        ("file:///a/plants?hold_s=soon", "seconds above 0"),
        ("test://plant?seed=x", "a whole number"),
        ("csi://0?frozen=maybe", "frozen=allowed"),
        ("file:///a\nb.jpg", "line break"),
    ],
)
def test_a_wrong_uri_is_one_sentence_with_what_is_expected(uri: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_source(uri)
    (problem,) = caught.value.problems
    assert words in problem
    assert repr(uri) in problem
    assert "\n" not in problem


@given(
    st.text(st.characters(blacklist_characters="\0\n/", blacklist_categories=["Cs"]), min_size=1)
)
def test_a_path_comes_back_from_its_uri(name: str) -> None:
    path = "/a/" + name + ".jpg"
    assert parse_source(uri_from_path(path)).target == path


def test_the_uri_of_a_folder_stays_a_folder() -> None:
    assert parse_source(uri_from_path("/a/odd.jpg/")).kind == FOLDER
