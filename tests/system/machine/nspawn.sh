#!/bin/bash
# Installs plantd into a bare Debian, boots it twice under a real systemd, and checks it from inside.
# usage: tests/system/machine/nspawn.sh                (make nspawn)
#   KILLS=N  how often the service is killed at a random moment (default 10)
set -euo pipefail
here=tests/system/machine
work=$PWD/build/machine
started=$SECONDS

if [ "$(id -u)" != 0 ]; then exec sudo --preserve-env=KILLS,PYTHON "$0" "$@"; fi
# Mounts of its own: nothing of this is seen outside, and it ends with this process.
if [ -z "${MACHINE_INSIDE:-}" ]; then
  MACHINE_INSIDE=1 exec unshare --mount --propagation private "$0" "$@"
fi

tools/system_packages.sh mmdebstrap systemd-container
$here/root.sh "$work/root"
[ -e build/wheelhouse/made-for ] || make wheelhouse
share=$work/share
rm -rf "$share"
mkdir -p "$share"
rm -rf "$work/pip"
"${PYTHON:-/usr/bin/python3}" -m venv "$work/pip"    # the system's own pip refuses to install
"$work/pip/bin/python" -m pip --quiet --disable-pip-version-check install --target "$share/pytest" \
  -r $here/guest/requirements.txt
cp -r $here/guest/. "$share/"

mount -t tmpfs -o mode=755 tmpfs /run                # systemd-nspawn wants a /run that is no disk
mkdir -p /run/layer/upper /run/layer/work /run/machine /run/systemd/system
mount -t overlay overlay \
  -o "lowerdir=$work/root,upperdir=/run/layer/upper,workdir=/run/layer/work" /run/machine
mkdir -p /run/machine/src /run/machine/host
git ls-files -z | tar --null -T - -cf - | tar -xf - -C /run/machine/src

container() {
  systemd-nspawn --quiet --directory=/run/machine --register=no --keep-unit --private-network \
    --bind="$share:/host" --bind-ro="$PWD/build/wheelhouse:/src/build/wheelhouse" "$@"
}

echo "== machine: make install, without network"
container --pipe --chdir=/src make install </dev/null
install -D -m 644 $here/guest/job.service /run/machine/etc/systemd/system/machine-job.service
install -m 644 $here/guest/plantd.yaml /run/machine/etc/plantd/plantd.yaml

for boot in first second; do
  rm -f "$share/rc" "$share/poweroff-failed"
  echo "$boot" >"$share/boot"
  echo "${KILLS:-10}" >"$share/kills"
  echo "== machine: $boot boot"
  container --boot --console=pipe systemd.wants=machine-job.service </dev/null >"$share/console.log" 2>&1 &
  job=$!
  code=0
  timeout 1200 tail --pid=$job -n +1 -F "$share/log-$boot" 2>/dev/null || code=$?
  if [ $code = 124 ]; then kill $job; fi
  wait $job || true
  if [ ! -s "$share/rc" ]; then
    echo "== machine: the $boot boot did not get to its checks; the console's end:" >&2
    tail -30 "$share/console.log" >&2
    exit 1
  fi
  if [ "$(cat "$share/rc")" != 0 ]; then exit 1; fi
  if [ -e "$share/poweroff-failed" ]; then
    echo "== machine: the service's request to power off was not done" >&2
    exit 1
  fi
done
echo "== machine: both boots passed, after $((SECONDS - started)) s"
