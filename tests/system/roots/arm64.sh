#!/bin/bash
# A bare Debian for the processor of a Jetson, under qemu-user: make demo as an ordinary user, then the
# model proven in the power modes of a TX2.
# usage: tests/system/roots/arm64.sh      (make arm64); a quarter of an hour
#   ARM64_TESTED='tests/contract tests/unit/plantd/engine'  runs these tests of the device in there too
set -euo pipefail
if [ "$(id -u)" != 0 ]; then exec sudo "$0" "$@"; fi
here=tests/system/roots
tools/system_packages.sh mmdebstrap arch-test qemu-user-static binfmt-support
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

# ONNX Runtime looks there as soon as it is imported; of an aarch64 that shows an x86-64's caches it dies.
board=build/roots/board
rm -rf $board
python3 tests/support/tx2_processor.py $board MAXP_CORE_ARM
# qemu-user passes no limit of memory on to the kernel.
not_here="a_picture_that_takes_too_much_memory_is_refused or full_memory_is_an_error"
command="export QEMU_CPU=cortex-a57
make demo
status=0
.venv/bin/python -m pytest $here/guest/check_board.py -p no:cacheprovider -v --tb=short --timeout=900 \
  --junitxml=build/junit/board.xml || status=1"
if [ -n "${ARM64_TESTED:-}" ]; then
  command+="
make test-device DEVICE_TESTS='$ARM64_TESTED' ARGS='-n 2 -k \"not ($not_here)\"' || status=1"
fi
BOARD=$board $here/enter.sh build/roots/bookworm-arm64 arm64 "$command
exit \$status"
