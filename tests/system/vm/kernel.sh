#!/bin/bash
# Debian's kernel for the virtual machine: vmlinuz, the modules it needs, an initrd that makes a root.
# usage: tests/system/vm/kernel.sh FOLDER      does nothing when FOLDER has been made from the same
# gpio-sim, the simulated GPIO chip, is not built by Debian; it is compiled here from Debian's own
# source of the same kernel. It is GPL, and nothing of it lies in this project.
set -euo pipefail
here=tests/system/vm
folder=$1
series=6.1
boot_modules="virtio_pci virtio_blk virtio_rng overlay squashfs crc32c_generic ext4 9pnet_virtio 9p"
modules="$boot_modules configfs vivid uinput evdev autofs4"
modules="$modules xhci_pci usb_storage sd_mod vfat nls_cp437 nls_ascii nls_utf8 loop dm_flakey"

# The image that the metapackage names now, in the version that the lists know.
abi=$(apt-cache depends linux-image-amd64 | sed -n "s/.*Depends: linux-image-\(${series}[^ ]*-amd64\).*/\1/p" | head -1)
version=$(apt-cache policy "linux-image-$abi" | sed -n 's/.*Candidate: //p')
if [ -z "$version" ]; then
  echo "vm: no kernel linux-image-$series* in the package lists: needs Debian 12, and apt-get update" >&2
  exit 69
fi
key=$({ echo "$abi $version"; cat "$0" $here/init; } | sha256sum | cut -d' ' -f1)
if [ "$(cat "$folder/made-from" 2>/dev/null)" = "$key" ]; then exit 0; fi

echo "== vm: the kernel $version"
tools/system_packages.sh busybox-static cpio kmod xz-utils make gcc-12 libc6-dev \
  "linux-headers-$abi" "linux-source-$series"
rm -rf "$folder"
mkdir -p "$folder"
folder=$(realpath "$folder")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# apt drops its rights to download: the folder must be its user's.
mkdir "$work/deb"
if id _apt >/dev/null 2>&1; then chmod 711 "$work"; chown _apt "$work/deb"; fi
(cd "$work/deb" && apt-get -q download "linux-image-$abi=$version" >"$work/apt.log" 2>&1) ||
  { cat "$work/apt.log" >&2; exit 69; }
dpkg-deb -x "$work"/deb/*.deb "$work/kernel"
depmod -b "$work/kernel" "$abi"

echo "== vm: gpio-sim, from Debian's source of it"
source=linux-source-$series
mkdir "$work/sim"
tar -xJf "/usr/src/$source.tar.xz" -C "$work" \
  $source/drivers/gpio/gpio-sim.c $source/drivers/gpio/gpiolib.h $source/kernel/irq/irq_sim.c
cp "$work/$source/drivers/gpio/gpiolib.h" "$work/sim/"
cp "$work/$source/drivers/gpio/gpio-sim.c" "$work/sim/chip.c"
# Modules may not call irq_to_desc(); irq_get_irq_data() leads them to the same descriptor.
sed 's/irq_to_desc(irqnum)/irq_data_to_desc(irq_get_irq_data(irqnum))/' \
  "$work/$source/kernel/irq/irq_sim.c" >"$work/sim/irq_sim.c"
printf 'obj-m := gpio-sim.o\ngpio-sim-y := chip.o irq_sim.o\n' >"$work/sim/Makefile"
make -s -C "/usr/src/linux-headers-$abi" M="$work/sim" modules >"$work/make.log" 2>&1 ||
  { tail -20 "$work/make.log" >&2; exit 70; }

# modules NAMES... TREE: copies them and what they need.
take() {
  local tree=$1 name path
  shift
  mkdir -p "$tree/lib/modules/$abi/extra"
  cp "$work/kernel/lib/modules/$abi"/modules.{builtin,builtin.modinfo,order} "$tree/lib/modules/$abi/"
  for name in "$@"; do
    modprobe --dirname "$work/kernel" --set-version "$abi" --show-depends "$name"
  done | awk '$1 == "insmod" { print $2 }' | sort -u | while read -r path; do
    install -D -m 644 "$path" "$tree/${path#"$work/kernel/"}"
  done
}
# The words are names.
# shellcheck disable=SC2086
take "$folder/modules" $modules
cp "$work/sim/gpio-sim.ko" "$folder/modules/lib/modules/$abi/extra/"
# shellcheck disable=SC2086
take "$work/initrd" $boot_modules
for tree in "$folder/modules" "$work/initrd"; do
  find "$tree" -name '*.ko' -exec strip --strip-debug {} +
  depmod -b "$tree" "$abi"
done

mkdir -p "$work/initrd"/{bin,dev,proc,sys,base,installed,disk,root}
cp /bin/busybox "$work/initrd/bin/"
for name in sh mount umount modprobe switch_root mkdir sleep; do
  ln -s busybox "$work/initrd/bin/$name"
done
install -m 755 $here/init "$work/initrd/init"
(cd "$work/initrd" && find . | cpio --quiet -o -H newc | gzip -1) >"$folder/initrd.img"
cp "$work/kernel/boot/vmlinuz-$abi" "$folder/vmlinuz"
echo "$key" >"$folder/made-from"
