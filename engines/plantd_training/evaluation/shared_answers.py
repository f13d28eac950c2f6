"""Answers on many photographs, shared out among the machines of a cluster and kept in files.

How this works: each shard of about a thousand photographs (`plantd_calibration.data.shards`) is a
task that opens a predictor of its own and writes one JSON file, named after what answers, what is
asked and by which code.
"""

import hashlib
import json
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Tuple

import plantd
from plantd import bundle, heads, quality, tensor, verdict
from plantd.heads import Candidate, Prediction
from plantd_calibration.cluster.joining import Cluster
from plantd_calibration.cluster.tasks import Task
from plantd_calibration.data.photos import Photo, digests
from plantd_calibration.data.shards import cut, missing
from plantd_calibration.data.whole_files import replacing
from plantd_import.tf_graph.quiet_tensorflow import tensorflow_quietly
from plantd_training.evaluation import predictors
from plantd_training.evaluation.predictors import Answer, Predictor

SHARD = 1000
# What another version of these makes of a photograph is made again.
CODE = (heads, quality, tensor, verdict, predictors)


class Source(NamedTuple):
    """What answers: a predictor's class, and the folder that it reads."""

    kind: Callable[[Path], Predictor]
    folder: Path

    def told(self) -> List[Any]:
        """Return what an answer depends on beside the photograph."""
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        content = [
            (str(path.relative_to(self.folder)), bundle.sha256_of_file(str(path))) for path in files
        ]
        code = [bundle.sha256_of_file(str(module.__file__)) for module in CODE]
        return [plantd.__version__, self.kind.__name__, code, content]


def answers(source: Source, photos: Sequence[Photo], cluster: Cluster, cache: Path) -> List[Answer]:
    """Return one answer a photograph, in their order; each shard on whichever machine is free."""
    there = source._replace(folder=source.folder.absolute())
    asked = [photo._replace(path=photo.path.absolute()) for photo in photos]
    told, folder = there.told(), cache.absolute()
    parts = cut(len(asked), SHARD, lambda part: folder / _name(told, asked[part]))
    told_of = "{} photographs answered by {}"
    cluster.run(
        [
            Task(
                told_of.format(len(asked[shard.part]), there.folder.name),
                answer_shard,
                (there, asked[shard.part], shard.path),
                before=tensorflow_quietly,
            )
            for shard in missing(parts)
        ]
    )
    return [one for shard in parts for one in _kept(shard.path)]


def answer_shard(source: Source, photos: Sequence[Photo], path: Path) -> None:
    """Write the answers on photographs into a file, on the machine that this is."""
    with source.kind(source.folder) as predictor:
        trees = [_tree(one) for one in predictors.answers(predictor, photos)]
    with replacing(path) as unfinished:
        unfinished.write_text(json.dumps(trees), encoding="utf-8")


def _name(told: List[Any], photos: Sequence[Photo]) -> str:
    what = json.dumps([told, digests(photos)])
    return "answers_{}.json".format(hashlib.sha256(what.encode()).hexdigest()[:24])


def _tree(one: Answer) -> Dict[str, Any]:
    species = [[each.label, float(each.p), bool(each.poisonous)] for each in one.prediction.species]
    rest = {
        name: bool(value) if isinstance(value, bool) else float(value)
        for name, value in one.prediction._asdict().items()
        if name != "species"
    }
    return {"verdict": one.verdict, "species": species, "rest": rest}


def _kept(path: Path) -> List[Answer]:
    trees = json.loads(path.read_text(encoding="utf-8"))
    return [_answer(tree) for tree in trees]


def _answer(tree: Dict[str, Any]) -> Answer:
    species: Tuple[Candidate, ...] = tuple(Candidate(*each) for each in tree["species"])
    return Answer(Prediction(species=species, **tree["rest"]), tree["verdict"])
