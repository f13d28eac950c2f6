#!/bin/busybox sh
# shellcheck shell=dash
# The first process of the virtual machine: two read-only images under a layer in memory.
#   vda  the bare Debian, vdb  what was installed over it, tag "share"  the folder of the host
b=/bin/busybox
$b mkdir -p /dev /proc /sys /base /over /memory /new
$b mount -t devtmpfs dev /dev
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
for module in $($b cat /boot-modules); do $b modprobe "$module"; done
tries=0
while [ ! -b /dev/vdb ] && [ $tries -lt 100 ]; do $b sleep 0.1; tries=$((tries + 1)); done
$b mount -t squashfs -o ro /dev/vda /base
$b mount -t squashfs -o ro /dev/vdb /over
$b mount -t tmpfs -o mode=755,size=80% memory /memory
$b mkdir /memory/upper /memory/work
$b mount -t overlay -o lowerdir=/over:/base,upperdir=/memory/upper,workdir=/memory/work overlay /new ||
  $b poweroff -f
$b mkdir -p /new/usr/lib/modules /new/host
$b cp -a /lib/modules/. /new/usr/lib/modules/
$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 share /new/host
$b mount --move /dev /new/dev
$b umount /proc
$b umount /sys
exec $b switch_root /new /lib/systemd/systemd
