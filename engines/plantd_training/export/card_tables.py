"""The figures of both heads as tables of the model card."""

from typing import Dict, List

from plantd_training.evaluation.outputs import HeadFigures
from plantd_training.export.model_card import Table


def tables(figures: Dict[str, HeadFigures], threshold: float, frozen: str) -> List[Table]:
    """Return the card's tables of both heads by split.

    Args:
        frozen: where the threshold comes from.
    """
    title = "Poison head alone, at the threshold {:.6g}: frozen {}".format(threshold, frozen)
    return [
        Table(
            "Species",
            ("photographs", "n", "top-1", "top-5", "macro F1"),
            [(split, *one.species) for split, one in figures.items()],
        ),
        Table(
            title,
            ("photographs", "poisonous", "edible", "recall", "edible passed"),
            [(split, *one.poison[1:]) for split, one in figures.items()],
        ),
    ]
