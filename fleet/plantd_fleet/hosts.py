"""Which boxes there are: the hosts of an inventory in Ansible's format, read by Ansible itself.

INI, YAML, folders and programs are all understood as `ansible-inventory` understands them.
"""

import importlib.util
import json
import os
import shlex
import subprocess
import sys
from typing import Any, Dict, List, NamedTuple, Sequence

from plantd.errors import NotFoundError, UnavailableError, UsageError

TIMEOUT_S = 120


class Host(NamedTuple):
    """A box as the inventory has it; Ansible's own variables say how it is reached.

    Attributes:
        port: 0 is what ssh takes by itself; user, key: empty likewise.
        options: further words for ssh.
    """

    name: str
    address: str
    port: int = 0
    user: str = ""
    key: str = ""
    options: Sequence[str] = ()


def hosts_in(inventory: str, timeout_s: float = TIMEOUT_S) -> List[Host]:
    """Return the hosts of an inventory, by name.

    Args:
        timeout_s: how long Ansible may take; an inventory can be a program that asks others.

    Raises NotFoundError for one that is not there, UsageError for one that cannot be read or holds
    no host, UnavailableError without Ansible or where it takes longer.
    """
    if not os.path.exists(inventory):
        raise NotFoundError("there is no inventory {}".format(inventory))
    variables = _listed(inventory, timeout_s)["_meta"]["hostvars"]
    if not variables:
        raise UsageError("{} has no host; expected an inventory of Ansible".format(inventory))
    return [_host(name, variables[name]) for name in sorted(variables)]


def _listed(inventory: str, timeout_s: float) -> Dict[str, Any]:
    if importlib.util.find_spec("ansible") is None:
        raise UnavailableError(
            "inventories are read by Ansible, which is not here; pip install ansible-core"
        )
    try:
        done = subprocess.run(
            [sys.executable, "-m", "ansible", "inventory", "--list", "--inventory", inventory],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=dict(os.environ, ANSIBLE_INVENTORY_UNPARSED_FAILED="true", ANSIBLE_NOCOLOR="true"),
            timeout=timeout_s,
        )
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(
            "{} was not read within {:g} s; where it is a program, it may wait for a network: "
            "ansible-inventory --list -i {}".format(inventory, timeout_s, inventory)
        ) from error
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if "ERROR" in line]
        told = (lines or done.stderr.splitlines() or ["no words"])[-1]
        raise UsageError("{} is not an inventory that Ansible reads: {}".format(inventory, told))
    listed: Dict[str, Any] = json.loads(done.stdout)
    # What is no host of a group is not listed with variables: Ansible leaves out empty ones.
    known = listed.setdefault("_meta", {}).setdefault("hostvars", {})
    for group in listed.values():
        for name in group.get("hosts", ()):
            known.setdefault(name, {})
    return listed


def _host(name: str, variables: Dict[str, Any]) -> Host:
    try:
        port = int(variables.get("ansible_port") or variables.get("ansible_ssh_port") or 0)
    except ValueError as error:
        raise UsageError("{}: ansible_port is not a number".format(name)) from error
    try:
        options = shlex.split(str(variables.get("ansible_ssh_common_args") or ""))
    except ValueError as error:
        raise UsageError("{}: ansible_ssh_common_args: {}".format(name, error)) from error
    return Host(
        name,
        str(variables.get("ansible_host") or name),
        port,
        str(variables.get("ansible_user") or variables.get("ansible_ssh_user") or ""),
        str(variables.get("ansible_ssh_private_key_file") or ""),
        tuple(options),
    )
