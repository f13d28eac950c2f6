"""JSON, whoever wrote it: what cannot be read is a ValueError, deep nesting too."""

import json
from typing import Any, Union


def tree_from_json(text: Union[bytes, str]) -> Any:
    """Return what a JSON text holds. Raises ValueError alone."""
    try:
        return json.loads(text.decode("utf-8") if isinstance(text, bytes) else text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
