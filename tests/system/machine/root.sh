#!/bin/bash
# Makes a bare Debian root with systemd and what plantd takes from the system; nothing of ours in it.
# usage: tests/system/machine/root.sh FOLDER [PACKAGE...]     does nothing when FOLDER has been made from this file
#   PACKAGE  besides
set -euo pipefail
folder=$1; shift
packages=systemd,systemd-sysv,udev,dbus,kmod,procps,make,python3,python3-venv,python3-pip
packages+=,python3-opencv,python3-numpy,gstreamer1.0-tools,gstreamer1.0-plugins-base,gstreamer1.0-plugins-good
for package in "$@"; do packages+=,$package; done
key=$({ echo "$packages"; grep -v "^#" "$0"; } | sha256sum | cut -d" " -f1)
if [ "$(cat "$folder.made-from" 2>/dev/null)" = "$key" ]; then exit 0; fi

echo "== machine: making a Debian root in $folder"
rm -rf "$folder" "$folder.made-from"
mkdir -p "$(dirname "$folder")"
# The $1 of a hook is its own.
# shellcheck disable=SC2016
mmdebstrap --quiet --variant=minbase --dpkgopt=force-unsafe-io --include="$packages" \
  --aptopt='APT::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --customize-hook='echo machine >"$1/etc/hostname"' \
  --customize-hook='chroot "$1" passwd --quiet --delete root' \
  bookworm "$folder" >"$folder.log" 2>&1 || { tail -20 "$folder.log" >&2; exit 1; }
# What a container has no use for, and would wait for.
for unit in getty.target apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
  e2scrub_all.timer fstrim.timer systemd-networkd-wait-online.service; do
  ln -sf /dev/null "$folder/etc/systemd/system/$unit"
done
echo "$key" >"$folder.made-from"
