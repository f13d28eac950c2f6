"""Who may change the model."""

import os
import pwd
from typing import Sequence

import pytest
from support.as_nobody import call_as_nobody
from support.served_api import ServedApi

from plantd.api.peer import ADMIN_GROUP, Peer, group_names, require_admin
from plantd.errors import AccessError

SERVICE_UID = 990
STRANGER = Peer(1, 1000, 1000)


def nobody_groups(_peer: Peer) -> Sequence[str]:
    return ["users", "plantd"]


def admin_groups(_peer: Peer) -> Sequence[str]:
    return ["users", ADMIN_GROUP]


@pytest.mark.parametrize("uid", [0, SERVICE_UID])
def test_root_and_the_service_may(uid: int) -> None:
    require_admin(Peer(1, uid, uid), SERVICE_UID, nobody_groups)


def test_a_member_of_the_group_may() -> None:
    require_admin(STRANGER, SERVICE_UID, admin_groups)


def test_anybody_else_is_told_the_group() -> None:
    with pytest.raises(AccessError, match="uid 1000 may not.*usermod -aG plantd-admin"):
        require_admin(STRANGER, SERVICE_UID, nobody_groups)


def test_the_groups_are_those_of_the_group_database() -> None:
    user = pwd.getpwuid(os.getuid())
    names = group_names(Peer(1, user.pw_uid, user.pw_gid))
    assert len(names) == len(os.getgrouplist(user.pw_name, user.pw_gid))


def test_a_uid_without_a_name_has_no_groups() -> None:
    unknown = max(entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid < 2**31) - 7
    with pytest.raises(KeyError):
        pwd.getpwuid(unknown)
    assert group_names(Peer(1, unknown, 0)) == ()


def test_another_user_is_refused_over_the_socket() -> None:
    with ServedApi() as served:
        os.chmod(served.run_path, 0o755)
        os.chmod(served.path, 0o666)
        call = 'post("/v1/model/activate", {"name": "other"})'
        answer = call_as_nobody(served.path, call)
        assert "uid 65534 may not change the model" in answer
        assert served.appliance.models == []
