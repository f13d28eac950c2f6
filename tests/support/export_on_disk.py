"""What an export does on a disk that is full; run by support.small_disk."""

import io
import os
from pathlib import Path
from typing import Any, Dict

from plantd.cli import main
from support.record_on_disk import fill
from support.recorded_presses import record_presses


def onto_a_full_disk(disk: str) -> Dict[str, Any]:
    """Record a press, fill the disk, export beside the record; nothing else writes there."""
    record_presses(Path(disk), 3)
    fill(disk + "/filler")
    before = sorted(os.listdir(disk))
    seen: Dict[str, Any] = {}
    for name, words in (("file", [disk + "/all.csv"]), ("folder", ["--pictures", disk + "/set"])):
        out, err = io.StringIO(), io.StringIO()
        code = main(["export", "--state", disk, *words], out, err, {})
        seen[name] = [code, err.getvalue()]
    out, err = io.StringIO(), io.StringIO()
    seen["read"] = [
        main(["export", "--state", disk], out, err, {}),
        len(out.getvalue().split("\n")),
    ]
    seen["left"] = sorted(set(os.listdir(disk)) - set(before))
    return seen
