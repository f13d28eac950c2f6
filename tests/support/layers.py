"""The architecture as checks: who may import whom, what may be called how.

How this works: modules_in() reads every module below the roots without importing it, and each
check returns one sentence per violation, so that an empty list means that the rule holds.
"""

import ast
import sys
from pathlib import Path
from typing import Dict, FrozenSet, List, NamedTuple, Optional, Tuple

# One way only, and any step may be skipped: each may import those to its left.
ORDER = (
    "plantd",
    "plantd_engines",
    "plantd_import",
    "plantd_calibration",
    "plantd_training",
    "plantd_fleet",
)

ROOTS = {
    "plantd": "daemon/plantd",
    "plantd_engines": "engines/plantd_engines",
    "plantd_import": "engines/plantd_import",
    "plantd_calibration": "calibration/plantd_calibration",
    "plantd_training": "engines/plantd_training",
    "plantd_fleet": "fleet/plantd_fleet",
}

# Library -> the modules that may import it; "plantd.camera." stands for everything below it.
ALLOWED = {
    "cv2": ("plantd.camera.", "plantd.picture", "plantd.tensor"),
    "tensorflow": ("plantd_import.", "plantd_training."),
    "keras": ("plantd_import.", "plantd_training."),
    "tf_keras": ("plantd_import.", "plantd_training."),
    "tf2onnx": ("plantd_import.", "plantd_training."),
}
# Each by one wrapper, wherever that is.
WRAPPED = ("tensorrt", "pycuda", "Jetson", "periphery", "jtop", "evdev")

PURE = ("plantd.tensor", "plantd.heads", "plantd.verdict", "plantd.wire", "plantd.quality")
IMPURE = (
    "asyncio datetime io logging multiprocessing os pathlib random select shutil signal socket "
    "sqlite3 subprocess sys tempfile threading time"
).split()

VAGUE = frozenset("util utils helper helpers common manager managers base misc".split())
LIBRARIES = frozenset(
    "aiohttp cv2 evdev gpiod h5py hypothesis jetson jinja2 jtop keras matplotlib numpy onnx "
    "onnxruntime openvino periphery pil pycuda pytest scipy sdnotify sklearn tensorflow tensorrt "
    "tf2onnx torch yaml".split()
)
PROGRAMS = frozenset("ffmpeg gstreamer nvargus nvpmodel systemd systemctl tegrastats".split())
# Python 3.6 cannot list its own library: there the check knows fewer names.
STANDARD: FrozenSet[str] = frozenset(getattr(sys, "stdlib_module_names", ()))


class Import(NamedTuple):
    """One name that a module imports, with the line where it does."""

    name: str
    line: int


class Module(NamedTuple):
    """One source file: its dotted name and everything it imports, also inside functions."""

    name: str
    path: Path
    imports: Tuple[Import, ...]


def modules_in(top: Path) -> List[Module]:
    """Return every module below the roots of the project at `top`."""
    found = []
    for root, folder in ROOTS.items():
        for path in sorted((top / folder).rglob("*.py")):
            found.append(module_at(path, root, top / folder))
    return found


def module_at(path: Path, root: str, folder: Path) -> Module:
    """Return the module at `path`, which lies below the root's folder."""
    parts = (root,) + path.relative_to(folder).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    if is_package:
        parts = parts[:-1]
    package = parts if is_package else parts[:-1]
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    imports = [found for node in ast.walk(tree) for found in _imports_of(node, package)]
    return Module(".".join(parts), path, tuple(imports))


def _imports_of(node: ast.AST, package: Tuple[str, ...]) -> List[Import]:
    if isinstance(node, ast.Import):
        return [Import(alias.name, node.lineno) for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        start = package[: len(package) - node.level + 1] if node.level else ()
        source = ".".join(start + ((node.module,) if node.module else ()))
        return [Import(source + "." + alias.name, node.lineno) for alias in node.names]
    name = _imported_by_call(node)
    return [Import(name, node.lineno)] if name and isinstance(node, ast.Call) else []


def _imported_by_call(node: ast.AST) -> Optional[str]:
    """Return X of importlib.import_module("X") and __import__("X")."""
    if not isinstance(node, ast.Call) or not node.args:
        return None
    called = getattr(node.func, "attr", getattr(node.func, "id", ""))
    if called not in ("import_module", "__import__"):
        return None
    # Python 3.6 has ast.Str where later ones have ast.Constant.
    name = getattr(node.args[0], "s" if sys.version_info < (3, 8) else "value", None)
    return name if isinstance(name, str) else None


def top_of(name: str) -> str:
    """Return the part before the first dot."""
    return name.partition(".")[0]


def is_below(name: str, allowed: Tuple[str, ...]) -> bool:
    """Return whether a module is one of `allowed` or lies in one of its packages."""
    return any(
        name == item.rstrip(".") or name.startswith(item.rstrip(".") + ".")
        if item.endswith(".")
        else name == item
        for item in allowed
    )


def wrong_way(modules: List[Module]) -> List[str]:
    """Imports that go against the order of the roots."""
    rank = {root: place for place, root in enumerate(ORDER)}
    return [
        "%s:%d: %s imports %s: imports go %s"
        % (module.path, found.line, module.name, found.name, " -> ".join(reversed(ORDER)))
        for module in modules
        for found in module.imports
        if rank.get(top_of(found.name), 0) > rank[top_of(module.name)]
    ]


def in_wrong_place(modules: List[Module]) -> List[str]:
    """Imports of a library by a module that may not have it."""
    return [
        "%s:%d: %s imports %s, which only %s may"
        % (module.path, found.line, module.name, found.name, ", ".join(allowed))
        for library, allowed in ALLOWED.items()
        for module in modules
        for found in module.imports
        if top_of(found.name) == library and not is_below(module.name, allowed)
    ]


def more_than_one_wrapper(modules: List[Module]) -> List[str]:
    """Libraries of the device that more than one module imports."""
    users: Dict[str, List[str]] = {library: [] for library in WRAPPED}
    for module in modules:
        for library in {top_of(found.name) for found in module.imports} & set(WRAPPED):
            users[library].append(module.name)
    return [
        "%s is imported by %s: it has one wrapper" % (library, ", ".join(names))
        for library, names in users.items()
        if len(names) > 1
    ]


def impure(modules: List[Module]) -> List[str]:
    """Pure modules that know a clock, a file, a log, a thread or a socket."""
    return [
        "%s:%d: %s is pure and imports %s" % (module.path, found.line, module.name, found.name)
        for module in modules
        if module.name in PURE
        for found in module.imports
        if top_of(found.name) in IMPURE
    ]


def badly_named(modules: List[Module]) -> List[str]:
    """Modules named after a library or a program, or by a word that says nothing."""
    found = []
    for module in modules:
        last = module.name.rpartition(".")[2]
        if last.startswith("__"):
            continue
        if last in VAGUE:
            found.append("%s: %s says nothing about what is in it" % (module.path, last))
        elif last in LIBRARIES | PROGRAMS | STANDARD:
            found.append("%s: %s is the name of a library or a program" % (module.path, last))
    return found


def without_readme(modules: List[Module]) -> List[str]:
    """Package folders that do not say what lives there."""
    folders = sorted({module.path.parent for module in modules})
    return [
        "%s: no README.md" % folder for folder in folders if not (folder / "README.md").exists()
    ]
