"""Reads a YAML file, bounded, for whoever reads its keys."""

from pathlib import Path
from typing import Any

import yaml

from plantd.errors import ConfigError, NotFoundError
from plantd.messages import yaml_problem
from plantd.tree_reader import tree_from_yaml_file


def read_tree(path: Path, what: str) -> Any:
    """Return what a YAML file says.

    Args:
        what: the file's name in a sentence, as in "recipe".
    Raises NotFoundError where it cannot be opened, ConfigError where it is not YAML.
    """
    try:
        return tree_from_yaml_file(path)
    except FileNotFoundError as error:
        raise NotFoundError("there is no {} {}".format(what, path)) from error
    except OSError as error:
        raise NotFoundError("{} cannot be read: {}".format(path, error.strerror)) from error
    except yaml.YAMLError as error:
        raise ConfigError(["{} is not YAML: {}".format(path, yaml_problem(error))]) from error
