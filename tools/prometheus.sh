#!/bin/bash
# Fetches Debian's prometheus and promtool into a folder, without installing them: the package would
# start a server. usage: tools/prometheus.sh FOLDER      then FOLDER/usr/bin has both
set -euo pipefail
mkdir -p "$1"
cd "$1"
if [ -x usr/bin/promtool ]; then exit 0; fi
apt-get download prometheus 2>/dev/null || {
  as_root=(); if [ "$(id -u)" != 0 ]; then as_root=(sudo); fi
  "${as_root[@]}" apt-get update >/dev/null
  apt-get download prometheus
}
dpkg-deb --extract prometheus_*.deb .
usr/bin/promtool --version | head -1
