#!/bin/bash
# Makes what QEMU boots: Debian's own kernel, the few modules that the simulated board needs, and an
# initrd that lays a throw-away layer over two read-only images.
# usage: tests/system/machine/kernel.sh ABI FOLDER      e.g. 6.1.0-42-amd64 build/machine/kernel
# Debian ships no gpio-sim: it is built here from Debian's kernel source, and never kept in the project.
set -euo pipefail
abi=$1
folder=$(realpath -m "$2")
boot_modules="virtio_pci virtio_blk squashfs overlay 9pnet_virtio 9p"
board_modules="virtio_rng configfs vivid uinput evdev"
key=$(echo "$abi $folder" | cat - "$0" "$(dirname "$0")/initrd.sh" | sha256sum | cut -d' ' -f1)
if [ "$(cat "$folder/made-from" 2>/dev/null)" = "$key" ]; then exit 0; fi

echo "== machine: kernel $abi with gpio-sim, in $folder"
rm -rf "$folder"
mkdir -p "$folder/deb" "$folder/sim" "$folder/initrd/bin"
(cd "$folder/deb" && apt-get -q download "linux-image-$abi" && dpkg-deb -x linux-image-*.deb tree) \
  >"$folder/log" 2>&1
cp "$folder/deb/tree/boot/vmlinuz-$abi" "$folder/vmlinuz"

build_gpio_sim() {
  local source=linux-source-6.1 from=$folder/sim/from
  mkdir -p "$from"
  tar -xJf "/usr/src/$source.tar.xz" -C "$from" --strip-components=1 \
    "$source/drivers/gpio/gpio-sim.c" "$source/drivers/gpio/gpiolib.h" "$source/kernel/irq/irq_sim.c"
  cp "$from/drivers/gpio/gpiolib.h" "$from/kernel/irq/irq_sim.c" "$folder/sim/"
  cp "$from/drivers/gpio/gpio-sim.c" "$folder/sim/gpio_sim_chip.c"
  # irq_to_desc() is not exported to modules; the way through the irq's data is.
  cat >"$folder/sim/exported.h" <<'C'
#include <linux/irq.h>
#include <linux/irqdesc.h>
#define irq_to_desc(irq) irq_data_to_desc(irq_get_irq_data(irq))
C
  cat >"$folder/sim/Makefile" <<'M'
obj-m := gpio-sim.o
gpio-sim-y := gpio_sim_chip.o irq_sim.o
ccflags-y := -include $(src)/exported.h
M
  make -s -C "/usr/src/linux-headers-$abi" M="$folder/sim" modules >>"$folder/log" 2>&1
}

collect_modules() {
  local tree=$folder/deb/tree target=$folder/initrd/lib/modules/$abi file name
  [ -e "$tree/lib/modules/$abi/modules.dep" ] || depmod -b "$tree" "$abi"
  mkdir -p "$target/extra"
  cp "$tree/lib/modules/$abi"/modules.{builtin,builtin.modinfo,order} "$target/"
  for name in $boot_modules $board_modules; do
    modprobe -d "$tree" -S "$abi" --show-depends "$name" | sed -n 's/^insmod \([^ ]*\).*/\1/p'
  done | sort -u | while read -r file; do
    install -D "$file" "$target/${file#"$tree/lib/modules/$abi/"}"
  done
  cp "$folder/sim/gpio-sim.ko" "$target/extra/"
  find "$target" -name '*.ko' -exec strip --strip-debug {} +
  depmod -b "$folder/initrd" "$abi"
}

build_gpio_sim || { tail -20 "$folder/log" >&2; exit 1; }
collect_modules
cp /bin/busybox "$folder/initrd/bin/"
install -m 755 "$(dirname "$0")/initrd.sh" "$folder/initrd/init"
echo "$boot_modules" >"$folder/initrd/boot-modules"
(cd "$folder/initrd" && find . | cpio --quiet -o -H newc | gzip -1) >"$folder/initrd.img"
rm -rf "$folder/deb" "$folder/sim" "$folder/initrd"
echo "$key" >"$folder/made-from"
