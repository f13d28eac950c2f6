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

if [ "$(id -u)" != 0 ]; then exec sudo --preserve-env=PYTHON "$0" "$@"; fi
tools/system_packages.sh qemu-system-x86 seabios mmdebstrap squashfs-tools systemd-container e2fsprogs
# One at a time: a second run waits.
mkdir -p "$work"
exec 9>"$work/lock"
flock 9
$here/kernel.sh "$work/kernel"
$here/image.sh "$work"
echo "== vm: kernel and images are ready after $((SECONDS - started)) s"

# prepare MACHINE: what it sees as /host; its plan is read from standard input
prepare() {
  rm -rf "${work:?}/$1"
  mkdir "$work/$1"
  cp -r "$work/share/pytest" $here/guest/. tests/system/machine/guest/machine.py "$work/$1/"
  cat >"$work/$1/plan"
  touch "$work/$1/log"
}
# boot MACHINE KERNEL ARGUMENTS...
boot() {
  local name=$1
  shift
  timeout $limit_s $here/boot.sh "$work" "$work/$name" "$@" &
  tail --pid=$! -n +1 -F "$work/$name/log" 2>/dev/null | sed -u "s/^/$name: /" &
}

prepare service <<<'first reboot
second cut
third held'
prepare devices <<<'contract off'
echo "== vm: two machines, emulated without KVM. service: the installed service through three boots;"
echo "==     devices: the button's and the light's contracts, and 200 SIGKILLs over the record"
boot service
boot devices systemd.mask=plantd.service
wait
rm -f "$work"/*/disk.img

failed=no
missed() { echo "vm: FAILED: $*" >&2; failed=yes; }
for said in "guest kernel: Linux" "camera node: /dev/video" "GPIO chips: .*\[tegra-gpio\]"; do
  grep -q "$said" "$work/service/log" || missed "the guest has not said \"$said\""
done
[ -e "$work/service/still-on" ] && missed "a long press did not shut the machine down"
reports=()
for report in service/first service/second service/third devices/contract devices/record; do
  name=${report#*/}
  mkdir -p build/junit
  if cp "$work/$report.xml" "build/junit/vm-$name.xml" 2>/dev/null; then
    reports+=("build/junit/vm-$name.xml")
  else
    missed "${report%/*} did not get through its checks \"$name\": build/vm/${report%/*}/console-*.log"
    tail -n 5 "$work/${report%/*}"/console-*.log >&2
  fi
done
python3 tools/sum_junit.py build/junit/vm-contract.xml | grep -q ' 0 skipped' ||
  missed "a contract case was skipped: here every driver must really run"
echo "== vm: $((SECONDS - started)) s"
python3 tools/sum_junit.py "${reports[@]}" || failed=yes
[ $failed = no ]
