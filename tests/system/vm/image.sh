#!/bin/bash
# The two read-only images of the virtual machine. Needs root.
# usage: tests/system/vm/image.sh FOLDER
#   FOLDER/base.sqfs       the bare Debian of tests/system/machine, gpiod, v4l-utils, dmsetup; made when
#                          missing, or when a package of that Debian or this file has changed
#   FOLDER/bundle/tiny     a model for a stick
#   FOLDER/installed.sqfs  what `make install` adds to it, kernel modules, the testbed; made every time
set -euo pipefail
here=tests/system/vm
machine=tests/system/machine
folder=$1

# Mounts of its own: nothing of this is seen outside, and it ends with this process.
if [ -z "${VM_IMAGE_INSIDE:-}" ]; then
  VM_IMAGE_INSIDE=1 exec unshare --mount --propagation private "$0" "$@"
fi
root=$PWD/build/machine/root
# A root with older packages than this machine knows is made anew.
for package in systemd python3-opencv gstreamer1.0-plugins-good; do
  has=$(dpkg-query --admindir="$root/var/lib/dpkg" -W -f='${Version}' $package 2>/dev/null || true)
  known=$(apt-cache policy $package | sed -n 's/.*Candidate: //p')
  if [ -n "$has" ] && dpkg --compare-versions "$known" gt "$has"; then rm -f "$root.made-from"; fi
done
$machine/root.sh "$root"
mkdir -p "$folder"
folder=$(realpath "$folder")
mount -t tmpfs -o mode=755 tmpfs /run              # systemd-nspawn wants a /run that is no disk
mkdir -p /run/tools /run/upper /run/work /run/root /run/systemd/system

# container OPTIONS: a command in the layers below /run/root
container() {
  systemd-nspawn --quiet --directory=/run/root --register=no --keep-unit --private-network --pipe "$@" \
    </dev/null
}

# What a newcomer's machine has not, and the checks ask: gpiodetect, v4l2-ctl, dmsetup.
key=$({ cat "$root/var/lib/dpkg/status"; sed -n '/^make_base/,/^}/p' "$0"; } | sha256sum | cut -d' ' -f1)
make_base() {
  echo "== vm: the Debian image, with gpiod, v4l-utils and dmsetup"
  local debs=/run/debs
  mkdir -p "$debs/partial"
  apt-get -q -y -o "Dir::State::status=$root/var/lib/dpkg/status" -o "Dir::Cache::archives=$debs" \
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root \
    --no-install-recommends --download-only install gpiod v4l-utils dmsetup >"$folder/apt.log" 2>&1 ||
    { cat "$folder/apt.log" >&2; exit 69; }
  mount -t overlay overlay -o "lowerdir=$root,upperdir=/run/upper,workdir=/run/work" /run/root
  container --bind-ro="$debs:/debs" /bin/sh -c 'dpkg --force-unsafe-io -i /debs/*.deb' \
    >"$folder/dpkg.log" 2>&1 || { cat "$folder/dpkg.log" >&2; exit 70; }
  mksquashfs /run/root "$folder/base.sqfs.new" -comp lz4 -noappend -quiet -no-progress
  mv "$folder/base.sqfs.new" "$folder/base.sqfs"
  umount /run/root
  rm -rf /run/upper /run/work
  mkdir /run/upper /run/work
  echo "$key" >"$folder/base.made-from"
}
if [ "$(cat "$folder/base.made-from" 2>/dev/null)" != "$key" ]; then make_base; fi

echo "== vm: make install, without network"
mkdir /run/base
mount -o loop,ro "$folder/base.sqfs" /run/base
mount -t overlay overlay -o "lowerdir=/run/base,upperdir=/run/upper,workdir=/run/work" /run/root
mkdir -p /run/root/src
git ls-files -z | tar --null -T - -cf - | tar -xf - -C /run/root/src
container --bind-ro="$PWD/build/wheelhouse:/src/build/wheelhouse" --chdir=/src make install \
  >"$folder/install.log" 2>&1 || { cat "$folder/install.log" >&2; exit 70; }
grep '^==' "$folder/install.log"

echo "== vm: kernel modules and the testbed"
cp -a "$folder/kernel/modules/lib/modules/." /run/root/usr/lib/modules/
cp -r $here/testbed/. /run/root/
rm -rf "$folder/bundle"
mkdir "$folder/bundle"
container --chdir=/src --setenv=PYTHONPATH=/src/tests --bind="$folder/bundle:/mnt" \
  /opt/plantd/venv/bin/python3 -c 'from support import tiny_bundle
tiny_bundle.make("/opt/tiny"); tiny_bundle.make("/mnt/tiny", version="2.0.0")' >"$folder/tiny.log" 2>&1 ||
  { cat "$folder/tiny.log" >&2; exit 70; }
rm -f "$folder/installed.sqfs"
mksquashfs /run/upper "$folder/installed.sqfs" -comp lz4 -noappend -quiet -no-progress
