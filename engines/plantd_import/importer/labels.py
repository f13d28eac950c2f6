"""Files of labels, as people have them: text, numbered text, CSV, JSON.

What could be read in two ways is refused with its name: one label too many or too few and every
answer names the wrong plant.
"""

import codecs
import csv
import re
import unicodedata
from collections import Counter
from typing import Any, List, Optional, Sequence, Tuple

from plantd.errors import GraphError, NotFoundError
from plantd.system.json_text import tree_from_json

EXPECTED = "expected one label a line, in the order of the network's outputs"
# "0:ivy", "0,ivy", "0 ivy": a number, what separates, a label.
_DIGITS_MAX = 9
_NUMBERED = re.compile(r"^(\d{1,9})(?:\s*[:,]\s*|\s+)(.+)$")
_LINE_END = re.compile("\r\n|\r|\n")
_DOS_END_OF_FILE = "\x1a"
_WIDE_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
# Control characters, those of no width, and separators of lines and paragraphs.
_INVISIBLE = ("Cc", "Cf", "Zl", "Zp")


def labels_from_file(path: str) -> Tuple[str, ...]:
    """Return the labels of a file in the order of the network's outputs, in Unicode's form C.

    Lines may be numbered, if all are and the numbers run from 0 without a gap. CSV may have a
    column of such numbers; JSON is a list, or numbers by label as Keras' `class_indices`. Two
    labels with the same words are told apart by their numbers. Raises NotFoundError, GraphError.
    """
    text = _text(path)
    if not text.strip():
        raise _refused(path, "is empty")
    if text.lstrip().startswith(("[", "{")):
        labels = _labels_of_json(text, path)
    elif path.lower().endswith(".csv"):
        labels = _labels_of_csv(text, path)
    else:
        labels = _labels_of_lines(text, path)
    for number, label in enumerate(labels, 1):
        _check_visible(label, number, path)
    return _told_apart([normalised(label) for label in labels])


def normalised(label: str) -> str:
    """Return a label without space around it and in Unicode's form C: an umlaut is one letter."""
    return unicodedata.normalize("NFC", label.strip())


def look_alike(label: str, others: Sequence[str]) -> Optional[str]:
    """Return another label that differs in nothing but case, spaces or Unicode's form."""
    return next((other for other in others if _seen(other) == _seen(label)), None)


def _seen(label: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", label).casefold().split())


def _text(path: str) -> str:
    try:
        with open(path, "rb") as source:
            content = source.read()
    except OSError as error:
        raise NotFoundError("{} cannot be read: {}".format(path, error.strerror)) from error
    for mark, name in _WIDE_MARKS:
        if content.startswith(mark):
            raise _refused(path, "is {} text; save it as UTF-8".format(name))
    try:
        return content.decode("utf-8-sig").rstrip(_DOS_END_OF_FILE)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = "is not text in UTF-8 (line {}, byte 0x{:02x}); save it as UTF-8"
        raise _refused(path, what.format(line, content[error.start])) from error


def _labels_of_lines(text: str, path: str) -> List[str]:
    lines = [line.strip() for line in _LINE_END.split(text)]
    while lines and not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines, 1):
        if not line:
            raise _refused(path, "has an empty line {} between its labels".format(number))
        if line.startswith("#"):
            raise _refused(path, "has a comment in line {}; take it out".format(number))
    if re.match(r"item\s*\{", lines[0]):
        what = "is a label map of the object detection API, whose numbers begin at 1"
        raise _refused(path, what + "; write down its names")
    for separator, name in ((";", "semicolons"), ("\t", "tabs")):
        fields = {line.count(separator) for line in lines}
        if len(fields) == 1 and 0 not in fields and not _NUMBERED.match(lines[0]):
            raise _refused(path, "is a table, its fields separated by {}".format(name))
    return _without_numbers(lines, path)


def _without_numbers(lines: List[str], path: str) -> List[str]:
    matches = [_NUMBERED.match(line) for line in lines]
    if matches[0] is None or (not all(matches) and matches[0].group(1) != "0"):
        return lines
    for place, match in enumerate(matches):
        if match is None:
            raise _refused(path, "has no number in line {}, the first has one".format(place + 1))
        _check_number(int(match.group(1)), place, path)
    return [match.group(2) for match in matches if match is not None]


def _labels_of_csv(text: str, path: str) -> List[str]:
    try:
        rows = [row for row in csv.reader(_LINE_END.split(text), skipinitialspace=True) if row]
    except csv.Error as error:
        raise _refused(path, "is not CSV ({})".format(error)) from error
    if len(rows) > 1 and len(rows[0]) > 1 and not _number_in(rows[0]) and _number_in(rows[1]):
        del rows[0]
    widths = {len(row) for row in rows}
    if widths == {1}:
        return [row[0] for row in rows]
    if widths != {2} or not all(_number_in(row) for row in rows):
        what = "is CSV whose columns are not a number and a label"
        raise _refused(path, what)
    found = []
    for place, row in enumerate(rows):
        number, label = row if _is_number(row[0]) else row[::-1]
        _check_number(int(number), place, path)
        found.append(label)
    return found


def _number_in(row: Sequence[str]) -> bool:
    return any(_is_number(field) for field in row)


def _is_number(field: str) -> bool:
    """Whether it is one that can be a label's: a superscript is no digit to count by."""
    return field.strip().isdecimal() and len(field.strip()) <= _DIGITS_MAX


def _labels_of_json(text: str, path: str) -> List[str]:
    try:
        tree = tree_from_json(text)
    except ValueError as error:
        raise _refused(path, "looks like JSON and is not JSON ({})".format(error)) from error
    pairs = _pairs(tree) if isinstance(tree, dict) else list(enumerate(tree))
    for place, (number, label) in enumerate(pairs):
        if type(number) is not int or not isinstance(label, str) or not label.strip():
            what = "is JSON that is neither a list of labels nor numbers by label"
            raise _refused(path, what)
        _check_number(number, place, path)
    return [label for _, label in pairs]


def _pairs(tree: Any) -> List[Tuple[Any, Any]]:
    """Return (number, label) in order, of numbers by label or of labels by number."""
    if all(str(key).isdigit() for key in tree):
        return sorted(((int(key), label) for key, label in tree.items()), key=lambda pair: pair[0])
    pairs = [(number, label) for label, number in tree.items()]
    return sorted(pairs, key=lambda pair: pair[0] if type(pair[0]) is int else -1)


def _check_number(number: int, place: int, path: str) -> None:
    if number != place:
        raise GraphError(
            "{}: line {} is numbered {}; expected {}: numbers run from 0, labels stand in the "
            "order of the network's outputs".format(path, place + 1, number, place)
        )


def _check_visible(label: str, number: int, path: str) -> None:
    for character in label.strip():
        if unicodedata.category(character) in _INVISIBLE:
            name = unicodedata.name(character, "a control character")
            what = "has a character that nobody sees in label {}: U+{:04X} ({}); take it out"
            raise _refused(path, what.format(number, ord(character), name))


def _told_apart(labels: List[str]) -> Tuple[str, ...]:
    repeated = {label for label, times in Counter(labels).items() if times > 1}
    return tuple(
        "{} ({})".format(label, number) if label in repeated else label
        for number, label in enumerate(labels)
    )


def _refused(path: str, what: str) -> GraphError:
    return GraphError("{} {}; {}".format(path, what, EXPECTED))
