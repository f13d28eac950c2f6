"""One reader of foreign bytes, and what is done to what it takes."""

import itertools
import json
import random
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Tuple, Type

from campaigns.campaign import spoilt
from plantd.errors import PlantdError

CORPUS = Path(__file__).parent / "corpus"
# What no writer of ours puts there. A number of so many digits is more than Python turns into text.
ODD = (None, True, -1, 0, 10**30, 1e308, "", "x", "\u00b2", "\0", [], {}, [[]], {"": None}, "../x")
_DEEP = 100000


class Reader(NamedTuple):
    """One reader of foreign bytes.

    Attributes:
        seeds: what it is given to begin with.
        read: asks it; the folder is the campaign's own.
        refuses: what it may raise.
        rounds: of bytes that are spoilt, beside the seeds and what was found before.
    """

    seeds: Callable[[], List[bytes]]
    read: Callable[[bytes, Path], object]
    refuses: Tuple[Type[BaseException], ...] = (PlantdError,)
    rounds: int = 20


def read_anyhow(
    readers: Mapping[str, Reader], chance: random.Random, folder: Path
) -> Dict[str, int]:
    """Spoil what each reader takes; what was found before comes first, from the corpus."""
    counts: Dict[str, int] = {}
    for name, reader in readers.items():
        known = reader.seeds() + [path.read_bytes() for path in corpus_of(name)]
        others = (spoilt_anyhow(chance.choice(known), chance) for _ in range(reader.rounds))
        for data in itertools.chain(known, others):
            try:
                reader.read(data, folder)
                counts[name + " read"] = counts.get(name + " read", 0) + 1
            except reader.refuses:
                counts[name + " refused"] = counts.get(name + " refused", 0) + 1
            except Exception as error:
                found = folder / (name.replace(" ", "_") + ".finding")
                found.write_bytes(data)
                raise AssertionError("{} of {!r}: {!r}".format(name, data[:200], error)) from error
    return counts


def corpus_of(name: str) -> List[Path]:
    """Return what was once a finding of this reader, one a file."""
    place = CORPUS / name.replace(" ", "_")
    return sorted(place.iterdir()) if place.is_dir() else []


def spoilt_anyhow(data: bytes, chance: random.Random) -> bytes:
    """Return bytes with changes: of JSON as often of a value that is another as of a byte."""
    if data[:1] not in (b"{", b"[") or chance.random() < 0.5:
        return spoilt(data, chance)
    try:
        tree = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return spoilt(data, chance)
    for _ in range(chance.randint(1, 3)):
        tree = _other(tree, chance)
    return json.dumps(tree).encode("utf-8")


def nested() -> bytes:
    """Return JSON that is nested more deeply than Python reads."""
    return b'{"a": ' + b"[" * _DEEP + b"]" * _DEEP + b"}"


def _other(tree: Any, chance: random.Random) -> Any:
    """Return the tree with one value changed, left out or called otherwise."""
    if not isinstance(tree, (dict, list)) or not tree or chance.random() < 0.15:
        return chance.choice(ODD)
    key = chance.choice(sorted(tree) if isinstance(tree, dict) else range(len(tree)))
    kept = dict(tree) if isinstance(tree, dict) else list(tree)
    kind = chance.randrange(8)
    if kind == 0:
        del kept[key]
    elif kind == 1 and isinstance(kept, dict):
        kept[chance.choice(("", "x", "\u00b2"))] = kept.pop(key)
    else:
        kept[key] = _other(kept[key], chance)
    return kept
