"""What each key means of the sections on what a box gets anew: models, and plantd itself."""

from plantd.config.schema.terms import Doc, Section, live

VERSIONS = {
    "model": Section(
        "What is known about plants.",
        {
            "bundle": Doc(
                "Directory of a model bundle; empty is the one that 'plantd-cli model' activated.",
                form="path_or_empty",
            ),
            "keys": live(
                "Folder of the keyrings (NAME.gpg) whose keys sign models: as soon as it holds "
                "one, 'plantd-cli model install' takes nothing else; see docs/updates.md.",
                form="path",
            ),
            "require_signature": live(
                "Installs no model without a signature, also while the folder of keys is empty."
            ),
            "trial_presses": live(
                "A model that is activated is on trial until it has answered so many presses; it "
                "goes back by itself when the engine fails in as many. 0: no trial.",
                0,
                100,
            ),
            "trial_s": live(
                "It also goes back when the engine has failed for this long.", 1, 86400
            ),
            "stick_s": live(
                "A signed model on a USB stick is offered for so long after the stick is put in; a "
                "long press takes it. 0: sticks are not looked at. See docs/updates.md.",
                0,
                3600,
            ),
        },
    ),
    "update": Section(
        "How a new version of plantd's package shows that it serves; see docs/updates.md.",
        {
            "trial_presses": live(
                "A new version is on trial until it has answered so many presses; the one before "
                "comes back by itself when the engine fails in as many. 0: no trial.",
                0,
                100,
            ),
            "trial_s": live(
                "It also comes back when the new one has been down, or a part of it that served "
                "before has failed, for this long.",
                10,
                86400,
            ),
        },
    ),
}
