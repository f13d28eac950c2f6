"""The manifest's section `outputs`: what a graph gives beside its heads."""

from typing import Any, Optional, Sequence

from plantd.activation import ActivationSpec
from plantd.tree_reader import Tree, TreeReader

# The head whose labels the maps are of.
SPECIES = "species"
CELLS_MAX = 4096


def activation_from_outputs(
    reader: TreeReader, tree: Any, taken: Sequence[str]
) -> Optional[ActivationSpec]:
    """Return what `outputs.activation` says; None where there is no such section.

    Args:
        taken: the outputs of the heads.
    """
    if tree is None:
        return None
    outputs, where = reader.section(tree, "outputs"), "outputs.activation."
    reader.known(outputs, ("activation",), "outputs.")
    section = reader.section(outputs.get("activation"), "outputs.activation")
    reader.known(section, ActivationSpec._fields, where)
    output = reader.text(section, "output", where)
    if output in taken:
        reader.say(where + "output", output, "another output than the heads'")
    head = reader.choice(section, "head", (SPECIES,), where)
    rows, columns = (
        reader.number(section, key, 1, CELLS_MAX, where, int) for key in ("rows", "columns")
    )
    return ActivationSpec(output, head, rows, columns)


def tree_from_outputs(activation: Optional[ActivationSpec]) -> Tree:
    """Return the section, or nothing where a bundle has none."""
    return {"outputs": {"activation": dict(activation._asdict())}} if activation else {}
