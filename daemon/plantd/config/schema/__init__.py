"""What each key of the configuration means: one table that checks, documents and shows it.

How this works: plantd.config holds the names, types and defaults; SECTIONS adds to each key its
sentence, its range or choices, and whether SIGHUP is enough to change it. keys.py joins the
two and refuses, at import, a key that only one of them has.
"""

from plantd.config.schema.camera import CAMERA
from plantd.config.schema.terms import Doc, Section, live
from plantd.config.schema.told import TOLD
from plantd.config.schema.versions import VERSIONS
from plantd.gpio.boards import BOARDS
from plantd.place.regions import REGIONS
from plantd.texts.catalogue import AUTO, LANGUAGES

SECTIONS = {
    "camera": CAMERA,
    "button": Section(
        "What is pressed.",
        {
            "driver": Doc(
                "gpiochip: a pin by the kernel's character device; jetson: a pin by Jetson.GPIO; "
                "evdev: a USB button or keyboard; fake: a socket, for tests.",
                choices=("gpiochip", "jetson", "evdev", "fake"),
            ),
            "board": Doc(
                "Whose 40-pin header `pin` counts on; docs/wiring.md has its pins.",
                choices=tuple(BOARDS),
            ),
            "chip": Doc("gpiochip: label of the chip that `line` counts on.", form="name"),
            "pin": Doc(
                "BOARD number on the 40-pin header; 18, 19, 21 and 31 are good on a TX2. Leave it "
                "out where `line` is given.",
                1,
                40,
            ),
            "line": Doc(
                "gpiochip: number of the line on `chip`, instead of `pin`. evdev: code of the "
                "only key that counts; null takes any key.",
                0,
                1023,
            ),
            "active_low": Doc("A pressed button pulls the line to ground."),
            "debounce_ms": Doc("A level counts once it has been stable for this long.", 1, 500),
            "long_press_s": Doc(
                "Held for this long it is a long press; 0 knows none, and a press then counts at "
                "once instead of on release.",
                0,
                20,
            ),
            "long_press_action": live(
                "What a long press does: nothing, repeat the last answer, or shut the device down.",
                choices=("none", "repeat", "shutdown"),
            ),
            "device": Doc(
                "evdev: the input device, best by /dev/input/by-id/NAME.", form="path_or_empty"
            ),
            "control_socket": Doc(
                "fake: where presses come from; empty is button.sock below paths.run.",
                form="socket_or_empty",
            ),
        },
    ),
    "light": Section(
        "What answers without a screen.",
        {
            "driver": Doc(
                "none; gpiochip: lamps and a buzzer on pins; fake: a socket, for tests.",
                choices=("none", "gpiochip", "fake"),
            ),
            "board": Doc(
                "Whose 40-pin header the pins count on; docs/wiring.md has them.",
                choices=tuple(BOARDS),
            ),
            "chip": Doc(
                "gpiochip: label of a chip of another board: the pins are then its lines. null: "
                "they are BOARD numbers of the header.",
                form="name",
            ),
            "red_pin": Doc("Pin of the red lamp.", 0, 1023),
            "green_pin": Doc("Pin of the green lamp.", 0, 1023),
            "blue_pin": Doc("Pin of the blue lamp.", 0, 1023),
            "buzzer_pin": Doc("Pin of the buzzer.", 0, 1023),
            "active_low": Doc("The lamps are lit by a low level."),
            "answer_s": Doc("An answer is shown for this long.", 0.1, 600),
        },
    ),
    "engine": Section(
        "What computes. It is what is named here, never another one instead.",
        {
            "backend": Doc(
                "onnxruntime: any machine, on its processor; tensorrt: a Jetson's GPU, after "
                "'plantd-engine build'; fake: scripted answers, for tests.",
                choices=("onnxruntime", "tensorrt", "fake"),
            ),
            "meanwhile": Doc(
                "tensorrt: what answers while no plan fits this device, so before the first one is "
                "built and after an update of JetPack; with none every press is unsure until then.",
                choices=("none", "onnxruntime"),
            ),
            "threads": Doc("onnxruntime: threads for one picture.", 1, 64),
            "precision": Doc(
                "tensorrt: what the plan is built with; auto is fp16 where the GPU is fast at it; "
                "int8 is refused where it is not: on a TX2.",
                choices=("auto", "fp32", "fp16", "int8"),
            ),
            "calibration": Doc(
                "tensorrt 8, int8: the folder that 'plantd-calibrate inputs' made; empty where the "
                "model is quantised itself.",
                form="path_or_empty",
            ),
            "workspace_mb": Doc("tensorrt: scratch memory the builder may take.", 16, 16384),
            "zero_copy": Doc("tensorrt: map the input instead of copying it; measure first."),
        },
    ),
    **VERSIONS,
    "verdict": Section(
        "What may be answered.",
        {
            "edible": live(
                "off: nothing is called edible, whatever the model says; the box then only warns "
                "and names."
            ),
        },
    ),
    "place": Section(
        "Where the box stands: only ever a reason for caution (docs/place.md). Off while empty.",
        {
            "region": live(
                "The botanists' continent that the box stands in, where no position is given.",
                choices=("none", *REGIONS),
            ),
            "latitude": live("Degrees north of the equator; a whole one will do.", -90, 90),
            "longitude": live("Degrees east of Greenwich; a whole one will do.", -180, 180),
            "gpsd": Doc(
                "Where gpsd tells the position, such as localhost:2947; its last one goes before "
                "what is given above. The unit must let it out: see docs/place.md.",
                form="endpoint_or_empty",
            ),
            "season": live("The month counts too, while somebody vouches for the clock."),
        },
    ),
    "paths": Section(
        "The only places plantd writes to. Its unit must allow others: see systemd/README.md.",
        {
            "state": Doc("Models, plans, the record and its pictures.", form="path"),
            "log": Doc("The log of verdicts and states.", form="path"),
            "run": Doc("Sockets; emptied by a reboot.", form="run_path"),
            "cache": Doc("What may be deleted at any time.", form="path"),
        },
    ),
    "api": Section(
        "The socket plantd.sock below paths.run, and the page.",
        {
            "group": Doc("Members of this group may use the socket.", form="group"),
            "max_body_mb": Doc("A picture that is sent in may have this size.", 1, 64),
            "request_timeout_s": Doc("A request must have been answered by then.", 0.1, 300),
            "event_queue": Doc("Events kept for a slow reader before it misses some.", 16, 65536),
            "heartbeat_s": Doc("The event stream is never silent for longer.", 0.1, 3600),
            "http": Doc(
                "Address and port of the page, such as 10.42.0.1:8080 on the box's own hotspot; "
                "empty serves none. The unit must allow it: see docs/page.md.",
                form="address_or_empty",
            ),
            "token_file": Doc(
                "File whose first line lets the page press and hand out the support bundle; empty "
                "is a page that only shows.",
                form="path_or_empty",
            ),
            "language": Doc(
                "What the page speaks; auto is what the browser asks for.",
                choices=(AUTO, *LANGUAGES),
            ),
        },
    ),
    "record": Section(
        "What is kept of each press. Poisonous and unsure answers are kept longest.",
        {
            "keep_days": live("Older verdicts go.", 1, 36500),
            "keep_mb": live("The oldest go when the record is larger.", 16, 100000000),
            "reserve_mb": live(
                "The oldest go when the disk has less room than this.", 0, 100000000
            ),
            "commit_timeout_ms": live(
                "A verdict that cannot be recorded by then is sent unrecorded, and says so.",
                1,
                60000,
            ),
            "jpeg_quality": live("Quality of the pictures kept.", 30, 100),
        },
    ),
    "log": Section(
        "What is written down beside the record.",
        {
            "level": live(
                "The least that the journal gets.", choices=("debug", "info", "warning", "error")
            ),
            "max_mb": Doc("A log file is put aside when it has this size.", 1, 1024),
            "files": Doc("Log files kept, the current one among them.", 1, 100),
        },
    ),
    "telemetry": Section(
        "Memory, load, temperatures, power.",
        {
            "source": Doc(
                "proc: /proc and /sys, anywhere; tegrastats: a Jetson's own program; jtop: the "
                "service of jetson-stats.",
                choices=("proc", "tegrastats", "jtop"),
            ),
            "interval_s": live("Time between two readings.", 0.1, 3600),
        },
    ),
    "limits": Section(
        "Beyond these the service says so: its state is DEGRADED. It never slows the device down.",
        {
            "rss_mb": live(
                "Memory that the service itself may take. When it goes on growing beyond that, the "
                "service ends between presses and systemd starts it anew.",
                64,
                1000000,
            ),
            "available_mb": live(
                "Memory that the device should have left, for all programs together.", 0, 1000000
            ),
            "memory_patience_s": live(
                "Growth is watched for this long before the service starts itself anew.", 0, 86400
            ),
            "temperature_c": live("The hottest zone should stay below this.", 30, 120),
        },
    ),
    **TOLD,
    "box": Section(
        "Which of its owner's boxes this is.",
        {
            "name": Doc(
                "What it is called in lists, reports and exports, such as ridge-03; empty is the "
                "host's name. Its identity stays, whatever it is called.",
                form="box_or_empty",
            ),
        },
    ),
}
