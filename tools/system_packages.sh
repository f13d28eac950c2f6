#!/bin/bash
# Installs the Debian or Ubuntu packages that are missing, and only those.
# usage: tools/system_packages.sh PACKAGE...      "A|B" is content with either, and installs A; on a
# Jetson (L4T) it wants B: Ubuntu's OpenCV would hide JetPack's.
#   L4T=FILE  the file that says so (default /etc/nv_tegra_release)
set -euo pipefail

installed() {
  dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null | grep -q '^installed$'
}

missing=()
for wanted in "$@"; do
  IFS='|' read -ra either <<<"$wanted"
  if [ -e "${L4T:-/etc/nv_tegra_release}" ]; then either=("${either[-1]}"); fi
  found=no
  for name in "${either[@]}"; do
    if installed "$name"; then found=yes; fi
  done
  if [ "$found" = no ]; then missing+=("${either[0]}"); fi
done
if [ "${#missing[@]}" = 0 ]; then exit 0; fi

if ! command -v apt-get >/dev/null; then
  echo "system packages: needed: ${missing[*]}; this machine has no apt-get." >&2
  echo "Install what corresponds to them (OpenCV for Python must have GStreamer), then try again." >&2
  exit 69
fi
as_root=()
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "system packages: needed: ${missing[*]}; there is no sudo. As root:" >&2
    echo "  apt-get update && apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 77
  fi
  as_root=(sudo)
fi

# Waits for another apt's locks, tries again after a lost connection, asks nothing.
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a \
    apt-get -q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 "$@"
}
# The lists have a lock of their own, which no option waits for.
update() {
  local try
  for try in 1 2 3 4 5 6 7 8 9 10 11 12; do
    if apt update; then return 0; fi
    echo "system packages: apt-get update failed (try $try of 12)" >&2
    if [ "$try" -lt 12 ]; then sleep 5; fi
  done
  return 1
}
install() { apt install -y --no-install-recommends "${missing[@]}"; }

echo "== system packages: installing ${missing[*]}${as_root:+ (with sudo)}"
fresh=$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -mmin -1440 -print -quit 2>/dev/null || true)
if [ -z "$fresh" ]; then update; fi
if ! install; then
  echo "== system packages: trying again with fresh package lists" >&2
  update
  install
fi
