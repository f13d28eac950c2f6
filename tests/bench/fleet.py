"""One million drawn verdicts of forty boxes: collected, and every ready question asked.

usage: tests/bench/fleet.py [--verdicts N] [--boxes 40] [--folder FOLDER]    (make bench-fleet)

Each box's export is drawn, collected and deleted in turn, as sticks come in. What a hundred times
as many would take is computed from these figures, as a straight line, and is no measurement.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
for _room in ("daemon", "engines", "fleet", "tests"):
    sys.path.insert(0, str(TOP / _room))

from support import wire_samples as samples  # noqa: E402

from plantd_fleet.collecting import collect  # noqa: E402
from plantd_fleet.questions import QUESTIONS, ask  # noqa: E402
from plantd_fleet.records import Records  # noqa: E402
from plantd_fleet.records_report import page  # noqa: E402

READING_EACH = 5
LABEL_EACH = 50


def draw(path: Path, box: int, count: int) -> int:
    """Write the export of one box over a year, readings among it; return its bytes."""
    chance = random.Random(box)
    verdict = {**samples.verdict(1), "picture": None}
    identity = {"name": "box-{:02d}".format(box), "id": "{:012x}".format(box)}
    plants = ("lily_of_the_valley", "Wild_Leek", "foxglove", "Vervain_Mallow")
    with open(path, "w", encoding="ascii") as target:
        for seq in range(1, count + 1):
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1.767e9 + seq * 3.1e7 / count))
            mono_s, heat = seq * 60.0, 30 + 50 * chance.random()
            if seq % READING_EACH == 1:
                told = {"type": "telemetry", "box": identity, "boot_id": "b", "mono_s": mono_s - 1}
                told.update(wall=at, temperatures_c={"CPU": round(heat, 1)})
                target.write(json.dumps(told) + "\n")
            p = chance.random()
            species = {**verdict["species"][0], "label": chance.choice(plants), "p": round(p, 3)}
            said = {"label": "Wild_Leek", "poisonous": False, "by": "ida", "wall": at}
            verdict.update(
                seq=seq,
                box=identity,
                wall=at,
                boot_id="b",
                mono_s=mono_s,
                model="plants70 1.{}.0".format(seq * 3 // (count + 1)),
                verdict="poisonous" if p > 0.5 else "unsure",
                species=[species],
                latency_ms={"infer": 27.0 + heat / 10, "total": round(90 + heat, 1)},
                label=said if seq % LABEL_EACH == 0 else None,
            )
            target.write(json.dumps(verdict) + "\n")
    return path.stat().st_size


def main() -> int:
    """Draw, collect, ask; print what each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verdicts", type=int, default=1_000_000)
    parser.add_argument("--boxes", type=int, default=40)
    parser.add_argument("--folder", default=None, help="where the records stay; default: nowhere")
    asked = parser.parse_args()
    folder = Path(asked.folder or tempfile.mkdtemp(prefix="plantd-fleet-"))
    folder.mkdir(parents=True, exist_ok=True)
    records, export = Records(str(folder / "records")), folder / "export.jsonl"
    drawn_bytes, collecting_s, taken = 0, 0.0, 0
    for box in range(1, asked.boxes + 1):
        drawn_bytes += draw(export, box, asked.verdicts // asked.boxes)
        began = time.perf_counter()
        taken += collect(records, [str(export)]).added.verdicts
        collecting_s += time.perf_counter() - began
    began = time.perf_counter()
    again = collect(records, [str(export)]).added.verdicts
    again_s = time.perf_counter() - began
    export.unlink()
    files = list((folder / "records").rglob("*.parquet"))
    size = sum(path.stat().st_size for path in files)
    print(
        "{:,} verdicts of {} boxes, {:.0f} MB of JSON".format(taken, asked.boxes, drawn_bytes / 1e6)
    )
    print("collected in {:.1f} s; {} files, {:.1f} MB".format(collecting_s, len(files), size / 1e6))
    print("one box once more: {} new, {:.1f} s".format(again, again_s))
    asking_s = 0.0
    for name in QUESTIONS:
        began = time.perf_counter()
        rows = len(ask(records, name).rows)
        took = time.perf_counter() - began
        asking_s += took
        print("  {:13} {:5} rows {:7.2f} s".format(name, rows, took))
    began = time.perf_counter()
    text = page([], records).text
    took = time.perf_counter() - began
    (folder / "fleet.html").write_text(text, encoding="utf-8")
    print("one page of all of it: {:.0f} kB, {:.1f} s".format(len(text) / 1e3, took))
    times = 100_000_000 / max(taken, 1)
    print(
        "100,000,000 would take, as a straight line: {:.1f} h to collect, {:.1f} GB, {:.0f} s to "
        "ask all".format(collecting_s * times / 3600, size * times / 1e9, asking_s * times)
    )
    records.close()
    if asked.folder is None:
        shutil.rmtree(folder)
    return 0 if taken == asked.boxes * (asked.verdicts // asked.boxes) and again == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
