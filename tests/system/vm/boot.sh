#!/bin/bash
# One virtual machine under QEMU's own emulation (no KVM), booted once for each line of its plan.
# usage: tests/system/vm/boot.sh IMAGES SHARE
#   SHARE            is /host inside; job.sh in it runs as root after each boot
#   SHARE/plan       a line a boot: the checks, what ends it, and more words for the kernel
#   SHARE/disk.img   is made when missing, and stays from boot to boot
#   SHARE/cut-power  the power is cut when the guest makes this file
#   SHARE/hand       "put-in NAME" or "pull-out NAME" there: SHARE/NAME.img is a USB stick
#   SHARE/console-N.log is the screen of boot N; what the checks say is in SHARE/log
set -euo pipefail
images=$1 share=$2

if [ ! -e "$share/disk.img" ]; then
  truncate -s 3G "$share/disk.img"
  mkfs.ext4 -q "$share/disk.img"
fi
drive() {
  echo "-drive if=none,format=raw,file.locking=off,id=$1,file=$2,$3 -device virtio-blk-pci,drive=$1"
}
# move put-in|pull-out NAME: the words for QEMU's monitor
move() {
  if [ "$1" = put-in ]; then
    echo "drive_add 0 if=none,format=raw,file.locking=off,id=$2,file=$share/$2.img"
    echo "device_add usb-storage,removable=on,drive=$2,id=$2-stick"
  else
    echo "device_del $2-stick"
  fi
}
# A reboot ends QEMU: its own reset does not come back to a kernel that was given from outside. The
# guest's flushes end in this machine's memory, which a cut of the guest's power leaves whole.
boot() {
  local more
  more=$(sed -n "$1p" "$share/plan" | cut -d' ' -f3-)
  rm -f "$share"/monitor.*
  mkfifo "$share/monitor.in" "$share/monitor.out"
  # The drives are words.
  # shellcheck disable=SC2046
  qemu-system-x86_64 -accel tcg -cpu Nehalem -machine q35 -smp 1 -m 2048 -no-reboot \
    -nodefaults -display none -serial "file:$share/console-$1.log" -device virtio-rng-pci \
    -kernel "$images/kernel/vmlinuz" -initrd "$images/kernel/initrd.img" \
    -append "console=ttyS0 panic=-1 quiet mitigations=off nokaslr tsc=reliable random.trust_cpu=on \
systemd.show_status=no systemd.journald.forward_to_console=1 \
systemd.wants=testbed.service systemd.wants=vm-job.service $more" \
    $(drive base "$images/base.sqfs" readonly=on) \
    $(drive installed "$images/installed.sqfs" readonly=on) \
    $(drive disk "$share/disk.img" cache=unsafe) \
    -device qemu-xhci -chardev "pipe,id=hand,path=$share/monitor,logfile=$share/hand-$1.log" \
    -mon chardev=hand,mode=readline \
    -virtfs "local,path=$share,mount_tag=host,security_model=none,id=host" &
  machine=$!
  {
    while kill -0 $machine; do
      if [ -e "$share/cut-power" ]; then
        rm -f "$share/cut-power"
        kill -KILL $machine
        echo "== the power is cut, after $(wc -l <"$share/answered") answers" >>"$share/log"
      fi
      if [ -e "$share/hand" ]; then
        read -r what name <"$share/hand"
        rm -f "$share/hand"
        move "$what" "$name" >"$share/monitor.in"
      fi
      sleep 0.05
    done
    wait $machine || true
  } 2>/dev/null   # where bash would say that it was killed
}

machine=
trap 'if [ -n "$machine" ]; then kill -KILL $machine 2>/dev/null || true; fi' EXIT
trap 'exit 143' TERM
for number in $(seq "$(wc -l <"$share/plan")"); do boot "$number"; done
