"""What species.yaml of the default model knows about plants, for labels of the same name."""

from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional

from plantd import bundle
from plantd.bundle.species import RANKS, plain
from plantd_import.importer.labels import look_alike
from plantd_import.importer.metadata import content_of_yaml

FILE = Path(__file__).resolve().parents[2] / "bundles" / "plants70" / bundle.SPECIES


def read_known() -> Dict[str, Any]:
    """Return the content of the default model's species.yaml."""
    tree: Dict[str, Any] = content_of_yaml(str(FILE))
    return tree


def entry_of(label: str, known: Mapping[str, Any]) -> Optional[Dict[str, Any]]:
    """Return what is known of the plant with this name; case and underscores are one."""
    entries = {plain(name): entry for name, entry in known["species"].items()}
    name = look_alike(plain(label), list(entries))
    return None if name is None else dict(entries[name])


def taxa_of(entries: List[Dict[str, Any]], known: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the words for genera and families that these entries name."""
    named = {
        plural: {
            name: words
            for name, words in known.get(plural, {}).items()
            if any(entry.get(rank) == name for entry in entries)
        }
        for rank, plural in RANKS
    }
    return {plural: words for plural, words in named.items() if words}
