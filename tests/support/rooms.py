"""The rooms inside the roots as checks: which stands below which, and by which door one enters.

How this works: a room is a folder of a root, or a module that stands in the root itself. LAYERS
orders the rooms of each root from the top down; a room imports only what stands in a row below its
own, so that no two rooms can stand in a circle. DOORS names the modules of a room that other rooms
of its root may import; everything else in it is private. Other roots come in by any door: their
order is support.layers.ORDER.
"""

import re
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Set, Tuple

from support.layers import Module, top_of

LAYERS = {
    "plantd": """
        __main__ cli
        support service
        doctor stick
        models
        export inference
        page
        api notifiers pipeline
        button camera engine exposition light sinks
        health
        assessment decoding prepared telemetry
        bundle config picture
        activation wire
        command_line
        formats gpio place system tensor texts verdict
        tree_reader
        errors frame heads messages picture_names quality words
        answers
    """,
    "plantd_training": """
        __main__
        cli
        methods
        export
        evaluation
        experiments
        networks reports
        data runtime trunks
    """,
    "plantd_engines": """
        __main__
        cli
        building tasks
        network proof supervision
        calibration
        graph precision preflight stamp store
    """,
    "plantd_import": """
        __main__
        cli
        benchmark
        importer
        onnx_graph
        pages tf_graph
    """,
    "plantd_fleet": """
        __main__
        cli
        records_report
        boxes
        ask_boxes collecting questions
        facts hosts records
    """,
    "plantd_calibration": """
        __main__
        cli
        publishing
        report
        quantization thresholds
        subsets
        data stats
        cluster
    """,
}

DOORS: Dict[str, str] = {
    "plantd.api": """
        appliance body client codes connections listening metrics_call peers query replies server
        stick_news
    """,
    "plantd.bundle": "itself naming",
    "plantd.button": "choice interface strokes",
    "plantd.camera": """
        capture_process choice diagnosis gstreamer_facts interface pipelines
    """,
    "plantd.config": """
        camera_controls commands displays file forms.camera_source forms.hook
        forms.http_address itself last_good rules.lines schema.keys text
    """,
    "plantd.decoding": "child_decoder",
    "plantd.doctor": "live probes report table",
    "plantd.engine": "clean_stdout idle_gpu interface machine plan registry self_test",
    "plantd.export": "dataset exporting lines occasions output",
    "plantd.formats": "jpeg_segments kinds orientation parts png_chunks png_rows",
    "plantd.gpio": "boards lines pins spi_port",
    "plantd.health": "limits remedies states trials watchdog",
    "plantd.inference": "loader replay_command thread",
    "plantd.light": "choice heard interface precedence",
    "plantd.models": """
        installing plan_build self_test_process signature store switch
        trial unpacking
    """,
    "plantd.notifiers": """
        choice display.choice display.scene mqtt.connection mqtt.login queued voice
    """,
    "plantd.page": "rendering server",
    "plantd.place": "finder gpsd_address position_reader regions surroundings",
    "plantd.service": "composition",
    "plantd.sinks": """
        interface log ndjson press_record record recording.commit recording.labels
        recording.picture_files recording.reader recording.rows recording.state recording.store
        stream
    """,
    "plantd.stick": "offer",
    "plantd.support": "archive contents redaction",
    "plantd.system": """
        box callbacks child_environment control_socket database durable file_identity hashed_file
        json_text libraries lifetime parent root_requests terminal threads
    """,
    "plantd.telemetry": """
        clock disk interface kernel_files latencies processes readings_json registry remembered
        status tegra_sysfs tegrastats_line
    """,
    "plantd.texts": "catalogue sentences spoken",
    "plantd_calibration.cli": "itself",
    "plantd_calibration.cluster": "joining option tasks",
    "plantd_calibration.data": """
        activation_pictures corruptions inference marks photo_lists photos predictions
        stranger_photos
    """,
    "plantd_calibration.publishing": "publish",
    "plantd_calibration.quantization": "device_set quantized_bundle",
    "plantd_calibration.report": "findings outcomes report thumbnails",
    "plantd_calibration.stats": "bounds labelled_scores linear_heads scores temperature",
    "plantd_calibration.subsets": "partition request subset targets",
    "plantd_calibration.thresholds": """
        calibrate corruption_results error_bounds fit head_temperatures ood_scores
        picture_limits
    """,
    "plantd_engines.calibration": "calibration_set entropy_calibrator feed",
    "plantd_engines.graph": "cast_folding dequantised_weights fp16 onnx_message",
    "plantd_engines.proof": "agreement golden_test int8_gate",
    "plantd_import.cli": "itself",
    "plantd_import.benchmark": "compare report study_material",
    "plantd_import.importer": "activating child importing labels metadata steps write_errors",
    "plantd_import.onnx_graph": "agreement class_activation convert fp16_weights merge rewrites",
    "plantd_import.pages": "page plots",
    "plantd_import.tf_graph": """
        findings graph_walk inference_graph loading quiet_tensorflow reference source study survey
        weight_stubs
    """,
    "plantd_training.cli": "itself",
    "plantd_training.data": "augment checks near_duplicates photos pictures pixel_files splits",
    "plantd_training.evaluation": """
        head_metrics held_out measures outputs predictors provisional_thresholds
        report report_page shared_answers verdict_table
    """,
    "plantd_training.experiments": "compare config fit runs",
    "plantd_training.export": """
        bundle_export evaluation_card latency model_card
    """,
    "plantd_training.methods": """
        by_name cross_validation material recipe recipe_file shared_out
    """,
    "plantd_training.networks": "folded_lite freeze heads network probe",
    "plantd_training.reports": "augment_previews contact_sheets eda eda_strangers",
    "plantd_training.runtime": "checkpoint distribution event_files exclusive interrupts team",
    "plantd_training.trunks": "itself lite",
}


def unnamed(modules: List[Module]) -> List[str]:
    """Modules that the README of their folder does not name in backticks."""
    return [
        "{}: {} does not name `{}`".format(module.name, readme, module.path.stem)
        for module in modules
        for readme in [module.path.with_name("README.md")]
        if not module.path.stem.startswith("__")
        and readme.exists()
        and module.path.stem not in _names_in(readme)
    ]


def _names_in(readme: Path) -> Set[str]:
    quoted = re.findall("`([^`]+)`", readme.read_text(encoding="utf-8"))
    return {name for words in quoted for name in re.findall("[a-z0-9_]+", words)}


class Crossing(NamedTuple):
    """One import that leaves its room for another room of the same root."""

    where: str
    source: str
    target: str
    module: str


def crossings(modules: List[Module]) -> Iterator[Crossing]:
    """Yield every import from one room into another room of the same root."""
    names = {module.name for module in modules}
    for module in modules:
        for found in module.imports:
            target = _module_of(found.name, names)
            source = _room_of(module.name)
            if not target or top_of(target) != top_of(module.name) or "." not in target:
                continue
            if "." in source and _room_of(target) != source:
                where = "%s:%d" % (module.path, found.line)
                yield Crossing(where, source, _room_of(target), target)


def upward(modules: List[Module]) -> List[str]:
    """Imports of a room that does not stand below the importing one."""
    ranks = _ranks()
    return [
        "%s: %s imports %s, which does not stand below it" % (each.where, each.source, each.target)
        for each in crossings(modules)
        if each.source in ranks and not ranks[each.source] < ranks.get(each.target, 0)
    ]


def without_a_row(modules: List[Module]) -> List[str]:
    """Rooms that LAYERS does not know."""
    ranks = _ranks()
    rooms = {_room_of(module.name) for module in modules if "." in module.name}
    return [
        "%s stands in no row of tests/support/rooms.py" % room
        for room in sorted(rooms)
        if top_of(room) in LAYERS and room not in ranks
    ]


def folder_circles(modules: List[Module]) -> List[str]:
    """Rooms that import each other, by whichever way round."""
    arrows: Dict[str, Set[str]] = {}
    for each in crossings(modules):
        arrows.setdefault(each.source, set()).add(each.target)
    reached = {room: _reached_from(room, arrows) for room in arrows}
    circles = {
        tuple(sorted(other for other in reached[room] if room in reached.get(other, ())))
        for room in arrows
        if room in reached[room]
    }
    return ["in a circle: %s" % ", ".join(circle) for circle in sorted(circles)]


def not_by_the_door(modules: List[Module]) -> List[str]:
    """Imports of a module that its room keeps to itself."""
    return [
        "%s: %s is private to %s, which other rooms enter by: %s"
        % (each.where, each.module, each.target, DOORS.get(each.target) or "nothing")
        for each in crossings(modules)
        if _is_folder(each.target, modules) and _inside(each) not in _doors(each.target)
    ]


def doors_that_nobody_uses(modules: List[Module]) -> List[str]:
    """Modules that DOORS offers and no other room imports."""
    used = {(each.target, _inside(each)) for each in crossings(modules)}
    return [
        "%s.%s is offered in tests/support/rooms.py; no other room imports it" % (room, door)
        for room in sorted(DOORS)
        for door in sorted(_doors(room))
        if (room, door) not in used
    ]


def _module_of(name: str, names: Set[str]) -> str:
    """Return the module that an imported name is, or lies in; "" where it is none of ours."""
    while name and name not in names:
        name = name.rpartition(".")[0]
    return name


def _room_of(module: str) -> str:
    return ".".join(module.split(".")[:2])


def _inside(each: Crossing) -> str:
    """Return the module's name below its room; "itself" for the folder's own __init__."""
    return each.module[len(each.target) + 1 :] or "itself"


def _doors(room: str) -> Set[str]:
    return set(DOORS.get(room, "").split())


def _is_folder(room: str, modules: List[Module]) -> bool:
    return any(module.name.startswith(room + ".") for module in modules)


def _ranks() -> Dict[str, int]:
    """Return room -> row, counted from the top."""
    return {
        root + "." + room: row
        for root, rows in LAYERS.items()
        for row, line in enumerate(rows.strip().splitlines(), 1)
        for room in line.split()
    }


def _reached_from(start: str, arrows: Dict[str, Set[str]]) -> Tuple[str, ...]:
    reached: Set[str] = set()
    ahead = [start]
    while ahead:
        for room in arrows.get(ahead.pop(), ()):
            if room not in reached:
                reached.add(room)
                ahead.append(room)
    return tuple(sorted(reached))
