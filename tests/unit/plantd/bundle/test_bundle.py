"""A bundle is whole and true, or it is refused with the reason."""

import io
import os
import re
import zipfile

import numpy as np
import pytest
import yaml
from support import tiny_bundle

from plantd import bundle
from plantd.bundle.manifest import manifest_from_tree, tree_from_manifest
from plantd.config import EngineConfig
from plantd.engine.registry import engine_from_config
from plantd.engine.self_test import prove, self_test
from plantd.errors import BundleError, EngineError
from plantd.verdict import Guarantee


@pytest.fixture
def path(tmp_path) -> str:
    return tiny_bundle.make(str(tmp_path / "tiny"))


def edit_manifest(path, change) -> None:
    name = os.path.join(path, bundle.MANIFEST)
    with open(name) as source:
        tree = yaml.safe_load(source)
    change(tree)
    with open(name, "w") as target:
        yaml.safe_dump(tree, target)


def rewrite(path, name, data) -> None:
    """Change a file and make the manifest agree with it: only its meaning is wrong."""
    with open(os.path.join(path, name), "wb") as target:
        target.write(data)
    digest = bundle.sha256_of_file(os.path.join(path, name))
    edit_manifest(path, lambda tree: tree["files"].update({name: digest}))


def test_what_was_written_is_what_is_loaded(path):
    loaded = bundle.load(path)
    expected = tiny_bundle.manifest()
    assert loaded.manifest._replace(files={}) == expected
    assert loaded.manifest.title == "tiny 1.0.0"
    assert loaded.species["hemlock"].poisonous
    assert loaded.output_sizes == (2, 5)


def test_a_bundle_without_guarantee_is_uncalibrated(path):
    assert not bundle.load(path).manifest.calibrated


def test_a_guarantee_survives_writing_and_loading(tmp_path):
    guarantee = Guarantee(0.05, 68, 0.043, 0.95, "clopper-pearson")
    path = tiny_bundle.make(str(tmp_path / "sure"), guarantee=guarantee)
    assert bundle.load(path).manifest.guarantee == guarantee


def test_what_known_plants_must_reach_survives_writing_and_loading(tmp_path):
    asked = tiny_bundle.THRESHOLDS._replace(energy=4.5, standout=3.25)
    made = tiny_bundle.make(str(tmp_path / "asked"), thresholds=asked)
    assert bundle.load(made).manifest.thresholds == asked


def test_a_missing_directory_is_named(tmp_path):
    with pytest.raises(BundleError, match=r"no model bundle at .*nowhere; install one"):
        bundle.load(str(tmp_path / "nowhere"))


@pytest.mark.parametrize("name", bundle.FILES)
def test_a_missing_file_is_named(path, name):
    os.remove(os.path.join(path, name))
    with pytest.raises(BundleError, match=name):
        bundle.load(path)


@pytest.mark.parametrize("name", bundle.FILES)
def test_a_truncated_file_is_named(path, name):
    whole = os.path.join(path, name)
    os.truncate(whole, os.path.getsize(whole) - 1)
    with pytest.raises(BundleError, match=name + " has sha256"):
        bundle.load(path)


def test_a_manifest_that_is_no_yaml_is_refused(path):
    with open(os.path.join(path, bundle.MANIFEST), "wb") as target:
        target.write(b"\x00\xff: [")
    with pytest.raises(BundleError, match="is not YAML"):
        bundle.load(path)
    with open(os.path.join(path, bundle.MANIFEST), "wb") as target:
        target.write(b"a: [1,\n b: }")
    with pytest.raises(BundleError, match="manifest.yaml is not YAML: line 2: ") as refused:
        bundle.load(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", "manifest.yaml: the manifest is None; expected a section of keys$"),
        (b"[1, 2]", r"manifest.yaml: the manifest is \[1, 2\]; expected a section of keys$"),
        (b"a: " + b"[" * 5000, "manifest.yaml is not YAML: it is nested too deeply$"),
        (b"created: 2026-13-45", "manifest.yaml is not YAML: month must be in 1..12"),
    ],
)
def test_what_is_no_manifest_at_all_is_one_problem(path, text, expected):
    with open(os.path.join(path, bundle.MANIFEST), "wb") as target:
        target.write(text)
    with pytest.raises(BundleError, match=expected):
        bundle.load(path)


def test_all_problems_of_a_manifest_come_at_once(path):
    def spoil(tree):
        tree["input"]["rule"] = "squeeze"
        tree["input"]["std"] = [0, 1]
        tree["heads"]["species"]["labels"] = ["a", "a"]
        del tree["decision"]["thresholds"]["poison_p"]

    edit_manifest(path, spoil)
    with pytest.raises(BundleError) as caught:
        bundle.load(path)
    for key in ("input.rule", "input.std", "heads.species.labels", "thresholds.poison_p"):
        assert key in str(caught.value)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda t: t.update(schema=2), "schema is 2"),
        (lambda t: t["heads"]["species"]["poisonous"].append("yew"), "'yew'; expected one of the"),
        (lambda t: t["heads"]["poison"].update(labels=["good", "bad"]), "poisonous and edible"),
        (lambda t: t["heads"]["species"].update(output="poison"), "another output"),
        (lambda t: t["heads"]["species"].update(kind="sigmoid"), "logits or softmax"),
        (lambda t: t["heads"]["poison"].update(temperature=0), "above 0"),
        (lambda t: t["heads"]["poison"].update(temperature=float("nan")), "above 0"),
        (lambda t: t["input"].update(width_px=0), "1 to 4096"),
        (lambda t: t["input"].update(scale=True), "input.scale is True"),
        (lambda t: t["input"].update(mean=[0, 10**400, 0]), "input.mean is .*; expected three nu"),
        (lambda t: t["input"].update(std=[1.0, float("nan"), 1]), "input.std is .*; expected t"),
        (lambda t: t.update(heads=[]), "heads is \\[\\]; expected a section"),
        (lambda t: t["decision"]["thresholds"].update(quality={"blur": 1}), "quality.blur"),
        (lambda t: t["files"].update({"../x": "0"}), "plain file name"),
        (lambda t: t["files"].pop("card.md"), "no sha256 of card.md"),
        (lambda t: t["decision"]["thresholds"].update(poison_p=1.5), "from 0 to 1"),
        (lambda t: t["decision"]["thresholds"].update(edible_poison_p=0.9), "lower it"),
        (lambda t: t.update(name=""), "name is ''"),
        (lambda t: t["decision"].update(guarantee={"n": 3}), "guarantee.alpha is None"),
    ],
)
def test_a_wrong_manifest_is_refused(path, change, expected):
    edit_manifest(path, change)
    with pytest.raises(BundleError, match=expected):
        bundle.load(path)


def sigmoid(tree, **more) -> None:
    tree["heads"]["poison"].update(kind="sigmoid", **more)


@pytest.mark.parametrize("label", ["poisonous", "edible"])
def test_what_one_sigmoid_means_survives_writing_and_loading(label):
    head = tiny_bundle.manifest().poison._replace(kind="sigmoid", positive_label=label)
    tree = tree_from_manifest(tiny_bundle.manifest()._replace(poison=head))
    assert manifest_from_tree(tree).poison == head


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (sigmoid, "positive_label is None; expected .*graph again .*model install OUT.*rollback"),
        (lambda t: sigmoid(t, positive_label="deadly"), "positive_label is 'deadly'; expected the"),
        (lambda t: sigmoid(t, positive_label=["edible"]), "positive_label is .'edible'.; expected"),
        (lambda t: t["heads"]["poison"].update(positive_label="edible"), "is not a sigmoid"),
        (
            lambda t: t["heads"]["species"].update(positive_label="mint"),
            "positive_label is not a key",
        ),
    ],
)
def test_a_sigmoid_that_does_not_say_its_label_is_refused(path, change, expected):
    edit_manifest(path, change)
    with pytest.raises(BundleError, match=expected):
        bundle.load(path)


def test_labels_that_do_not_match_the_outputs_are_refused(path):
    edit_manifest(path, lambda tree: tree["heads"]["species"]["labels"].remove("mint"))
    entries = {k: v for k, v in tiny_bundle.species_tree().items() if k != "mint"}
    rewrite(path, bundle.SPECIES, yaml.safe_dump({"species": entries}).encode())
    with pytest.raises(BundleError, match="labels and outputs do not match"):
        bundle.load(path)


def test_species_must_cover_the_labels_and_nothing_else(path):
    entries = tiny_bundle.species_tree()
    entries["yew"] = entries.pop("mint")
    rewrite(path, bundle.SPECIES, yaml.safe_dump({"species": entries}).encode())
    with pytest.raises(BundleError, match="no entry for mint; yew is not a label"):
        bundle.load(path)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"poisonous": "no"}, "clover.poisonous is 'no'"),
        ({"scientific_name": " "}, "clover.scientific_name is missing"),
        ({"look_alikes": ["yew"]}, "expected name and tell_apart"),
        ({"look_alikes": "yew"}, "expected name and tell_apart"),
    ],
)
def test_a_wrong_species_entry_is_named(path, change, expected):
    entries = tiny_bundle.species_tree()
    entries["clover"].update(change)
    rewrite(path, bundle.SPECIES, yaml.safe_dump({"species": entries}).encode())
    with pytest.raises(BundleError, match=expected):
        bundle.load(path)


def test_a_species_entry_that_is_no_section_is_named(path):
    entries = dict(tiny_bundle.species_tree(), clover="a leaf")
    rewrite(path, bundle.SPECIES, yaml.safe_dump({"species": entries}).encode())
    with pytest.raises(BundleError, match="clover is 'a leaf'; expected a section"):
        bundle.load(path)


def test_species_without_its_section_is_refused(path):
    rewrite(path, bundle.SPECIES, b"[]")
    with pytest.raises(BundleError, match="no section 'species'"):
        bundle.load(path)


def test_species_may_not_say_less_than_the_manifest(path):
    entries = tiny_bundle.species_tree()
    entries["hemlock"]["poisonous"] = False
    rewrite(path, bundle.SPECIES, yaml.safe_dump({"species": entries}).encode())
    with pytest.raises(BundleError, match="never less"):
        bundle.load(path)


def test_species_may_say_more_than_the_manifest(path):
    entries = tiny_bundle.species_tree()
    entries["nettle"]["poisonous"] = True
    rewrite(path, bundle.SPECIES, yaml.safe_dump({"species": entries}).encode())
    head = bundle.load(path).species_head
    assert dict(zip(head.labels, head.poisonous))["nettle"]


def test_golden_that_is_no_archive_is_refused(path):
    rewrite(path, bundle.GOLDEN, b"PK nothing")
    with pytest.raises(BundleError, match="golden.npz cannot be read"):
        bundle.load(path)


def cut_in_the_middle(path) -> None:
    with open(os.path.join(path, bundle.GOLDEN), "rb") as source:
        data = source.read()
    rewrite(path, bundle.GOLDEN, data[: len(data) // 2])


def one_flipped_byte(path) -> None:
    with open(os.path.join(path, bundle.GOLDEN), "rb") as source:
        data = bytearray(source.read())
    data[len(data) // 3] ^= 0x55
    rewrite(path, bundle.GOLDEN, bytes(data))


def member(name, data):
    """Put other bytes in the place of one array."""

    def replace(path) -> None:
        golden = os.path.join(path, bundle.GOLDEN)
        with zipfile.ZipFile(golden) as packed:
            kept = {each: packed.read(each) for each in packed.namelist()}
        with zipfile.ZipFile(golden, "w") as packed:
            for each, content in dict(kept, **{name: data}).items():
                packed.writestr(each, content)
        with open(golden, "rb") as source:
            rewrite(path, bundle.GOLDEN, source.read())

    return replace


def packed_otherwise(place, value):
    """Change a field of each entry of the archive's directory."""

    def change(path) -> None:
        with open(os.path.join(path, bundle.GOLDEN), "rb") as source:
            data = bytearray(source.read())
        for found in re.finditer(b"PK\x01\x02", bytes(data)):
            data[found.start() + place] = value
        rewrite(path, bundle.GOLDEN, bytes(data))

    return change


def number(value) -> bytes:
    made = io.BytesIO()
    np.save(made, np.asarray(value))
    return made.getvalue()


def swollen(path) -> None:
    name = os.path.join(path, bundle.GOLDEN)
    with zipfile.ZipFile(name, "a", zipfile.ZIP_DEFLATED, allowZip64=True) as packed:
        with packed.open("more.npy", "w", force_zip64=True) as more:
            for _ in range((bundle.GOLDEN_MAX_BYTES >> 20) + 1):
                more.write(bytes(1 << 20))
    with open(name, "rb") as source:
        data = source.read()
    rewrite(path, bundle.GOLDEN, data)


def manifest_line(line):
    def append(path) -> None:
        with open(os.path.join(path, bundle.MANIFEST), "a", encoding="utf-8") as target:
            target.write(line + "\n")

    return append


LAUGHS = "".join(
    "{}: &{} [{}]\n".format(name, name, ", ".join(["*" + before] * 9) if before else "lol")
    for before, name in zip(["", *"abcdefgh"], "abcdefghi")
)
FOREIGN = {
    "golden cut": cut_in_the_middle,
    "golden flipped": one_flipped_byte,
    "golden swollen": swollen,
    "golden with no array": member("tensors.npy", b"x"),
    "golden with no list": member("pictures.npy", number(1)),
    "golden near with no array": member("near_pictures.npy", b"x"),
    "golden near with no list": member("near_pictures.npy", number(1)),
    "golden of a later zip": packed_otherwise(6, 255),
    "golden with a password": packed_otherwise(8, 1),
    "golden packed otherwise": packed_otherwise(10, 77),
    "a date that is none": manifest_line("note: 2026-13-45"),
    "a number of a million digits": manifest_line("note: " + "9" * 1000000),
    "billion laughs": manifest_line(LAUGHS),
    "binary that is none": manifest_line("note: !!binary x"),
    "a key that is a list": manifest_line("? [a, b]\n: c"),
    "nested deeply": manifest_line("note: " + "[" * 5000),
    "larger than a manifest": manifest_line("# " + "x" * (5 << 20)),
}


@pytest.mark.parametrize("fault", FOREIGN)
def test_whatever_a_library_raises_on_foreign_bytes_is_a_bundle_error(path, fault):
    FOREIGN[fault](path)
    with pytest.raises(BundleError, match="model bundle") as caught:
        bundle.load(path)
    assert len(str(caught.value)) < 1000


def engine_of(loaded):
    return engine_from_config(EngineConfig(backend="onnxruntime", threads=1), loaded)


def test_self_test_passes_on_a_true_bundle(path):
    loaded = bundle.load(path)
    with engine_of(loaded) as engine:
        self_test(loaded, engine)


def test_self_test_refuses_an_engine_that_answers_otherwise(path):
    loaded = bundle.load(path)
    wrong = loaded._replace(golden=loaded.golden._replace(species=-loaded.golden.species))
    with engine_of(loaded) as engine, pytest.raises(BundleError, match="species head differs by"):
        self_test(wrong, engine)


def test_self_test_refuses_nan_in_the_reference(path):
    loaded = bundle.load(path)
    nan = np.full_like(loaded.golden.poison, np.nan)
    wrong = loaded._replace(golden=loaded.golden._replace(poison=nan))
    with engine_of(loaded) as engine, pytest.raises(BundleError, match="poison head differs"):
        self_test(wrong, engine)


def test_self_test_refuses_another_preprocessing(path):
    loaded = bundle.load(path)
    other = loaded.manifest._replace(input=loaded.manifest.input._replace(colour="BGR"))
    with engine_of(loaded) as engine, pytest.raises(BundleError, match="grey levels"):
        self_test(loaded._replace(manifest=other), engine)


def test_an_unreadable_graph_is_an_engine_error(path):
    rewrite(path, bundle.MODEL, b"not a graph")
    with pytest.raises(EngineError, match="cannot load"):
        engine_of(bundle.load(path)).open()


def test_a_graph_with_other_outputs_is_an_engine_error(path):
    edit_manifest(path, lambda tree: tree["heads"]["species"].update(output="other"))
    with pytest.raises(EngineError, match="the manifest names"):
        engine_of(bundle.load(path)).open()


def test_an_unknown_backend_is_an_engine_error(path):
    with pytest.raises(EngineError, match="expected one of onnxruntime, tensorrt, fake"):
        engine_from_config(EngineConfig(backend="tpu"), bundle.load(path))


def test_a_bundle_is_proven_as_it_lies_on_the_disk(path):
    prove(path)
    golden = dict(np.load(os.path.join(path, bundle.GOLDEN)))
    golden["species"] = -golden["species"]
    np.savez(os.path.join(path, "other.npz"), **golden)
    with open(os.path.join(path, "other.npz"), "rb") as source:
        rewrite(path, bundle.GOLDEN, source.read())
    os.unlink(os.path.join(path, "other.npz"))
    with pytest.raises(BundleError, match="species head differs by"):
        prove(path)
