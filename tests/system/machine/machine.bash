# What nspawn.sh and vm.sh share; sourced by them, from the project's folder.
# shellcheck shell=bash
here=tests/system/machine
work=$PWD/build/machine
share=$work/share                 # /host inside: what goes in and what comes out
layer=/run/machine                # the bare Debian with plantd installed over it

# Root, and mounts of its own: nothing of this is seen outside, and it ends with this process.
in_own_mounts() {
  if [ "$(id -u)" != 0 ]; then exec sudo --preserve-env=KILLS,PRESSES,PYTHON,BOOTS "$0" "$@"; fi
  if [ -z "${MACHINE_INSIDE:-}" ]; then
    MACHINE_INSIDE=1 exec unshare --mount --propagation private "$0" "$@"
  fi
}

make_layer() {
  $here/root.sh "$work/root"
  mount -t tmpfs -o mode=755 tmpfs /run           # systemd-nspawn wants a /run that is no disk
  mkdir -p /run/layer/upper /run/layer/work "$layer" /run/systemd/system
  mount -t overlay overlay \
    -o "lowerdir=$work/root,upperdir=/run/layer/upper,workdir=/run/layer/work" "$layer"
  mkdir -p "$layer/src" "$layer/host" "$layer/opt/pytest"
  git ls-files -z | tar --null -T - -cf - | tar -xf - -C "$layer/src"
}

make_share() {
  rm -rf "$share"
  mkdir -p "$share"
  cp -r $here/guest/. "$share/"
  rm -rf "$work/pip"
  "${PYTHON:-/usr/bin/python3}" -m venv "$work/pip"    # the system's own pip refuses to install
  "$work/pip/bin/python" -m pip --quiet --disable-pip-version-check install \
    --target "$layer/opt/pytest" -r $here/guest/requirements.txt
}

container() {
  local lent=()
  if [ -e build/wheelhouse ]; then lent=(--bind-ro="$PWD/build/wheelhouse:/src/build/wheelhouse"); fi
  systemd-nspawn --quiet --directory="$layer" --register=no --keep-unit --private-network \
    --bind="$share:/host" "${lent[@]}" "$@"
}

# usage: install_plantd CONFIGURATION
install_plantd() {
  [ -e build/wheelhouse/made-for ] || make wheelhouse CUDA_ROOT=none
  echo "== machine: make install, without network"
  container --pipe --chdir=/src make install </dev/null
  install -m 644 "$here/guest/$1" "$layer/etc/plantd/plantd.yaml"
  install -D -m 644 $here/guest/job.service "$layer/etc/systemd/system/machine-job.service"
}

# The library that the unit asks for is an empty file; the modules are tests/support/gpu_stack.
lend_tensorrt() {
  local unit
  touch "$layer/usr/lib/$(uname -m)-linux-gnu/libnvinfer.so.8"
  for unit in plantd plantd-engine; do
    install -D -m 644 "$here/guest/stand-in.conf" \
      "$layer/etc/systemd/system/$unit.service.d/stand-in.conf"
  done
  install -m 644 "$here/guest/plantd-tensorrt.yaml" "$layer/etc/plantd/plantd.yaml"
}

take_tensorrt_back() {
  rm -r "$layer"/etc/systemd/system/plantd{,-engine}.service.d \
    "$layer/usr/lib/$(uname -m)-linux-gnu/libnvinfer.so.8" "$layer/var/lib/plantd/engines"
  install -m 644 "$here/guest/plantd.yaml" "$layer/etc/plantd/plantd.yaml"
}

# usage: prepare_boot NAME        inside, check_NAME_boot.py is run
prepare_boot() {
  rm -f "$share/rc" "$share/poweroff-failed" "$share/log-$1"
  echo "$1" >"$share/boot"
  printf 'KILLS=%s\nPRESSES=%s\n' "${KILLS:-10}" "${PRESSES:-20}" >"$share/numbers"
}

# usage: follow NAME PROCESS LIMIT_S        shows what is said inside until the process ends
follow() {
  local code=0
  timeout "$3" tail --pid="$2" -n +1 -F "$share/log-$1" 2>/dev/null || code=$?
  # The process is a shell of ours; the machine is its child.
  if [ $code = 124 ]; then pkill --parent "$2" || true; kill "$2"; fi
  wait "$2" || true
}

# usage: judge_boot NAME
judge_boot() {
  if [ ! -s "$share/rc" ]; then
    echo "== machine: the $1 boot did not get to the end of its checks; the console's end:" >&2
    tail -30 "$share/console.log" >&2
    exit 1
  fi
  if [ "$(cat "$share/rc")" != 0 ]; then exit 1; fi
  if [ -e "$share/poweroff-failed" ]; then
    echo "== machine: the service's request to power off was not done" >&2
    exit 1
  fi
}
