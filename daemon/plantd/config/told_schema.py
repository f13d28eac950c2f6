"""What each key means of the sections that say who is told of a verdict, beside the light."""

from plantd.config.schema_terms import Doc, Section
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
}
