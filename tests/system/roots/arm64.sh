#!/bin/bash
# A bare Debian for the processor of a Jetson, under qemu-user: make demo as an ordinary user.
# usage: tests/system/roots/arm64.sh      (make arm64); a quarter of an hour
set -euo pipefail
if [ "$(id -u)" != 0 ]; then exec sudo "$0" "$@"; fi
here=tests/system/roots
tools/system_packages.sh mmdebstrap qemu-user-static binfmt-support
if [ ! -e /proc/sys/fs/binfmt_misc/status ]; then
  mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
fi
update-binfmts --enable qemu-aarch64
ARCH=arm64 $here/base.sh bookworm build/roots/bookworm-arm64
$here/enter.sh build/roots/bookworm-arm64 arm64 \
  "make demo && .venv/bin/python -c 'import os, plantd; print(os.uname().machine, os.environ[\"OPENBLAS_CORETYPE\"])'"
