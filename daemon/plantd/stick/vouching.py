"""What is known of a model on a stick before anybody is asked: who signed it, and its name.

A stick may come from anybody, and a long press is all that is asked: so only a model that a key of
this box has signed is ever offered, whatever `model.require_signature` says. Only the manifest and
its signature are copied for that; the installation checks them again, on the copy that it takes.
"""

import os
import tempfile
from typing import Any, Callable, NamedTuple

import yaml

from plantd.config import ModelConfig
from plantd.errors import BundleError, ConfigError
from plantd.messages import yaml_problem
from plantd.models.signature import HOW, KEYRING, SignatureCheck, keyrings_in
from plantd.models.store import ModelStore, name_of
from plantd.models.unpacking import MANIFEST, MIB, SIGNATURE, contents_of, unpack
from plantd.tree_reader import tree_from_yaml_file

SIGNED_MAX_BYTES = 4 * MIB


class Vouched(NamedTuple):
    """A model on a stick that may be offered.

    Attributes:
        name: as it will be called in the store.
        signer: who signed it.
        active: it is the model that answers, byte for byte.
    """

    name: str
    signer: str
    active: bool


def signature_check(config: ModelConfig, say: Callable[[str], None]) -> SignatureCheck:
    """Return what is asked of a stick's signature. Raises ConfigError where no key is here."""
    if not keyrings_in(config.keys):
        raise ConfigError(
            [
                "{} holds no key (NAME{}), and from a stick only a model that a key of this box "
                "has signed is taken; {}".format(config.keys, KEYRING, HOW)
            ]
        )
    return SignatureCheck(config._replace(require_signature=True), False, say)


def vouched(source: str, store: ModelStore, check: SignatureCheck) -> Vouched:
    """Return what a bundle on a stick says of itself once its signature is good.

    Raises as `plantd.models.installing.install` where it is not to be taken.
    """
    sizes = {found.name: found.size_bytes for found in contents_of(source)}
    if max(sizes[MANIFEST], sizes.get(SIGNATURE, 0)) > SIGNED_MAX_BYTES:
        raise BundleError(
            "{} of {} has more than {} MiB".format(MANIFEST, source, SIGNED_MAX_BYTES // MIB)
        )
    with tempfile.TemporaryDirectory(prefix="plantd-stick-") as copied:
        unpack(source, copied, (MANIFEST, SIGNATURE))
        signer = check(copied)
        name = _name_in(os.path.join(copied, MANIFEST))
        return Vouched(name, signer, _is_active(os.path.join(copied, MANIFEST), name, store))


def _name_in(manifest: str) -> str:
    try:
        tree: Any = tree_from_yaml_file(manifest)
    except yaml.YAMLError as error:
        told = "{} is not YAML: {}".format(MANIFEST, yaml_problem(error))
        raise BundleError(told) from error
    said = tree if isinstance(tree, dict) else {}
    return name_of(str(said.get("name", "")), str(said.get("version", "")))


def _is_active(manifest: str, name: str, store: ModelStore) -> bool:
    if store.listing().active != name:
        return False
    try:
        with open(os.path.join(store.path_of(name), MANIFEST), "rb") as here:
            with open(manifest, "rb") as there:
                return here.read() == there.read()
    except OSError:
        return False
