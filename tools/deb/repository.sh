#!/bin/bash
# Puts the packages of build/deb into a signed repository for apt: a folder, such as a USB stick's, or
# one that a web server serves.
# usage: tools/deb/repository.sh KEY FOLDER      (make repository)
#   KEY    the key of gpg that signs, by its fingerprint or its owner's name; it must have no passphrase,
#          or one that gpg's agent knows
#   DEBS=FOLDER   where the packages are (default build/deb)
#   APTLY=FOLDER  what aptly remembers (default build/aptly): every version that was ever put in, for the
#                 way back. Only what lies there is signed, never what lies in FOLDER.
set -euo pipefail
key=${1:-}
if [ -z "$key" ] || [ -z "${2:-}" ]; then
  echo "make repository: KEY and REPOSITORY are needed: make repository KEY=plantd REPOSITORY=/media/usb/plantd" >&2
  exit 64
fi
mkdir -p "$2"
folder=$(realpath "$2")
state=${APTLY:-build/aptly}
shopt -s nullglob
debs=("${DEBS:-build/deb}"/*.deb)
if [ "${#debs[@]}" = 0 ]; then echo "make repository: ${DEBS:-build/deb} has no package; make deb builds them" >&2; exit 66; fi
if ! gpg --batch --list-secret-keys "$key" >/dev/null 2>&1; then
  echo "make repository: gpg has no secret key $key; docs/updates.md says how one is made" >&2
  exit 66
fi

mkdir -p "$state"
state=$(realpath "$state")
cat >"$state/aptly.conf" <<CONF
{"rootDir": "$state", "gpgProvider": "gpg2", "skipContentsPublishing": true,
 "FileSystemPublishEndpoints": {"out": {"rootDir": "$folder", "linkMethod": "copy", "verifyMethod": "md5"}}}
CONF
run() { aptly -config="$state/aptly.conf" "$@" >>"$state/log" 2>&1 || { tail -5 "$state/log" >&2; exit 70; }; }
have() { aptly -config="$state/aptly.conf" "$@" 2>/dev/null | grep -q "$have_line"; }

: >"$state/log"
have_line='^plantd$'
have repo list -raw || run repo create -distribution=stable -component=main plantd
run repo add -force-replace=false plantd "${debs[@]}"
# What was published elsewhere before, to another stick, is not what lies in this folder.
have_line=' stable$'
if have publish list -raw; then run publish drop -force-drop -skip-cleanup stable filesystem:out:; fi
run publish repo -batch -gpg-key="$key" -architectures=amd64,arm64 -origin=plantd -label=plantd \
  -force-overwrite plantd filesystem:out:
gpg --batch --export "$key" >"$folder/plantd-repository.gpg"
sync -f "$folder"
echo "== repository: $folder, $(find "$folder/pool" -name '*.deb' | wc -l) packages, signed by $key"
