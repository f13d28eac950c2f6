"""What each key of section `camera` means."""

from plantd.config.camera_controls import WHITE_BALANCES
from plantd.config.schema.terms import Doc, Section, live

CAMERA = Section(
    "Where pictures come from.",
    {
        "source": Doc(
            "csi://0 is the first CSI camera; v4l2:///dev/v4l/by-id/NAME a USB camera; "
            "file:///PATH a picture, a folder of pictures or a video; test://plant a drawn "
            "plant; gst:PIPELINE a GStreamer pipeline of your own.",
            form="source",
        ),
        "width_px": Doc("Width asked of the camera.", 64, 7680),
        "height_px": Doc("Height asked of the camera.", 64, 4320),
        "fps": Doc("Frames a second asked of the camera.", 1, 240),
        "format": Doc(
            "What a v4l2 camera sends: raw pixels, mjpeg, or auto: raw first, then mjpeg.",
            choices=("auto", "raw", "mjpeg"),
        ),
        "settle_frames": Doc(
            "Frames dropped after a press: a frame that arrives was exposed a little earlier.",
            0,
            30,
        ),
        "burst": live(
            "Frames looked at for one press: edible needs each of them to be good and to say so; "
            "the sharpest that looks like another of them is kept.",
            1,
            10,
        ),
        "open_timeout_s": Doc("The camera must have opened by then.", 0.1, 120),
        "read_timeout_s": Doc("The next frame must have come by then.", 0.1, 60),
        "press_timeout_s": live("A press gets its frame by then, or the answer is none.", 0.1, 60),
        "idle": Doc(
            "Between presses: stream keeps the camera running and answers sooner; stop saves "
            "power.",
            choices=("stream", "stop"),
        ),
        "idle_rate": Doc(
            "Frames a second that are looked at between presses, to see that the camera lives "
            "and does not repeat itself; the others pass by unread.",
            1,
            240,
        ),
        "mjpeg_decoder": Doc(
            "What decodes a camera's mjpeg: software, or hardware: a Jetson's own, which "
            "corrupts the frames of some cameras.",
            choices=("software", "hardware"),
        ),
        "rotation": Doc(
            "By how many degrees pictures are turned clockwise, for a camera that is mounted "
            "turned: 0, 90, 180 or 270.",
            0,
            270,
        ),
        "flip": Doc(
            "How pictures are mirrored after that, for a camera that looks through a mirror.",
            choices=("none", "horizontal", "vertical"),
        ),
        "exposure_us": Doc(
            "v4l2 and csi: a fixed time of exposure in microseconds; null leaves it to the camera. "
            "v4l2 counts in steps of 100.",
            1,
            10000000,
        ),
        "focus": Doc(
            "v4l2: a fixed focus in the camera's own steps, as `v4l2-ctl --list-ctrls` has them; "
            "null leaves it to the camera.",
            0,
            65535,
        ),
        "white_balance": Doc(
            "v4l2 and csi: the light that colours are balanced for; auto leaves it to the camera.",
            choices=tuple(WHITE_BALANCES),
        ),
    },
)
