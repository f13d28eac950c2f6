"""The shape of the code as checks: what a class is made of, how long a module is.

Written as those of support.layers.
"""

import ast
from typing import Iterator, List, Tuple

from support.layers import Module

# More collaborators than one reads at a glance: they are one typed value, or a composition.
CONSTRUCTOR_TAKES_AT_MOST = 6
LINES_AT_MOST = 300


def overloaded_constructors(modules: List[Module]) -> List[str]:
    """Constructors that take more than CONSTRUCTOR_TAKES_AT_MOST, beside self."""
    return [
        "{}:{} {} is made of {} ({}); at most {}: join what belongs together".format(
            *(module.name, made.lineno, owner, len(names), ", ".join(names)),
            CONSTRUCTOR_TAKES_AT_MOST,
        )
        for module in modules
        for owner, made, names in _constructors(module)
        if len(names) > CONSTRUCTOR_TAKES_AT_MOST
    ]


def too_long(modules: List[Module]) -> List[str]:
    """Modules of more than LINES_AT_MOST lines."""
    counted = [(module.name, _lines(module)) for module in modules]
    return [
        "{} has {} lines; at most {}: split it by idea".format(name, lines, LINES_AT_MOST)
        for name, lines in counted
        if lines > LINES_AT_MOST
    ]


def _lines(module: Module) -> int:
    return len(module.path.read_text(encoding="utf-8").splitlines())


def _constructors(module: Module) -> Iterator[Tuple[str, ast.FunctionDef, List[str]]]:
    for owner in ast.walk(ast.parse(module.path.read_text(encoding="utf-8"))):
        for made in owner.body if isinstance(owner, ast.ClassDef) else ():
            if isinstance(made, ast.FunctionDef) and made.name == "__init__":
                given = made.args
                alone = [each for each in (given.vararg, given.kwarg) if each is not None]
                taken = given.args[1:] + given.kwonlyargs + alone
                yield owner.name, made, [each.arg for each in taken]
