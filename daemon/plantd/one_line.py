"""What a library says when it fails, cut to the line that a sentence of ours can quote."""

from typing import Any


def first_line(error: BaseException) -> str:
    """Return the first line of an error's words, or its name where it has none."""
    lines = str(error).strip().splitlines()
    return lines[0].strip().rstrip(".") if lines else type(error).__name__


def yaml_problem(error: Exception) -> str:
    """Return what PyYAML says in four lines: where, and what is wrong there."""
    mark: Any = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None)
    where = "" if mark is None else "line {}: ".format(mark.line + 1)
    return where + str(problem or first_line(error))
