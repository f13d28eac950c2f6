"""What each key means of the sections that say who is told of a verdict, beside the light."""

from plantd.config.displays import COLOURS, DRIVERS
from plantd.config.schema.terms import Doc, Section
from plantd.gpio.boards import BOARDS
from plantd.texts.catalogue import LANGUAGES

TOLD = {
    "hooks": Section(
        "What of yours is told of each verdict; docs/hooks.md has examples.",
        {
            "command": Doc(
                "A command that is run on each verdict with its JSON on standard input: words as "
                "in a shell, but no shell runs; empty is none.",
                form="command_or_empty",
            ),
            "url": Doc(
                "Where the JSON of each verdict is posted to; empty is nowhere. The unit must let "
                "it out: see docs/hooks.md.",
                form="url_or_empty",
            ),
            "timeout_s": Doc(
                "A command is killed, a post given up, when it takes longer.", 0.1, 600
            ),
        },
    ),
    "voice": Section(
        "Speaks each answer of a press, offline, by espeak-ng; see docs/voice.md.",
        {
            "driver": Doc(
                "none; alsa: aloud, by aplay; wav: into voice.wav below paths.cache only.",
                choices=("none", "alsa", "wav"),
            ),
            "language": Doc("What it speaks; plants keep the model's names.", choices=LANGUAGES),
            "volume": Doc("espeak-ng's amplitude; 100 is its usual one.", 0, 200),
            "words_per_minute": Doc("How fast it speaks.", 80, 450),
            "device": Doc("alsa: the device, as `aplay -L` lists them."),
        },
    ),
    "display": Section(
        "Shows each answer, and how the box is, on a small display; see docs/display.md.",
        {
            "driver": Doc(
                "none; png: into display.png below paths.cache only; ssd1306, ssd1309, sh1106: "
                "an OLED of that chip, by luma.oled; inky-...: an e-ink of Pimoroni's, by inky.",
                choices=DRIVERS,
            ),
            "width_px": Doc(
                "How wide it is; an OLED must have that size, an e-ink has its own.", 122, 1024
            ),
            "height_px": Doc("How high it is.", 32, 1024),
            "depth": Doc("png: bits of a pixel: 1, 8 or 24.", 1, 24),
            "paper": Doc("png: draw as for an e-ink: one still picture, black on white."),
            "colour": Doc(
                "E-ink: the ink it has beside white and black; black is none. red-ht: an old "
                "inky-phat's or inky-what's red for warmth, as its back says.",
                choices=COLOURS,
            ),
            "rotation": Doc("It is built in turned, clockwise: 0, 90, 180 or 270.", 0, 270),
            "bus": Doc(
                "How an OLED is wired (an e-ink: spi); spi is proven before a drawn chip, and on "
                "no board yet.",
                choices=("i2c", "spi"),
            ),
            "i2c_bus": Doc("i2c: the number of its bus, as `i2cdetect -l` lists them.", 0, 255),
            "i2c_address": Doc(
                "i2c: its address, as `i2cdetect -y` shows it.", choices=("3c", "3d")
            ),
            "spi_bus": Doc("spi: the first number of /dev/spidev0.1.", 0, 255),
            "spi_device": Doc("spi: the second number of /dev/spidev0.1, its chip select.", 0, 255),
            "board": Doc("spi: whose header the pins below are on.", choices=tuple(BOARDS)),
            "gpio_chip": Doc(
                "spi: a chip's label instead of a board; then the pins are its line numbers.",
                form="name",
            ),
            "dc_pin": Doc("spi: the pin of the display's D/C, which it cannot do without.", 0, 511),
            "reset_pin": Doc(
                "spi: the pin of its RES or RST, where it is wired; an e-ink needs it.", 0, 511
            ),
            "busy_pin": Doc("E-ink: the pin of its BUSY, which says when it is done.", 0, 511),
            "language": Doc("What it shows; plants keep the model's names.", choices=LANGUAGES),
            "answer_s": Doc("How long an answer is shown.", 1, 86400),
            "dark_after_s": Doc(
                "After how long without a press it goes dark, which spares an OLED; 0 is never.",
                0,
                86400,
            ),
            "refresh_s": Doc(
                "E-ink: the time from one picture to the next at least; an answer, and what "
                "follows it, does not wait.",
                0,
                86400,
            ),
        },
    ),
    "mqtt": Section(
        "Publishes each verdict to a broker, kept while the network is away; see docs/mqtt.md.",
        {
            "host": Doc(
                "The broker's name or address; empty is none. The unit must let it out: see "
                "docs/mqtt.md.",
                form="host_or_empty",
            ),
            "port": Doc("Its port; null is 1883, with TLS 8883.", 1, 65535),
            "tls": Doc("Speak TLS, and check the broker's certificate and name."),
            "ca_file": Doc(
                "PEM of the authority that signed the broker's certificate; empty trusts those of "
                "the system.",
                form="path_or_empty",
            ),
            "cert_file": Doc(
                "PEM of this box's own certificate, where the broker asks for one.",
                form="path_or_empty",
            ),
            "key_file": Doc(
                "PEM of its key, without a passphrase; empty where it lies in cert_file.",
                form="path_or_empty",
            ),
            "username": Doc("Who the box is to the broker; empty says nobody."),
            "password_file": Doc(
                "File whose first line is the password, unreadable to others.",
                form="path_or_empty",
            ),
            "topic": Doc("What every topic begins with.", form="topic"),
            "name": Doc(
                "What this box is called to the broker and in its topics, each box otherwise; "
                "empty is box.name, or else the machine's name.",
                form="client_or_empty",
            ),
            "discovery": Doc(
                "Home Assistant's prefix for what appears by itself; empty announces nothing.",
                form="topic_or_empty",
            ),
            "queue_length": Doc(
                "Verdicts kept on disk for a broker that is away; then the oldest is dropped.",
                1,
                1000000,
            ),
            "telemetry_s": Doc(
                "Time between two telemetry messages at least; 0 sends none.", 0, 86400
            ),
        },
    ),
}
