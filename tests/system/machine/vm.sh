#!/bin/bash
# Installs plantd into a bare Debian and boots it on a kernel of its own with a simulated board: a
# GPIO chip labelled as the Jetson's with the button on its line, lamps, a camera node, uinput.
# usage: tests/system/machine/vm.sh                    (make vm)
#   KILLS=N    how often the service is killed at a random moment (default 10)
#   PRESSES=N  how many presses are timed (default 20)
# QEMU translates every instruction here: all times are many times those of a real machine.
# shellcheck disable=SC2154
set -euo pipefail
started=$SECONDS
# shellcheck disable=SC1091
. tests/system/machine/machine.bash
in_own_mounts "$@"
abi=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: linux-image-\(.*-amd64\)$/\1/p' | head -1)
tools/system_packages.sh mmdebstrap systemd-container qemu-system-x86 seabios squashfs-tools \
  busybox-static cpio kmod xz-utils make gcc-12 "linux-headers-$abi" linux-source-6.1
"$here"/kernel.sh "$abi" build/machine/kernel
make_layer
make_share
install_plantd board.yaml

# The default model would take seconds a picture here: one of two matrix products instead.
PYTHONPATH=daemon:tests .venv/bin/python -c \
  'import sys; from support import tiny_bundle; tiny_bundle.make(sys.argv[1])' "$layer/opt/tiny"
install -D -m 644 "$here"/guest/slow.conf "$layer/etc/systemd/system/plantd.service.d/slow.conf"
install -m 644 "$here"/guest/board.service "$layer/etc/systemd/system/machine-board.service"
install -m 755 "$here"/guest/board.sh "$layer/opt/board.sh"

squash() { mksquashfs "$@" -comp lz4 -noappend -quiet -no-progress >/dev/null; }
base=$work/root-$(cut -c1-16 "$work/root.made-from").squashfs
[ -e "$base" ] || squash "$work/root" "$base" -no-xattrs
umount "$layer"
squash /run/layer/upper "$work/installed.squashfs"

prepare_boot board
echo "== machine: boot with the simulated board"
qemu-system-x86_64 -accel tcg,thread=multi -cpu Nehalem -machine q35 -smp 1 -m 3072 -nodefaults \
  -display none -no-reboot -serial "file:$share/console.log" \
  -kernel "$work/kernel/vmlinuz" -initrd "$work/kernel/initrd.img" \
  -append "console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable random.trust_cpu=on \
systemd.wants=machine-job.service systemd.wants=machine-board.service" \
  -drive "file=$base,format=raw,if=none,id=base,readonly=on" -device virtio-blk-pci,drive=base \
  -drive "file=$work/installed.squashfs,format=raw,if=none,id=over,readonly=on" \
  -device virtio-blk-pci,drive=over -device virtio-rng-pci \
  -virtfs "local,path=$share,mount_tag=share,security_model=none,id=share" &
follow board $! 3600
judge_boot board
echo "== machine: passed, after $((SECONDS - started)) s"
