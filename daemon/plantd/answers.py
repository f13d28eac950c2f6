"""What may be answered, and the names of the rules that decide. Pure, and loads nothing.

The values are the words of the API, the log and the record. When which rule holds:
`plantd.verdict`; how answers are put into words: `plantd.words`.
"""

from enum import Enum
from typing import Optional

POISONOUS = "poisonous"
EDIBLE = "edible"
UNSURE = "unsure"
ANSWERS = (POISONOUS, EDIBLE, UNSURE)


class Rule(Enum):
    """The rules in the order in which they are tried."""

    ENGINE_FAULT = "engine_fault"
    POISON_HEAD = "poison_head"
    POISONOUS_SPECIES = "poisonous_species"
    POOR_PICTURE = "poor_picture"
    NO_PLANT = "no_plant"
    ANOTHER_PLANT = "another_plant"
    NOT_A_KNOWN_PLANT = "not_a_known_plant"
    DEADLY_LOOK_ALIKE = "deadly_look_alike"
    HEADS_DISAGREE = "heads_disagree"
    LOW_CONFIDENCE = "low_confidence"
    EDIBLE_OFF = "edible_off"
    OUT_OF_PLACE = "out_of_place"
    OUT_OF_SEASON = "out_of_season"
    EDIBLE = "edible"


WARNINGS = (Rule.POISON_HEAD, Rule.POISONOUS_SPECIES)
# The rules that answer "unsure".
REASONS = tuple(rule for rule in Rule if rule not in WARNINGS and rule is not Rule.EDIBLE)
# What place and time may make of what is edible by everything else.
MISPLACED = (Rule.OUT_OF_PLACE, Rule.OUT_OF_SEASON)
# What it shows is none of the plants that the network can name.
STRANGE = (Rule.NO_PLANT, Rule.ANOTHER_PLANT, Rule.NOT_A_KNOWN_PLANT)


def rule_from_name(name: object) -> Optional[Rule]:
    """Return the rule of a recorded or received name; None for one of another version."""
    return next((rule for rule in Rule if rule.value == name), None)
