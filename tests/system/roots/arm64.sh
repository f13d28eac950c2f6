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
# Debian registers qemu without "C" (credentials): sudo would not be root in there. The newest entry counts.
formats=/proc/sys/fs/binfmt_misc
if [ -e $formats/plantd-aarch64 ]; then echo -1 >$formats/plantd-aarch64; fi
read -r qemu < <(sed -n 's/^interpreter //p' $formats/qemu-aarch64)
printf ':plantd-aarch64:M::%s:%s:%s:OCPF' \
  '\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00' \
  '\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff' "$qemu" >$formats/register
trap 'echo -1 >$formats/plantd-aarch64' EXIT
ARCH=arm64 $here/base.sh bookworm build/roots/bookworm-arm64
$here/enter.sh build/roots/bookworm-arm64 arm64 \
  "make demo && .venv/bin/python -c 'import os, plantd; print(os.uname().machine, os.environ[\"OPENBLAS_CORETYPE\"])'"
