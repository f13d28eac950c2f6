#!/bin/bash
# Boots the installed package on a real kernel in virtual machines, and checks it from inside.
# usage: tests/system/vm/vm.sh                          (make vm)
# Everything it prints, and each machine's screen, stay in build/vm. Exits 0 only if every check
# passed and the guest has said its kernel, its camera node and its GPIO chip's label.
set -euo pipefail
here=tests/system/vm
work=$PWD/build/vm
limit_s=1500
started=$SECONDS

# What comes from package indexes is fetched by whoever calls, with his settings.
fetch() {
  local made=build/wheelhouse/made-for pins=requirements/pins/device-py3.11.txt key
  if [ ! "$made" -nt requirements/device.txt ] || [ ! "$made" -nt "$pins" ]; then make wheelhouse CUDA_ROOT=none; fi
  key=$(cat $here/guest/requirements.txt $pins | sha256sum | cut -d' ' -f1)
  if [ "$(cat "$work/pytest/made-from" 2>/dev/null)" = "$key" ]; then return; fi
  rm -rf "$work/pytest" "$work/pip"
  mkdir -p "$work"
  /usr/bin/python3 -m venv "$work/pip"               # Debian's own pip refuses --target
  "$work/pip/bin/python" -m pip --quiet --disable-pip-version-check install \
    --target "$work/pytest" -c $pins -r $here/guest/requirements.txt >"$work/pip.log" 2>&1 ||
    { cat "$work/pip.log" >&2; exit 69; }
  rm -rf "$work/pip"
  echo "$key" >"$work/pytest/made-from"
}

tools/system_packages.sh python3-venv python3-pip
fetch
if [ "$(id -u)" != 0 ]; then exec sudo --preserve-env=PYTHON "$0" "$@"; fi
tools/system_packages.sh qemu-system-x86 seabios mmdebstrap squashfs-tools systemd-container e2fsprogs \
  dosfstools mtools fdisk gnupg
# One at a time: a second run waits.
exec 9>"$work/lock"
flock 9
$here/kernel.sh "$work/kernel"
$here/image.sh "$work"
$here/sticks.sh "$work/bundle/tiny" "$work/sticks"
echo "== vm: kernel and images are ready after $((SECONDS - started)) s"

# prepare MACHINE: what it sees as /host; its plan is read from standard input
prepare() {
  rm -rf "${work:?}/$1"
  mkdir "$work/$1"
  cp -r "$work/pytest" $here/guest/. tests/system/machine/guest/machine.py "$work/$1/"
  cat >"$work/$1/plan"
  touch "$work/$1/log"
}
# boot MACHINE
boot() {
  local name=$1
  timeout $limit_s $here/boot.sh "$work" "$work/$name" &
  tail --pid=$! -n +1 -F "$work/$name/log" 2>/dev/null | sed -u "s/^/$name: /" &
}

prepare service <<<'first reboot
second cut
third held'
prepare devices <<<'contract reboot systemd.mask=plantd.service
stick off'
cp "$work"/sticks/* "$work/devices/"
echo "== vm: two machines, emulated without KVM. service: the installed service through three boots;"
echo "==     devices: the button's and the light's contracts, 200 SIGKILLs over the record, a failing disk, USB sticks"
boot service
boot devices
wait
rm -f "$work"/{service,devices}/*.img

failed=no
missed() { echo "vm: FAILED: $*" >&2; failed=yes; }
for said in "guest kernel: Linux" "camera node: /dev/video" "GPIO chips: .*\[tegra-gpio\]"; do
  grep -q "$said" "$work/service/log" || missed "the guest has not said \"$said\""
done
[ -e "$work/service/still-on" ] && missed "a long press did not shut the machine down"
mkdir -p build/junit
chown --reference=. build build/junit
reports=()
for report in service/first service/second service/third devices/contract devices/live devices/record devices/disk devices/stick; do
  name=${report#*/}
  if cp "$work/$report.xml" "build/junit/vm-$name.xml" 2>/dev/null; then
    reports+=("build/junit/vm-$name.xml")
  else
    missed "${report%/*} did not get through its checks \"$name\": build/vm/${report%/*}/console-*.log"
    tail -n 5 "$work/${report%/*}"/console-*.log >&2
  fi
done
python3 tools/sum_junit.py build/junit/vm-contract.xml | grep -q ' 0 skipped' ||
  missed "a contract case was skipped: here every driver must really run"
for driver in gpiochip-1 gpiochip-2 evdev-uinput; do
  count=$(grep -c "test_button_contract.*\[$driver\] PASSED" "$work/devices/log" || true)
  echo "== vm: the button's contract on $driver: $count cases passed"
  [ "$count" -gt 0 ] || missed "no case of the button's contract passed on $driver"
done
echo "== vm: $((SECONDS - started)) s"
python3 tools/sum_junit.py "${reports[@]}" || failed=yes
[ $failed = no ]
