#!/bin/bash
# Makes a bare Debian root: what Debian itself calls minimal, and make, sudo, python3 and an ordinary
# user who may sudo. Nothing of ours, no pip, no venv.
# usage: tests/system/roots/base.sh SUITE FOLDER     does nothing when FOLDER has been made from this file
#   ARCH=arm64  another processor, under qemu-user
# The packages come from where this machine's come from: the first stanza of its Debian sources.
set -euo pipefail
if [ "$(id -u)" != 0 ]; then exec sudo --preserve-env=ARCH "$0" "$@"; fi
suite=$1; folder=$2
arch=${ARCH:-$(dpkg --print-architecture)}
sources=/etc/apt/sources.list.d/debian.sources
key=$({ echo "$suite $arch"; grep -v '^#' "$0"; } | sha256sum | cut -d" " -f1)
if [ "$(cat "$folder.made-from" 2>/dev/null)" = "$key" ]; then exit 0; fi
if [ ! -e "$sources" ]; then
  echo "roots: $sources is missing: a root takes its packages from where this machine's come from" >&2
  exit 69
fi

echo "== roots: making a bare Debian $suite ($arch) in $folder"
rm -rf "$folder" "$folder.made-from"
mkdir -p "$(dirname "$folder")"
awk 'BEGIN { RS = "" } NR == 1' $sources | sed -E "/^#/d; s/^Suites:.*/Suites: $suite/" >"$folder.sources"
# The $1 of a hook is its own.
# shellcheck disable=SC2016
mmdebstrap --quiet --arch="$arch" --variant=minbase --dpkgopt=force-unsafe-io \
  --include=ca-certificates,make,sudo,python3 --aptopt='APT::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --customize-hook='chroot "$1" useradd -m -s /bin/bash newcomer' \
  --customize-hook='echo "newcomer ALL=(ALL) NOPASSWD:ALL" >"$1/etc/sudoers.d/newcomer"' \
  "$suite" "$folder" "$folder.sources" >"$folder.log" 2>&1 || { tail -20 "$folder.log" >&2; exit 1; }
echo "$key" >"$folder.made-from"
