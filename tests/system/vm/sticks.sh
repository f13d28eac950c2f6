#!/bin/bash
# Two USB sticks for the virtual machine: one partition with vfat, and a model in the folder plantd.
# usage: tests/system/vm/sticks.sh BUNDLE FOLDER
#   BUNDLE               the model, as a directory
#   FOLDER/signed.img    its archive, signed by a key made here
#   FOLDER/unsigned.img  the same, by nobody
#   FOLDER/owner.gpg     that key, for /etc/plantd/keys.d
set -euo pipefail
bundle=$1 folder=$2
start=2048 # the partition's first sector of 512 bytes
work=$(mktemp -d)
trap 'GNUPGHOME=$work gpgconf --kill all; rm -rf "$work"' EXIT

as_owner() { gpg --homedir "$work" --batch --quiet --no-permission-warning "$@"; }
# stick NAME: with the model as it lies in the workshop now
stick() {
  local image=$folder/$1.img
  rm -f "$image"
  truncate -s 40M "$image"
  echo "$start,,c" | sfdisk --quiet "$image"
  mkfs.vfat --offset $start "$image" >/dev/null
  tar -C "$work" -czf "$work/tiny-2.0.0.tar.gz" bundle
  mmd -i "$image@@$((start * 512))" ::plantd
  mcopy -i "$image@@$((start * 512))" "$work/tiny-2.0.0.tar.gz" ::plantd/
}

mkdir -p "$folder"
cp -r "$bundle" "$work/bundle"
stick unsigned
as_owner --passphrase '' --quick-gen-key owner ed25519 sign 0
as_owner --detach-sign "$work/bundle/manifest.yaml"
stick signed
as_owner --export owner >"$folder/owner.gpg"
