"""plantd-train evaluate --card: the figures in the card of a bundle that stays whole."""

import csv
import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from support import small_disk, tiny_bundle

from plantd import bundle
from plantd.errors import EX_CANTCREAT, EX_DATAERR, EX_OK, EX_USAGE, BundleError, CannotWriteError
from plantd_calibration.publishing import replace
from plantd_calibration.publishing.card_sections import CONFIDENCE, LIMITS, with_section
from plantd_training import cli

CARD = """# tiny 1.0.0

**calibrated**: at most 1 % of truly poisonous plants are called edible.

## Confidence

- guarantee: at most 0.01, n 300

## Limits

- It knows five plants.
"""
# label, colour, poisonous; hemlock that is green looks like clover.
SHOWN = {
    "train": [("clover", tiny_bundle.GREEN, 0)],
    "val": [
        ("hemlock", tiny_bundle.RED, 1),
        ("clover", tiny_bundle.GREEN, 0),
        ("nettle", tiny_bundle.BLUE, 0),
    ],
    "test": [
        ("hemlock", tiny_bundle.RED, 1),
        ("hemlock", tiny_bundle.GREEN, 1),
        ("clover", tiny_bundle.GREEN, 0),
        ("nettle", tiny_bundle.BLUE, 0),
    ],
}


@pytest.fixture
def world(tmp_path):
    """A bundle with a calibrated card, photographs of every split, and strangers."""
    data, strange = tmp_path / "drawn", tmp_path / "strange"
    rows = []
    for split, shown in SHOWN.items():
        (data / split).mkdir(parents=True)
        for index, (label, colour, poisonous) in enumerate(shown):
            name = "{}/{}_{}.png".format(split, label, index)
            tiny_bundle.stand(str(data / name), colour)
            rows.append((name, label, poisonous, split))
    with (data / "manifest.csv").open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows([("file", "class", "poisonous", "split"), *rows])
    strange.mkdir()
    tiny_bundle.stand(str(strange / "grey.png"), tiny_bundle.GREY)
    made = Path(tiny_bundle.make(str(tmp_path / "bundle")))
    write_card(made, CARD.encode())
    return SimpleNamespace(bundle=made, data=data, strange=strange, out=tmp_path / "out")


def write_card(path, data):
    (path / bundle.CARD).write_bytes(data)
    bundle.write_manifest(str(path), tiny_bundle.manifest())


def evaluate(world, *more, split="test"):
    words = ["evaluate", "--bundle", str(world.bundle), "--data", str(world.data)]
    return cli.main([*words, "--split", split, "--out", str(world.out), *more])


def card_of(world):
    return (world.bundle / bundle.CARD).read_text()


def section(text, heading):
    return text.split(heading + "\n", 1)[1].split("\n## ", 1)[0]


def row_of(name, share):
    cells = [share["share"], share["hits"], share["n"], share["low"], share["high"]]
    told = [str(cell) if isinstance(cell, int) else "{:.4f}".format(cell) for cell in cells]
    return "| {} | {} |".format(name, " | ".join(told))


def test_the_card_has_the_figures_of_the_evaluation(world):
    more = ["--threshold", "0.5", "--unknown", str(world.strange)]
    assert evaluate(world, *more, "--card") == EX_OK
    found = json.loads((world.out / "evaluation.json").read_text())
    told = section(card_of(world), "## Evaluation on test")
    assert told.startswith("\n4 photographs, by model.onnx with sha256 ")
    species, poison = found["species"], found["poison"]
    strange = found["strangers"]["unknown plants"]
    for name, share in (
        ("top-1", species["top1"]),
        ("top-5", species["top5"]),
        ("recall", poison["recall"]),
        ("edible passed", poison["edible_passed"]),
        ("unknown plants: called poisonous", strange["called_poisonous"]),
        ("unknown plants: sure of a species", strange["sure"]),
    ):
        assert row_of(name, share) in told.splitlines()
    for name, figure in (
        ("macro F1", species["macro_f1"]),
        ("precision", poison["precision"]),
        ("F1", poison["f1"]),
        ("calibration error", species["calibration_error"]),
        ("calibration error", poison["calibration_error"]),
    ):
        assert "| {} | {:.4f} | -".format(name, figure) in told
    assert "at the threshold 0.5: given on the command line\n" in told


def test_the_card_names_the_missed_poisonous_photographs(world):
    assert evaluate(world, "--threshold", "0.5", "--card") == EX_OK
    found = json.loads((world.out / "evaluation.json").read_text())
    assert found["poison"]["missed"] == ["hemlock_1.png"]
    told = section(card_of(world), "## Evaluation on test")
    assert "misses: 1 of 2, the least suspected first:\n\n- `hemlock_1.png` (hemlock)\n" in told


def test_the_bundle_is_whole_and_its_graph_and_thresholds_are_as_before(world):
    before = bundle.load(str(world.bundle)).manifest
    (world.bundle / bundle.CARD).chmod(0o640)
    assert evaluate(world, "--threshold", "0.5", "--card") == EX_OK
    after = bundle.load(str(world.bundle)).manifest
    assert (world.bundle / bundle.CARD).stat().st_mode & 0o777 == 0o640
    assert after.files.pop(bundle.CARD) != before.files.pop(bundle.CARD)
    assert after == before
    assert sorted(path.name for path in world.bundle.parent.iterdir()) == [
        "bundle",
        "drawn",
        "out",
        "strange",
    ]


def test_the_command_in_the_card_repeats_it(world):
    more = ["--threshold", "0.5", "--negatives", str(world.strange), "--card"]
    assert evaluate(world, *more) == EX_OK
    text = card_of(world)
    (told,) = [line.strip() for line in text.splitlines() if "plantd-train evaluate" in line]
    assert cli.main([*told.split()[1:], "--out", str(world.out)]) == EX_OK
    assert card_of(world) == text


def test_a_second_run_replaces_the_first_ones_words(world):
    assert evaluate(world, "--threshold", "0.5", "--card") == EX_OK
    assert evaluate(world, "--threshold", "0.25", "--card") == EX_OK
    text = card_of(world)
    assert text.count("## Evaluation on test") == 1
    assert "at the threshold 0.25: " in text
    assert "at the threshold 0.5: " not in text


def test_each_split_has_its_own_words_and_val_says_where_its_threshold_comes_from(world):
    assert evaluate(world, "--card", split="val") == EX_OK
    of_val = section(card_of(world), "## Evaluation on val")
    assert "frozen on val, where it misses no poisonous photograph; that is these" in of_val
    assert "misses: 0 of 1.\n" in of_val
    assert evaluate(world, "--card") == EX_OK
    text = card_of(world)
    assert section(text, "## Evaluation on val") == of_val
    assert "proves nothing" not in section(text, "## Evaluation on test")


def test_train_flatters_and_what_nothing_poisonous_cannot_show_is_left_open(world):
    assert evaluate(world, "--threshold", "0.5", "--card", split="train") == EX_OK
    told = section(card_of(world), "## Evaluation on train")
    assert "these figures flatter" in told
    assert "| recall | - | 0 | 0 | 0.0000 | 1.0000 |" in told.splitlines()
    assert "| F1 | - | - |" in told
    assert "misses: 0 of 0.\n" in told


def test_everything_else_in_the_card_stays(world):
    assert evaluate(world, "--threshold", "0.5", "--card") == EX_OK
    above, rest = card_of(world).split("## Evaluation on test\n", 1)
    assert above + rest[rest.index(CONFIDENCE) :] == CARD


def test_without_the_option_the_card_is_left_alone(world):
    assert evaluate(world, "--threshold", "0.5") == EX_OK
    assert card_of(world) == CARD


@pytest.mark.parametrize("of", ["--run", "--socket"])
def test_only_a_bundle_has_a_card(world, capsys, of):
    words = ["evaluate", of, str(world.bundle), "--data", str(world.data), "--card"]
    assert cli.main(words) == EX_USAGE
    told = capsys.readouterr().err
    assert "--card writes into a bundle's card.md: give the bundle by --bundle" in told
    assert not world.out.exists()


def test_a_card_that_is_no_text_is_one_sentence_and_stays(world, capsys):
    write_card(world.bundle, b"\xff\xfe tiny")
    assert evaluate(world, "--threshold", "0.5", "--card") == EX_DATAERR
    assert "card.md is not text in UTF-8" in capsys.readouterr().err
    assert (world.bundle / bundle.CARD).read_bytes() == b"\xff\xfe tiny"
    bundle.load(str(world.bundle))


def test_a_bundle_that_changed_meanwhile_is_not_overwritten(world):
    source = bundle.load(str(world.bundle))
    bundle.write_manifest(str(world.bundle), source.manifest._replace(version="1.0.1"))
    with pytest.raises(BundleError, match="was changed in the meantime"):
        replace.replace(source, source.manifest, str.upper)
    assert bundle.load(str(world.bundle)).manifest.version == "1.0.1"


def test_a_full_disk_is_one_sentence_and_the_bundle_stays(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    module = "host.plantd_training.export.test_evaluation_card"
    code, said, card, left = small_disk.on_small_disk(module, "replace_on", disk, 256)
    assert code == EX_CANTCREAT
    assert said == "{}/bundle cannot be rewritten: No space left on device".format(disk)
    assert card == "# A tiny model for tests\n"
    assert left == ["bundle", "filler"]


def replace_on(disk):
    """Replace the card of a bundle that lies on a disk which is full."""
    source = bundle.load(tiny_bundle.make(disk + "/bundle"))
    with pytest.raises(OSError, match="No space left"):
        _fill(disk + "/filler")
    with pytest.raises(CannotWriteError) as caught:
        replace.replace(source, source.manifest, str.upper)
    kept = Path(bundle.load(source.path).path, bundle.CARD).read_text()
    return caught.value.exit_code, str(caught.value), kept, sorted(os.listdir(disk))


def _fill(path):
    with open(path, "wb", 0) as filler:
        while True:
            filler.write(bytes(4096))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "## New\n\nwords\n"),
        ("# t\n", "# t\n\n## New\n\nwords\n"),
        ("# t\n\nlast line", "# t\n\nlast line\n\n## New\n\nwords\n"),
        ("# t\n\n## New\n\nold\n\n### old too\n", "# t\n\n## New\n\nwords\n"),
        (
            "# t\n\n## Newer\n\na ## New b\n\n## Limits\n\n- l\n",
            "# t\n\n## Newer\n\na ## New b\n\n## New\n\nwords\n\n## Limits\n\n- l\n",
        ),
    ],
)
def test_a_section_finds_its_place(text, expected):
    assert with_section(text, "## New", "words\n", (CONFIDENCE, LIMITS)) == expected
    assert with_section(expected, "## New", "words", (CONFIDENCE, LIMITS)) == expected
