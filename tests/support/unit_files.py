"""systemd's unit files as data, and since which version systemd knows what.

The device has systemd 237; it ignores what it does not know with a line in the journal, and a
system call group that it does not know silently shrinks the filter. So everything a unit uses must
be listed here with the version that brought it; 200 stands for "long before". What is newer is
refused, unless the device loses nothing by ignoring it (HARMLESS).

Source: systemd's NEWS, which a test reads where the system has it (/usr/share/doc/systemd/NEWS.gz).
NEWS does not say when the oldest came (UNNAMED); those stand in the manual pages of version 237,
https://manpages.ubuntu.com/manpages/bionic/man5/systemd.unit.5.html and its neighbours.
"""

import re
from pathlib import Path
from typing import Dict, List, NamedTuple, Tuple

DEVICE_VERSION = 237

SINCE: Dict[str, int] = {
    # [Unit], [Install], [Path]
    "After": 200,
    "Before": 200,
    "BindsTo": 200,
    "CollectMode": 236,
    "Conflicts": 200,
    "ConditionFirmware": 249,
    "ConditionKernelVersion": 237,
    "ConditionOSRelease": 249,
    "ConditionPathExists": 200,
    "ConditionPathExistsGlob": 200,
    "DefaultDependencies": 200,
    "Description": 200,
    "Documentation": 200,
    "OnFailure": 200,
    "PartOf": 200,
    "PathChanged": 200,
    "PathExists": 200,
    "PathModified": 200,
    "Requires": 200,
    "StartLimitBurst": 229,
    "StartLimitIntervalSec": 230,
    "SuccessAction": 236,
    "Unit": 200,
    "WantedBy": 200,
    "Wants": 200,
    # [Service]: life
    "Environment": 200,
    "EnvironmentFile": 200,
    "ExecCondition": 243,
    "ExecReload": 200,
    "ExecStart": 200,
    "ExecStartPost": 200,
    "ExecStartPre": 200,
    "ExecStop": 200,
    "ExecStopPost": 200,
    "Group": 200,
    "IOSchedulingClass": 200,
    "KillMode": 200,
    "LoadCredential": 247,
    "LogLevelMax": 236,
    "LogRateLimitBurst": 240,
    "LogRateLimitIntervalSec": 240,
    "Nice": 200,
    "NotifyAccess": 200,
    "OOMPolicy": 243,
    "OOMScoreAdjust": 200,
    "ReloadSignal": 253,
    "RemainAfterExit": 200,
    "Restart": 200,
    "RestartMode": 254,
    "RestartPreventExitStatus": 200,
    "RestartSec": 200,
    "RestartSteps": 254,
    "RuntimeMaxSec": 229,
    "StandardError": 200,
    "StandardOutput": 200,
    "SuccessExitStatus": 200,
    "SupplementaryGroups": 200,
    "TasksMax": 227,
    "TimeoutAbortSec": 243,
    "TimeoutStartFailureMode": 246,
    "TimeoutStartSec": 200,
    "TimeoutStopSec": 200,
    "Type": 200,
    "User": 200,
    "WatchdogSec": 200,
    "WorkingDirectory": 200,
    # [Service]: directories
    "CacheDirectory": 235,
    "CacheDirectoryMode": 235,
    "LogsDirectory": 235,
    "LogsDirectoryMode": 235,
    "RuntimeDirectory": 211,
    "RuntimeDirectoryMode": 211,
    "RuntimeDirectoryPreserve": 235,
    "StateDirectory": 235,
    "StateDirectoryMode": 235,
}

# What takes rights away; each use needs its reason in the comment above it.
HARDENING: Dict[str, int] = {
    "BindPaths": 233,
    "BindReadOnlyPaths": 233,
    "CapabilityBoundingSet": 200,
    "DeviceAllow": 208,
    "DevicePolicy": 208,
    "DynamicUser": 232,
    "ExecPaths": 248,
    "IPAddressAllow": 235,
    "IPAddressDeny": 235,
    "InaccessiblePaths": 231,
    "KeyringMode": 235,
    "LockPersonality": 235,
    "MemoryDenyWriteExecute": 231,
    "NoExecPaths": 248,
    "NoNewPrivileges": 200,
    "PrivateDevices": 209,
    "PrivateIPC": 248,
    "PrivateMounts": 239,
    "PrivateNetwork": 200,
    "PrivateTmp": 200,
    "PrivateUsers": 232,
    "ProcSubset": 247,
    "ProtectClock": 245,
    "ProtectControlGroups": 232,
    "ProtectHome": 214,
    "ProtectHostname": 242,
    "ProtectKernelLogs": 244,
    "ProtectKernelModules": 232,
    "ProtectKernelTunables": 232,
    "ProtectProc": 247,
    "ProtectSystem": 214,
    "ReadOnlyPaths": 231,
    "ReadWritePaths": 231,
    "RemoveIPC": 232,
    "RestrictAddressFamilies": 211,
    "RestrictFileSystems": 250,
    "RestrictNamespaces": 233,
    "RestrictRealtime": 231,
    "RestrictSUIDSGID": 242,
    "SocketBindDeny": 249,
    "SystemCallArchitectures": 209,
    "SystemCallErrorNumber": 209,
    "SystemCallFilter": 200,
    "SystemCallLog": 247,
    "TemporaryFileSystem": 238,
    "UMask": 200,
}

# What NEWS names late or never, though it is old.
UNNAMED = frozenset(
    "Before ConditionPathExistsGlob DefaultDependencies Description ExecStartPost "
    "IOSchedulingClass InaccessiblePaths Nice OnFailure PathExists PathModified RemainAfterExit "
    "Requires RestartSec StartLimitIntervalSec SupplementaryGroups UMask WantedBy Wants".split()
)

# Values that came later than their directives.
VALUES_SINCE: Dict[Tuple[str, str], int] = {
    ("ProtectHome", "tmpfs"): 238,
    ("ProtectSystem", "strict"): 232,
    ("StandardError", "append:"): 240,
    ("StandardOutput", "append:"): 240,
    ("StandardOutput", "file:"): 236,
    ("StandardOutput", "truncate:"): 248,
    ("Type", "exec"): 240,
    ("Type", "notify-reload"): 253,
}

# An older systemd ignores these with a line in the journal, and does what they ask for without.
HARMLESS = frozenset(["OOMPolicy"])

# System call groups of 237; @system-service came with 239, @known with 247, @sandbox with 256.
CALL_GROUPS = frozenset(
    "@aio @basic-io @chown @clock @cpu-emulation @debug @default @file-system @io-event @ipc "
    "@keyring @memlock @module @mount @network-io @obsolete @privileged @process @raw-io @reboot "
    "@resources @setuid @signal @swap @sync @timer".split()
)


class Line(NamedTuple):
    """One assignment of a unit file, with the comment right above it."""

    number: int
    key: str
    value: str
    reason: str


def assignments(unit: Path) -> List[Line]:
    """Return every `Key=value` of a unit file."""
    found: List[Line] = []
    comment: List[str] = []
    for number, text in enumerate(unit.read_text(encoding="utf-8").splitlines(), 1):
        if text.startswith("#"):
            comment.append(text.lstrip("# "))
            continue
        if "=" in text:
            key, value = text.split("=", 1)
            found.append(Line(number, key, value, " ".join(comment)))
        comment = []
    return found


def too_new(line: Line, version: int = DEVICE_VERSION) -> str:
    """Say what of an assignment systemd `version` does not know; empty when it knows all."""
    since = {**SINCE, **HARDENING}.get(line.key)
    if since is None:
        return "{}: not in the table of known directives".format(line.key)
    if since > version and line.key not in HARMLESS:
        return "{} came with systemd {}".format(line.key, since)
    for (key, start), value_since in VALUES_SINCE.items():
        if key == line.key and line.value.startswith(start) and value_since > version:
            return "{}={} came with systemd {}".format(key, start, value_since)
    return _unknown_calls(line)


def first_named(news: str) -> Dict[str, int]:
    """Return each word of systemd's NEWS with the oldest version whose section has it."""
    parts = re.split(r"^CHANGES WITH (\d+).*$", news, flags=re.MULTILINE)
    first: Dict[str, int] = {}
    for version, text in zip(map(int, parts[1::2]), parts[2::2]):
        for word in re.findall(r"[A-Za-z]+", text):
            first[word] = min(version, first.get(word, version))
    return first


def contradictions(news: str, version: int = DEVICE_VERSION) -> List[str]:
    """Say where the tables and systemd's NEWS differ about what `version` knows."""
    first, known = first_named(news), {**SINCE, **HARDENING}
    late = version + 1
    differ = [
        "{}: since {} by the table, first named with {} in NEWS".format(key, since, first.get(key))
        for key, since in sorted(known.items())
        if (since <= version) != (key in UNNAMED or first.get(key, late) <= version)
        and not (since > version and key not in first)
    ]
    named = [key for key in sorted(UNNAMED) if first.get(key, late) <= version]
    return differ + ["{}: NEWS does name it".format(key) for key in named]


def _unknown_calls(line: Line) -> str:
    if line.key != "SystemCallFilter" or not line.value:
        return ""
    if not line.value.startswith("~"):
        return "SystemCallFilter: an allow-list dies of one group that systemd does not know"
    groups = {word for word in line.value[1:].split() if word.startswith("@")}
    unknown = ", ".join(sorted(groups - CALL_GROUPS))
    return "SystemCallFilter: {} came later than systemd 237".format(unknown) if unknown else ""
