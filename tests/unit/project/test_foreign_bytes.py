"""Every module that reads bytes of others stands in tests/fuzz/README.md with what fuzzes it."""

import ast
import re
from pathlib import Path
from typing import Iterator, List, Set, Tuple

from support.checkout import TOP

README = TOP / "tests" / "fuzz" / "README.md"
ROOTS = ("daemon", "engines", "calibration", "fleet")
# A call of one of these takes bytes from somewhere, or takes them apart.
FUNCTIONS = set("Database parse_qs tree_from_json tree_from_yaml tree_from_yaml_file".split())
METHODS = set(
    "check_output communicate frombuffer imdecode iter_unpack loop_read ParseFromString Popen "
    "read_bytes read_text readline recv recvfrom recv_into recvmsg unpack unpack_from".split()
)
OF_MODULES = {
    "csv": {"reader", "DictReader"},
    "ElementTree": {"parse", "fromstring"},
    "json": {"load", "loads"},
    "kernel_files": {"kilobytes", "names", "number", "text"},
    "np": {"load"},
    "onnx": {"load"},
    "os": {"read"},
    "pickle": {"load", "loads"},
    "polib": {"pofile"},
    "sqlite3": {"connect"},
    "subprocess": {"run"},
    "tarfile": {"open"},
    "torch": {"load"},
    "yaml": {"load", "safe_load"},
    "zipfile": {"ZipFile"},
}
WRITING = re.compile("[wax]")


def reads(call: ast.Call) -> bool:
    """Return whether a call is one of the above, or opens a file to read."""
    called = call.func
    if isinstance(called, ast.Name):
        return called.id in FUNCTIONS or (called.id == "open" and not _writes(call.args[1:]))
    if not isinstance(called, ast.Attribute):
        return False
    owner = called.value.id if isinstance(called.value, ast.Name) else ""
    return called.attr in METHODS or called.attr in OF_MODULES.get(owner, ())


def _writes(arguments: List[ast.expr]) -> bool:
    if not arguments:
        return False
    # ast.Str before Python 3.8; from 3.12 on a Constant warns of being asked for `s`.
    field = "s" if type(arguments[0]).__name__ == "Str" else "value"
    mode = getattr(arguments[0], field, "")
    return isinstance(mode, str) and bool(WRITING.search(mode))


def readers() -> Set[str]:
    """Return the modules of the product that read."""
    found = set()
    for root in ROOTS:
        for path in sorted((TOP / root).rglob("*.py")):
            calls = (
                n
                for n in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(n, ast.Call)
            )
            if any(reads(call) for call in calls):
                found.add(module_of(path.relative_to(TOP / root)))
    return found


def module_of(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def rows(column: str = "") -> Iterator[Tuple[str, str, str]]:
    """Return the README's rows: what, the modules' names, what tries them or why nothing does.

    Args:
        column: only of tables whose last column is called so.
    """
    head = ""
    for line in README.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| what |"):
            head = cells[2]
        elif line.startswith("| ") and column in ("", head):
            yield cells[0], cells[1], cells[2]


def quoted(cell: str) -> List[str]:
    return re.findall("`([^`]+)`", cell)


def campaign_readers() -> Set[str]:
    files = sorted((TOP / "tests" / "campaigns").glob("*readers.py"))
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    return set(re.findall(r'^    "([^"]+)": Reader\(', text, re.MULTILINE))


def test_every_module_that_reads_stands_in_the_table() -> None:
    listed = {name for _, modules, _ in rows() for name in quoted(modules)}
    assert sorted(readers() - listed) == []


def test_every_module_in_the_table_is_there() -> None:
    for _, modules, _ in rows():
        for name in quoted(modules):
            path = name.replace(".", "/")
            places = [
                TOP / root / (path + end) for root in ROOTS for end in (".py", "/__init__.py")
            ]
            assert any(place.is_file() for place in places), name


def test_what_tries_a_reader_is_there() -> None:
    known = campaign_readers()
    tried: Set[str] = set()
    for _, _, by in rows("tried by"):
        assert quoted(by), by
        for name in quoted(by):
            if name.startswith("tests/"):
                assert (TOP / name).exists(), name
            else:
                assert name in known, name
                tried.add(name)
    assert sorted(known - tried) == []


def test_a_module_that_reads_is_seen() -> None:
    seen = {"open(p)": True, "open(p, 'wb')": False, "json.loads(t)": True, "x.write(b)": False}
    for code, is_reading in seen.items():
        call = ast.parse(code).body[0].value  # type: ignore[attr-defined]
        assert reads(call) is is_reading, code
